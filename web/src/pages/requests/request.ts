import type { Schema } from "../../api/client";
import { duration } from "../../lib/format";

export type Audited = Schema<"AuditedRequest">;

export function statusTone(status: number): "good" | "warn" | "bad" | "accent" {
  if (status >= 500) return "bad";
  if (status >= 400) return "warn";
  return status >= 300 ? "accent" : "good";
}

/** 0.3 ms, 12 ms, 1.2 s */
export function millis(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return value < 10 ? `${value.toFixed(1)} ms` : duration(value / 1000);
}

/** How many records it brought; null for those that bring none. */
export function records(one: Audited): number | null {
  const brought = one.summary.records;
  return typeof brought === "number" ? brought : null;
}

/** A value of a summary or a step, in a word. */
export function word(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "–" : JSON.stringify(value);
}

/** The request as a person would send it from a terminal; the key is theirs to fill in. */
export function curl(one: Audited, origin: string): string {
  const method = one.method === "GET" ? "" : `-X ${one.method} `;
  const quoted = `${origin}${one.path}`.replaceAll("'", "'\\''");
  const body = ["POST", "PUT", "PATCH"].includes(one.method)
    ? " \\\n  -H 'Content-Type: application/json' -d @body.json"
    : "";
  return `curl ${method}'${quoted}' \\\n  -H "Authorization: Bearer $KEY"${body}`;
}
