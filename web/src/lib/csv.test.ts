import { expect, test } from "vitest";
import { csv } from "./csv";

test("cells are quoted where they must be, and never formulas", () => {
  const rows = [
    ["name", "bytes"],
    ['a "b", c', 12],
    ["=1+1", -3],
    ["@x", null],
    ["two\nlines", 0],
  ];
  expect(csv(rows)).toBe(
    'name,bytes\r\n"a ""b"", c",12\r\n\'=1+1,-3\r\n\'@x,\r\n"two\nlines",0\r\n',
  );
});
