import { describe, expect, test } from "vitest";
import { OUTPUTS } from "../../../generated/outputs";
import { asText, asValue, hasForm, type Member, membersOf } from "./forms";

const kinds = Object.keys(OUTPUTS);

function named(type: string, name: string): Member {
  const found = membersOf(type, {}).find((member) => member.name === name);
  if (!found) throw new Error(`${type} has no ${name}`);
  return found;
}

describe("what the description says of outputs", () => {
  test.each(kinds)("%s asks for nothing twice, and depends on what it asks for", (type) => {
    const members = membersOf(type, {});
    const names = members.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(new Set(members.map(({ title }) => title)).size).toBe(members.length);
    for (const { needs } of members) if (needs) expect(names).toContain(needs);
  });

  test("what is secret is known by the description alone", () => {
    const secrets = kinds.flatMap((type) =>
      membersOf(type, {})
        .filter(({ isSecret }) => isSecret)
        .map(({ name }) => name),
    );

    expect(new Set(secrets)).toEqual(
      new Set(["api_key", "bearer_token", "headers", "password", "tls_key", "token"]),
    );
  });

  test("a type that is not described has no form", () => {
    expect(hasForm("kafka")).toBe(true);
    expect(hasForm("carrier_pigeon")).toBe(false);
    expect(membersOf("carrier_pigeon", {})).toEqual([]);
  });
});

test("a member goes by the name that the configuration has for it", () => {
  const names = (config: Record<string, unknown>) =>
    membersOf("elastic", config).map(({ name }) => name);

  expect(names({ url: "http://a", urls: null })).toContain("url");
  expect(names({ url: "http://a", urls: null })).not.toContain("urls");
  expect(names({ urls: ["http://a"] })).toContain("urls");
});

test("what is entered is sent as its kind, and nothing for nothing", () => {
  expect(asValue(named("kafka", "brokers"), " a:1 \n b:2\n")).toEqual(["a:1", "b:2"]);
  expect(asValue(named("syslog", "port"), "6514")).toBe(6514);
  expect(asValue(named("syslog", "host"), "  ")).toBeUndefined();
  expect(asText("***")).toBe("");
  expect(asText(["a", "b"])).toBe("a\nb");
});
