import type { Operation, Parameter } from "./description";

/** What somebody entered for an operation. */
export interface Entered {
  /** By the parameter's place and name: `query limit`. */
  parameters: Record<string, string>;
  body: string;
  contentType: string;
}

export function key(parameter: Parameter): string {
  return `${parameter.in} ${parameter.name}`;
}

/** The path with what was entered in it. */
export function target(operation: Operation, parameters: Parameter[], entered: Entered): string {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const value = entered.parameters[key(parameter)] ?? "";
    if (parameter.in === "path") {
      // One that is not filled in stays as it is described.
      if (value !== "") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    } else if (parameter.in === "query" && value !== "") {
      query.set(parameter.name, value);
    }
  }
  const text = query.toString();
  return path + (text ? `?${text}` : "");
}

export function headers(parameters: Parameter[], entered: Entered): Record<string, string> {
  const set: Record<string, string> = {};
  for (const parameter of parameters) {
    const value = entered.parameters[key(parameter)] ?? "";
    if (parameter.in === "header" && value !== "") set[parameter.name] = value;
  }
  if (entered.contentType) set["Content-Type"] = entered.contentType;
  return set;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The same call for a shell; the key is taken from PENSTOCK_KEY and never shown. */
export function curl(
  origin: string,
  operation: Operation,
  parameters: Parameter[],
  entered: Entered,
): string {
  const parts = ["curl"];
  if (operation.method !== "GET") parts.push(`-X ${operation.method}`);
  if (operation["x-scopes"] !== undefined) parts.push(`-H "X-API-Key: $PENSTOCK_KEY"`);
  for (const [name, value] of Object.entries(headers(parameters, entered))) {
    if (value === "multipart/form-data") parts.push("-F f=@FILE");
    else parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  }
  if (entered.body !== "" && entered.contentType !== "multipart/form-data") {
    parts.push(`--data-binary ${quoted(entered.body.trimEnd())}`);
  }
  parts.push(quoted(origin + target(operation, parameters, entered)));
  return parts.join(" \\\n  ");
}
