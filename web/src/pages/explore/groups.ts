import type { components } from "../../../generated/api";
import { countryName, isCountry } from "../../lib/event";

type Amount = components["schemas"]["Amount"];

/** What a group has in common: a value for each field, null where events have none. */
export type Values = (string | null)[];

export interface Group {
  key: string;
  values: Values;
  bytes: number;
  packets: number;
  events: number;
  /** What it is ranked by. */
  amount: number;
  /** The same in the period before; null when that is not known. */
  before?: number | null;
}

interface Ranked {
  metric: string;
  items: ({ values: Values; bytes: Amount; packets: Amount; events: Amount } & Record<
    string,
    unknown
  >)[];
  other: { events: Amount };
}

/** A number of the API; beyond 2^53 the last digits are lost, which no figure here shows. */
export function amount(value: unknown): number {
  return Number(value ?? 0);
}

export function keyOf(values: Values): string {
  return JSON.stringify(values);
}

/** The groups of a ranking, beside what they were before. */
export function groups(now: Ranked, before?: Ranked): Group[] {
  const past = new Map(
    before?.items.map((item) => [keyOf(item.values), amount(item[before.metric])]),
  );
  // A group that is not in a whole ranking was not there; in a cut one it may be below the cut.
  const absent = before && amount(before.other.events) === 0 ? 0 : null;
  return now.items.map((item) => ({
    key: keyOf(item.values),
    values: item.values,
    bytes: amount(item.bytes),
    packets: amount(item.packets),
    events: amount(item.events),
    amount: amount(item[now.metric]),
    before: before && (past.get(keyOf(item.values)) ?? absent),
  }));
}

/** A value as it is shown. */
export function shown(field: string, value: string | null): string {
  if (value === null) return "none";
  if (isCountry(field)) return `${countryName(value)} (${value})`;
  return value;
}

export function titleOf(fields: string[], values: Values): string {
  return values.map((value, i) => shown(fields[i] ?? "", value)).join(" · ");
}

const CHANGE = new Intl.NumberFormat("en", {
  style: "percent",
  signDisplay: "exceptZero",
  maximumFractionDigits: 0,
});

/** +12 %, new, gone: an amount beside the one before. */
export function change(now: number, before: number | null | undefined): string {
  if (before === null || before === undefined) return "–";
  if (before === 0) return now === 0 ? "±0%" : "new";
  if (now === 0) return "gone";
  const share = (now - before) / before;
  return share > 10 ? `×${Math.round(now / before)}` : CHANGE.format(share);
}
