// Writes the API's types for the dashboard from its description, generated/api.d.ts.
//
// Where the description gives an answer by its example alone, the type comes from the example: the
// server's tests hold examples to name every member, so that what they show is what there is.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const description = new URL(
  "../../server/src/main/resources/io/penstock/api/openapi.json",
  import.meta.url,
);
const types = new URL("../generated/api.d.ts", import.meta.url);

/** The schema of everything that looks like one of the examples. */
function schemaOf(examples) {
  const present = examples.filter((example) => example !== null);
  if (present.length === 0) return {};
  const isNullable = present.length < examples.length;
  const kinds = new Set(present.map((one) => (Array.isArray(one) ? "array" : typeof one)));
  if (kinds.size > 1) return {};
  const [kind] = kinds;
  const type = isNullable ? [kind, "null"] : kind;
  if (kind === "array") return { type, items: schemaOf(present.flat()) };
  if (kind !== "object") return { type };
  const names = new Set(present.flatMap((one) => Object.keys(one)));
  const properties = {};
  for (const name of names) {
    properties[name] = schemaOf(present.filter((one) => name in one).map((one) => one[name]));
  }
  const required = [...names].filter((name) => present.every((one) => name in one));
  return { type, properties, required };
}

/** Whether a schema says nothing about the members. */
function isBare(schema) {
  return (
    !schema ||
    (schema.type === "object" &&
      !schema.properties &&
      !schema.additionalProperties &&
      !schema.allOf &&
      !schema.oneOf)
  );
}

const document = JSON.parse(await readFile(description, "utf8"));
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) {
    for (const answer of Object.values(operation.responses ?? {})) {
      const json = answer.content?.["application/json"];
      if (!json || !isBare(json.schema)) continue;
      const examples = json.examples
        ? Object.values(json.examples).map((one) => one.value)
        : [json.example];
      const known = examples.filter((example) => example !== undefined);
      if (known.length > 0) json.schema = schemaOf(known);
    }
  }
}
await mkdir(new URL(".", types), { recursive: true });
await writeFile(types, astToString(await openapiTS(document)));
