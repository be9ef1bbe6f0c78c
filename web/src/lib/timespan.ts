/** Times as the API's `from` and `to` write them, and how a span of time is cut for a chart. */

/** Epoch milliseconds; `to` is outside. */
export interface Span {
  from: number;
  to: number;
}

export const PRESETS = [
  { age: "5m", title: "Last 5 minutes" },
  { age: "15m", title: "Last 15 minutes" },
  { age: "1h", title: "Last hour" },
  { age: "6h", title: "Last 6 hours" },
  { age: "24h", title: "Last 24 hours" },
  { age: "7d", title: "Last 7 days" },
  { age: "30d", title: "Last 30 days" },
];

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or an age like 15m, in epoch milliseconds; null when it is neither. */
export function moment(text: string, now: number): number | null {
  if (text === "" || text === "now") return now;
  const age = /^(?:now-|-)?(\d{1,9})([smhd])$/.exec(text);
  if (age) return now - Number(age[1]) * (UNITS[age[2] ?? ""] ?? 0);
  if (/^\d{1,15}(\.\d{1,9})?$/.test(text)) {
    const number = Number(text);
    return Math.round(number < 1e11 ? number * 1000 : number);
  }
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? null : parsed;
}

/** The span that `from` and `to` mean now; the last 24 hours where they mean nothing. */
export function spanOf(from: string, to: string, now: number): Span {
  const end = moment(to, now) ?? now;
  const begin = from === "" ? null : moment(from, now);
  return begin === null || begin >= end
    ? { from: end - 24 * 3_600_000, to: end }
    : { from: begin, to: end };
}

/** The span of the same length right before. */
export function before({ from, to }: Span): Span {
  return { from: from - (to - from), to: from };
}

/** As a parameter: to the second where that is all there is. */
export function stamp(millis: number): string {
  return new Date(millis).toISOString().replace(".000Z", "Z");
}

const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800,
];

/** The seconds of a step, so that a span has at most so many. */
export function stepOf({ from, to }: Span, most = 200): number {
  const seconds = (to - from) / 1000;
  return (
    STEPS.find((step) => seconds / step <= most) ?? Math.ceil(seconds / most / 604800) * 604800
  );
}

/** Begins of the steps of a span, which are multiples of the step since 1970. */
export function stepsOf({ from, to }: Span, stepSeconds: number): number[] {
  const step = stepSeconds * 1000;
  const first = Math.floor(from / step) * step;
  return Array.from({ length: Math.ceil((to - first) / step) }, (_, i) => first + i * step);
}

/** How many seconds of a step are within the span: the first and the last one may be cut. */
export function covered(at: number, stepSeconds: number, { from, to }: Span): number {
  return (Math.min(to, at + stepSeconds * 1000) - Math.max(from, at)) / 1000;
}
