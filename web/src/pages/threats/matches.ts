import type { components } from "../../../generated/api";

/** An indicator that named something of an event. */
export interface Match {
  key: string;
  /** The event's. */
  id: string;
  /** Epoch milliseconds. */
  at: number;
  source: string;
  destination: string;
  indicator: string;
  category: string;
  confidence: number;
  feed: string;
  risk: number;
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "–";
}

export function matchesOf(event: components["schemas"]["Event"]): Match[] {
  const { matches } = (event.threat ?? {}) as { matches?: Record<string, unknown>[] };
  return (matches ?? []).map((match, i) => ({
    key: `${event.id} ${i}`,
    id: event.id,
    at: event.ts * 1000,
    source: text(event.src_ip),
    destination: text(event.dst_ip),
    indicator: text(match.indicator),
    category: text(match.category),
    confidence: Number(match.confidence ?? 0),
    feed: text(match.source),
    risk: event.risk_score ?? 0,
  }));
}
