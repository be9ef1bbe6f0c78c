import { expect, test } from "vitest";
import { curl, type Entered, target } from "./call";
import type { Operation, Parameter } from "./description";

const ORIGIN = "http://127.0.0.1:8080";

function operation(method: string, path: string, scopes?: string): Operation {
  const described = { operationId: "it", summary: "It", tags: [], responses: {} };
  return { ...described, method, path, "x-scopes": scopes };
}

function entered(parameters: Record<string, string>, body = "", contentType = ""): Entered {
  return { parameters, body, contentType };
}

const ID: Parameter = { name: "id", in: "path", required: true };
const LIMIT: Parameter = { name: "limit", in: "query" };

test("what is entered becomes part of the address, and what is not is left out", () => {
  const one = operation("GET", "/v1/things/{id}", "admin");

  expect(target(one, [ID, LIMIT], entered({ "path id": "a/b c", "query limit": "" }))).toBe(
    "/v1/things/a%2Fb%20c",
  );
  expect(target(one, [ID, LIMIT], entered({ "query limit": "5" }))).toBe("/v1/things/{id}?limit=5");
});

test("a quote in a body does not end the shell's word", () => {
  const said = curl(
    ORIGIN,
    operation("POST", "/v1/things", "admin"),
    [],
    entered({}, `{"a":"it's"}`, "application/json"),
  );

  expect(said).toContain(`--data-binary '{"a":"it'\\''s"}'`);
  expect(said).toContain(`-H "X-API-Key: $PENSTOCK_KEY"`);
});

test("what everybody may ask shows no key", () => {
  expect(curl(ORIGIN, operation("GET", "/v1/health"), [], entered({}))).not.toContain("KEY");
});
