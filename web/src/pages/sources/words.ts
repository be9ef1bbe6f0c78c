import type { paths } from "../../../generated/api";

export type Source =
  paths["/v1/sources"]["get"]["responses"]["200"]["content"]["application/json"]["sources"][number];

interface Health {
  word: string;
  tone: "good" | "warn" | "bad";
  why: string;
}

export const HEALTH: Record<string, Health | undefined> = {
  healthy: { word: "Healthy", tone: "good", why: "Sent within two minutes, under 5% refused." },
  degraded: {
    word: "Degraded",
    tone: "warn",
    why: "Sent within five minutes, or 5% and more of it was refused.",
  },
  stale: { word: "Stale", tone: "bad", why: "Sent nothing for five minutes, or never." },
};

/** The API gives lists of a source as JSON text. */
function list(text: string): string[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.map(String) : [];
  } catch {
    return [];
  }
}

export function networks(source: Source): string[] {
  return list(source.allowed_ips);
}

export function tags(source: Source): string[] {
  return list(source.tags);
}

const VERDICTS: Record<string, string | undefined> = {
  allowed: "It may send.",
  disabled: "The source is disabled.",
  ip_not_allowed: "The address is in none of its networks.",
  rate_limit: "It sends faster than its limit.",
};

/** What admission says of an address. */
export function verdict(reason: string): string {
  return VERDICTS[reason] ?? reason.replaceAll("_", " ");
}
