/** The API's description, as far as its page shows it: OpenAPI 3.1. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: "query" | "path" | "header";
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

interface Content {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Response {
  $ref?: string;
  description: string;
  content?: Record<string, Content>;
}

interface Described {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Content> };
  responses: Record<string, Response>;
  "x-scopes"?: string | string[];
}

export interface Description {
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Described>>;
  components: Record<string, Record<string, unknown>>;
}

/** One thing that can be asked for. */
export interface Operation extends Described {
  method: string;
  path: string;
}

const METHODS = new Set(["get", "post", "put", "patch", "delete"]);

export function operations(description: Description): Operation[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.has(method))
      .map(([method, described]) => ({ ...described, method: method.toUpperCase(), path })),
  );
}

/** What a reference within the description leads to. */
export function resolved<T extends { $ref?: string }>(description: Description, one: T): T {
  if (!one.$ref) return one;
  const [, , kind = "", name = ""] = one.$ref.split("/");
  const found = description.components[kind]?.[name] as T | undefined;
  return found ? resolved(description, found) : one;
}

export function parametersOf(description: Description, operation: Operation): Parameter[] {
  return (operation.parameters ?? []).map((one) => resolved(description, one));
}

/** What a schema allows, in a few words. */
export function typeOf(description: Description, given: Schema | undefined): string {
  if (!given) return "any";
  const name = given.$ref?.split("/").at(-1);
  const schema = resolved(description, given);
  if (schema.enum) return schema.enum.map(String).join(" | ");
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches) return branches.map((branch) => typeOf(description, branch)).join(" or ");
  const kinds = Array.isArray(schema.type) ? schema.type : [schema.type ?? name ?? "any"];
  const words = kinds.map((kind) =>
    kind === "array" ? `list of ${typeOf(description, schema.items)}` : kind,
  );
  const { minimum, maximum } = schema;
  const bounds =
    minimum !== undefined && maximum !== undefined
      ? `${minimum} to ${maximum}`
      : minimum !== undefined
        ? `from ${minimum}`
        : maximum !== undefined
          ? `to ${maximum}`
          : "";
  return [words.join(" or "), schema.format ? `(${schema.format})` : "", bounds]
    .filter((part) => part !== "")
    .join(" ");
}

export interface Member {
  name: string;
  type: string;
  isRequired: boolean;
  description: string;
}

const DEPTH_MAX = 4;
const MEMBERS_MAX = 300;

/** The members of an object, and of the objects in it, by their paths. */
export function membersOf(description: Description, given: Schema | undefined): Member[] {
  const found: Member[] = [];
  collect(description, given, "", 0, found);
  return found;
}

function collect(
  description: Description,
  given: Schema | undefined,
  prefix: string,
  depth: number,
  into: Member[],
) {
  if (!given || depth > DEPTH_MAX) return;
  const schema = resolved(description, given);
  for (const part of schema.allOf ?? []) collect(description, part, prefix, depth + 1, into);
  const choices = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const isOpen = choices.filter(({ type }) => type !== "null").length > 1;
  for (const choice of choices) {
    const before = into.length;
    collect(description, choice, prefix, depth + 1, into);
    // What one choice needs, another may not have.
    if (isOpen) for (const member of into.slice(before)) member.isRequired = false;
  }
  if (schema.items) collect(description, schema.items, `${prefix}[].`, depth + 1, into);
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (into.length >= MEMBERS_MAX) return;
    const path = `${prefix}${name}`.replace(/^\[\]\./, "[].");
    if (into.some((known) => known.name === path)) continue;
    const inside = resolved(description, member);
    into.push({
      name: path,
      type: typeOf(description, member),
      isRequired: schema.required?.includes(name) ?? false,
      description: inside.description ?? "",
    });
    if (inside.items) collect(description, inside.items, `${path}[].`, depth + 1, into);
    else collect(description, inside, `${path}.`, depth + 1, into);
  }
}

/** The first example of a body or an answer, as text. */
export function exampleOf(content: Content | undefined): string {
  const value = content?.example ?? Object.values(content?.examples ?? {})[0]?.value;
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Who may ask, in words. */
export function scopesOf(operation: Operation): string {
  const scopes = operation["x-scopes"];
  if (scopes === undefined) return "everybody, without a key";
  if (scopes === "any key" || scopes.length === 0) return "any key";
  return `a key with the scope ${[scopes].flat().join(" or ")}`;
}

/** Deeds that take something away, or that all of the server feels. */
const GRAVE = /\/(admin|delete|rotate|reset|retry|install|update|reload|download|export)(\/|$)/;

/** Whether to ask before it is tried. */
export function isGrave({ method, path }: Operation): boolean {
  if (method === "GET") return false;
  return method !== "POST" || GRAVE.test(path);
}
