import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type Description,
  isGrave,
  membersOf,
  operations,
  parametersOf,
  scopesOf,
  typeOf,
} from "./description";

const FILE = "../../../../server/src/main/resources/io/penstock/api/openapi.json";
const description = JSON.parse(readFileSync(new URL(FILE, import.meta.url), "utf8")) as Description;
const all = operations(description);

function named(id: string) {
  const found = all.find((one) => one.operationId === id);
  if (!found) throw new Error(`no operation ${id}`);
  return found;
}

describe("the description as it is", () => {
  test("every operation is under a tag that has a heading", () => {
    const tags = new Set(description.tags.map((tag) => tag.name));
    expect(all.filter((one) => !one.tags.some((tag) => tags.has(tag)))).toEqual([]);
  });

  test("every parameter has a name and a place, and every schema words for it", () => {
    for (const one of all) {
      for (const parameter of parametersOf(description, one)) {
        expect(parameter.name, one.operationId).toBeTruthy();
        expect(["query", "path", "header"], one.operationId).toContain(parameter.in);
        expect(typeOf(description, parameter.schema), one.operationId).not.toContain("undefined");
      }
    }
  });
});

test("the members of members are named by their paths", () => {
  const schema = {
    type: "object",
    required: ["list"],
    properties: {
      list: { type: "array", items: { properties: { a: { type: "integer", minimum: 1 } } } },
    },
  };

  expect(membersOf(description, schema)).toEqual([
    { name: "list", type: "list of any", isRequired: true, description: "" },
    { name: "list[].a", type: "integer from 1", isRequired: false, description: "" },
  ]);
});

test("what one choice alone needs is not needed, and what may be null is", () => {
  const one = { type: "object", required: ["a"], properties: { a: { type: "string" } } };
  const other = { type: "object", properties: { b: { type: "string" } } };
  const needed = (schema: Parameters<typeof membersOf>[1]) =>
    membersOf(description, schema).filter((member) => member.isRequired);

  expect(needed({ anyOf: [one, other] })).toEqual([]);
  expect(needed({ oneOf: [one, { type: "null" }] }).map(({ name }) => name)).toEqual(["a"]);
});

test("a schema that holds itself ends", () => {
  const schemas = { Tree: { properties: { child: { $ref: "#/components/schemas/Tree" } } } };
  const own = { ...description, components: { schemas } };

  expect(membersOf(own, { $ref: "#/components/schemas/Tree" }).length).toBeLessThan(10);
});

test("what changes things asks first, and what only asks does not", () => {
  expect(isGrave(named("removeSource"))).toBe(true);
  expect(isGrave(named("replaceSource"))).toBe(true);
  expect(isGrave(named("sources"))).toBe(false);
  expect(isGrave(named("lookup"))).toBe(false);
  expect(isGrave(named("ingest"))).toBe(false);
});

test("who may ask is said in words", () => {
  expect(scopesOf(named("threats"))).toBe("a key with the scope manage_indicators");
  expect(scopesOf(named("clientIp"))).toBe("any key");
});
