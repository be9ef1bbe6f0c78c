import { describe, expect, test } from "vitest";
import {
  and,
  choices,
  chosen,
  condition,
  faultAt,
  type FilterField,
  quote,
  spotAt,
  tokens,
  without,
} from "./filter";

const ORDER = ["=", "!=", "<", "<=", ">", ">=", "in", "not in", "exists"];

const FIELDS: FilterField[] = [
  field("src_ip", "address", ORDER, ["source.ip"]),
  field("dst_port", "number", ORDER),
  field("dst_as_org", "text", ["=", "!=", "~", "in", "not in", "exists"]),
  field("threat", "flag", ["=", "!=", "in", "not in", "exists"]),
  { ...field("verdict", "code", ["=", "!=", "in", "not in", "exists"]), codes: ["MOCK", "BLOCK"] },
];

function field(name: string, kind: string, operators: string[], aliases: string[] = []) {
  return { name, kind, operators, aliases, description: `about ${name}`, codes: null };
}

/** The spot at the bar in a text. */
function spot(marked: string) {
  const caret = marked.indexOf("|");
  return spotAt(marked.replace("|", ""), caret, FIELDS);
}

function offered(marked: string) {
  return choices(spot(marked), FIELDS).map((one) => one.label ?? one.text);
}

describe("tokens", () => {
  test("are words, quoted texts and symbols, with their places", () => {
    expect(tokens(`a>=1 and(b ~ 'x "\\' y')`).map(({ kind, text }) => [kind, text])).toEqual([
      ["word", "a"],
      ["symbol", ">="],
      ["word", "1"],
      ["word", "and"],
      ["symbol", "("],
      ["word", "b"],
      ["symbol", "~"],
      ["quoted", `x "' y`],
      ["symbol", ")"],
    ]);
    expect(tokens(`  ab "c`)).toMatchObject([
      { start: 2, end: 4 },
      { start: 5, end: 7 },
    ]);
  });
});

describe("what is being written", () => {
  test.each([
    ["|", "condition", ""],
    ["sr|", "condition", "sr"],
    ["not (|", "condition", ""],
    ["exists |", "field", ""],
    ["src_ip |", "operator", ""],
    ["src_ip not |", "operator", ""],
    ["src_ip = |", "value", ""],
    ["src_ip=10.|", "value", "10."],
    ["src_ip in (10.0.0.1, 10|", "value", "10"],
    ["src_ip in (10.0.0.1 |", "join", ""],
    ["src_ip in (10.0.0.1) |", "join", ""],
    ["src_ip = 1 and |", "condition", ""],
    ["threat and |", "condition", ""],
    ["threat or not dst|", "condition", "dst"],
    ['dst_as_org ~ "Deutsche T|', "value", "Deutsche T"],
    ["sr|c_ip = 1", "condition", "sr"],
    ["a = (|", "value", ""],
  ])("%s", (marked, wants, prefix) => {
    expect(spot(marked)).toMatchObject({ wants, prefix });
  });

  test("a choice takes the place of the whole word around the caret", () => {
    const text = "sr_ip = 1";
    const at = spotAt(text, 2, FIELDS);
    expect(chosen(text, at, { text: "src_ip" })).toEqual({ text: "src_ip = 1", caret: 7 });
  });

  test("a choice behind a symbol is set apart", () => {
    const at = spotAt("src_ip=", 7, FIELDS);
    expect(chosen("src_ip=", at, { text: "10.0.0.1" })).toEqual({
      text: "src_ip= 10.0.0.1 ",
      caret: 17,
    });
  });
});

describe("what is offered", () => {
  test("fields by their beginning, another name, or a part", () => {
    expect(offered("src|")).toEqual(["src_ip"]);
    expect(offered("source.|")).toEqual(["src_ip"]);
    expect(offered("port|")).toEqual(["dst_port"]);
    expect(offered("no|")).toEqual(["not"]);
  });

  test("the operators that a field has, and none before its name", () => {
    expect(offered("dst_as_org |")).toEqual(["=", "!=", "~", "in", "not in"]);
    expect(offered("threat |")).toEqual(["and", "or", "=", "!=", "in", "not in"]);
  });

  test("the words of a code and of a flag", () => {
    expect(offered("verdict = bl|")).toEqual(["BLOCK"]);
    expect(offered("threat = |")).toEqual(["true", "false"]);
  });
});

describe("conditions", () => {
  test("quote what would not be one word", () => {
    expect(quote("10.0.0.0/8")).toBe("10.0.0.0/8");
    expect(quote("2001:db8::1")).toBe("2001:db8::1");
    expect(quote('a "b" \\c')).toBe('"a \\"b\\" \\\\c"');
    expect(quote("or")).toBe('"or"');
    expect(quote("")).toBe('""');
  });

  test("ask for events without a value too", () => {
    expect(condition("dst_country", null)).toBe("not exists dst_country");
    expect(without("", condition("dst_country", null))).toBe("exists dst_country");
  });

  test("are added once, and around an or with parentheses", () => {
    expect(and("", "a = 1")).toBe("a = 1");
    expect(and("a = 1", "b = 2")).toBe("a = 1 and b = 2");
    expect(and("a = 1 and b = 2", "b = 2")).toBe("a = 1 and b = 2");
    expect(and("a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) and c = 3");
    expect(and('a = "x or y"', "c = 3")).toBe('a = "x or y" and c = 3');
    expect(without("a = 1", "b = 2")).toBe("a = 1 and not b = 2");
  });
});

test("a fault is about the word at its place, or about the end", () => {
  expect(faultAt("a = 1 and bb = 2", 10)).toEqual({ start: 10, end: 12 });
  expect(faultAt("a = ", 4)).toEqual({ start: 4, end: 4 });
});
