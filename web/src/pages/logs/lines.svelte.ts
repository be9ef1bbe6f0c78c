import { Tail } from "../../lib/tail.svelte";

/** A line of the log, as the API gives it. */
export interface Line {
  /** In the order of arrival, for this page alone. */
  number: number;
  timestamp: string;
  level: string;
  logger: string;
  msg: string;
  trace_id: string | null;
  method: string | null;
  path: string | null;
  status: number | null;
  latency_ms: number | null;
  component: string | null;
  /** Everything it says, as it came. */
  members: Record<string, unknown>;
  /** The same as one text in small letters, to look for words in. */
  text: string;
}

const TONES: Record<string, "bad" | "warn" | "none" | undefined> = { ERROR: "bad", WARN: "warn" };

export function toneOf(level: string) {
  return TONES[level] ?? "none";
}

/** What every line has; the rest is what this one adds. */
const ORDINARY = new Set(
  (
    "timestamp level logger msg trace_id method path status latency_ms client_ip tenant_id " +
    "component thread stack stack_trace exception"
  ).split(" "),
);

/** What a line adds to its message, in a few words. */
export function facts(line: Line): string {
  const parts = [];
  if (line.method) parts.push(`${line.method} ${line.path} ${line.status ?? ""}`);
  if (line.latency_ms !== null) parts.push(`${Number(line.latency_ms.toPrecision(3))} ms`);
  for (const [name, value] of Object.entries(line.members)) {
    if (ORDINARY.has(name) || value === null) continue;
    parts.push(`${name}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  }
  return parts.join("  ");
}

/** The latest lines, newest first. */
export class Lines extends Tail<Line> {
  static readonly MAX = 500;

  #last = 0;

  constructor() {
    super(Lines.MAX);
  }

  /** One more, as it came. */
  read(data: unknown) {
    if (typeof data !== "object" || data === null) return;
    const members = data as Record<string, unknown>;
    this.take({
      ...(members as unknown as Line),
      latency_ms: typeof members.latency_ms === "number" ? members.latency_ms : null,
      number: ++this.#last,
      members,
      text: JSON.stringify(members).toLowerCase(),
    });
  }
}
