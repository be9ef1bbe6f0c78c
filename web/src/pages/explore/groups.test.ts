import { expect, test } from "vitest";
import { change, groups, shown, titleOf } from "./groups";

function ranked(items: [string | null, number][], others: number) {
  return {
    metric: "bytes",
    items: items.map(([value, bytes]) => ({ values: [value], bytes, packets: 1, events: 1 })),
    other: { events: others },
  };
}

test("a group stands beside what it was before", () => {
  const now = ranked(
    [
      ["a", 30],
      [null, 20],
      ["c", 10],
    ],
    0,
  );
  const past: [string | null, number][] = [
    ["a", 15],
    [null, 40],
  ];
  const before = (others: number) => groups(now, ranked(past, others)).map((one) => one.before);

  expect(before(0)).toEqual([15, 40, 0]);
  // It may have been below the cut: nobody knows.
  expect(before(7)).toEqual([15, 40, null]);
  expect(groups(now).map((one) => one.before)).toEqual([undefined, undefined, undefined]);
});

test("numbers beyond 2^53 come as digits, and are read", () => {
  const [group] = groups({
    metric: "bytes",
    items: [{ values: ["a"], bytes: "18446744073709551616", packets: 1, events: 1 }],
    other: { events: 0 },
  });
  expect(group?.amount).toBe(2 ** 64);
});

test("changes are told as people tell them", () => {
  expect(change(112, 100)).toBe("+12%");
  expect(change(50, 100)).toBe("-50%");
  expect(change(100, 100)).toBe("0%");
  expect(change(5000, 100)).toBe("×50");
  expect(change(1, 0)).toBe("new");
  expect(change(0, 1)).toBe("gone");
  expect(change(1, null)).toBe("–");
});

test("countries have names, and what is absent is called none", () => {
  expect(shown("dst_country", "DE")).toBe("Germany (DE)");
  expect(titleOf(["src_ip", "country"], ["10.0.0.1", null])).toBe("10.0.0.1 · none");
});
