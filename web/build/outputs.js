// Writes what the dashboard's forms ask of each type of output, generated/outputs.ts.
//
// The server's tests hold the API's description to be exactly what is read of a configuration, so a
// form that is made from it asks for what there is.
import { mkdir, readFile, writeFile } from "node:fs/promises";

const description = new URL(
  "../../server/src/main/resources/io/penstock/api/openapi.json",
  import.meta.url,
);
const written = new URL("../generated/outputs.ts", import.meta.url);

const document = JSON.parse(await readFile(description, "utf8"));
const { mapping } =
  document.paths["/v1/outputs/{name}"].put.requestBody.content["application/json"].schema
    .discriminator;

function resolved(schema) {
  return schema.$ref ? document.components.schemas[schema.$ref.split("/").at(-1)] : schema;
}

function kindOf(schema) {
  const types = [schema.type].flat();
  if (schema.contentMediaType === "application/x-pem-file") return "pem";
  if (schema.enum) return "choice";
  if (types.includes("array")) return "list";
  if (types.includes("object")) return "map";
  if (types.includes("integer")) return "number";
  return types.includes("boolean") ? "truth" : "text";
}

function isSecret(schema) {
  return schema.format === "password" || schema.additionalProperties?.format === "password";
}

/** A name as words: what a member is called that has no title. */
function words(name) {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function memberOf(name, schema, needed) {
  return {
    name,
    kind: kindOf(schema),
    title: schema.title ?? words(name),
    hint: schema.description,
    example: schema.examples?.[0],
    choices: schema.enum?.filter((one) => one !== null),
    default: schema.default,
    min: schema.minimum,
    max: schema.maximum,
    isNeeded: needed.has(name) || undefined,
    isRare: schema["x-rare"],
    isSecret: isSecret(schema) || undefined,
    needs: schema["x-needs"],
  };
}

const outputs = {};
for (const [type, ref] of Object.entries(mapping)) {
  const parts = resolved({ $ref: ref }).allOf.map(resolved);
  const all = parts.flatMap((part) => Object.entries(part.properties));
  // Where one of several names must be there, the form has the first.
  const needed = new Set(
    parts.flatMap(({ required = [], anyOf = [] }) => [...required, ...(anyOf[0]?.required ?? [])]),
  );
  const otherNames = {};
  for (const [name, schema] of all) {
    if (schema["x-same-as"]) (otherNames[schema["x-same-as"]] ??= []).push(name);
  }
  outputs[type] = all
    .filter(([name, schema]) => !schema.deprecated && !["type", "enabled"].includes(name))
    .map(([name, schema]) => ({
      ...memberOf(name, schema, needed),
      otherNames: otherNames[name],
    }));
}

await mkdir(new URL(".", written), { recursive: true });
await writeFile(
  written,
  `import type { Member } from "../src/pages/sinks/forms";

/** What each type of output is configured with, as the API describes it. */
export const OUTPUTS: Record<string, Member[]> = ${JSON.stringify(outputs, null, 2)};
`,
);
