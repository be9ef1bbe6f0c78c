import { expect, test } from "vitest";
import { before, covered, moment, spanOf, stamp, stepOf, stepsOf } from "./timespan";

const NOW = Date.parse("2026-11-22T14:30:00Z");
const HOUR = 3_600_000;

test("times are read as the API reads them", () => {
  expect(moment("now", NOW)).toBe(NOW);
  expect(moment("15m", NOW)).toBe(NOW - 900_000);
  expect(moment("now-2d", NOW)).toBe(NOW - 48 * HOUR);
  expect(moment("2026-11-22T14:00:00Z", NOW)).toBe(NOW - HOUR / 2);
  expect(moment("1795357800", NOW)).toBe(NOW);
  expect(moment("1795357800000", NOW)).toBe(NOW);
  expect(moment("soon", NOW)).toBeNull();
});

test("a span that makes no sense is the last day", () => {
  const day = { from: NOW - 24 * HOUR, to: NOW };
  expect(spanOf("", "", NOW)).toEqual(day);
  expect(spanOf("soon", "", NOW)).toEqual(day);
  expect(spanOf("1h", "2h", NOW)).toEqual({ from: NOW - 26 * HOUR, to: NOW - 2 * HOUR });
  expect(spanOf("2h", "1h", NOW)).toEqual({ from: NOW - 2 * HOUR, to: NOW - HOUR });
  expect(before({ from: 10, to: 15 })).toEqual({ from: 5, to: 10 });
});

test("a stamp means the same time again", () => {
  expect(stamp(NOW)).toBe("2026-11-22T14:30:00Z");
  expect(moment(stamp(NOW + 7), 0)).toBe(NOW + 7);
});

test("steps are round, few enough, and cover the span", () => {
  const span = { from: NOW - 24 * HOUR + 1, to: NOW + 1 };
  expect(stepOf(span)).toBe(600);
  expect(stepOf({ from: 0, to: 60_000 })).toBe(1);
  expect(stepOf({ from: 0, to: 400 * 7 * 24 * HOUR })).toBe(2 * 604800);
  const steps = stepsOf(span, 600);
  expect(steps[0]).toBe(NOW - 24 * HOUR);
  expect(steps.at(-1)).toBe(NOW);
  expect(steps.every((at) => at % 600_000 === 0)).toBe(true);
});

test("a cut step covers less", () => {
  const span = { from: 5_000, to: 25_000 };
  expect(stepsOf(span, 10).map((at) => covered(at, 10, span))).toEqual([5, 10, 5]);
});
