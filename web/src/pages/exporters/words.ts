import type { components } from "../../../generated/api";
import { percent } from "../../lib/format";

export type Exporter = components["schemas"]["Exporter"];

const PROTOCOLS: Record<string, string> = {
  netflow_v5: "NetFlow v5",
  netflow_v9: "NetFlow v9",
  ipfix: "IPFIX",
  sflow_5: "sFlow v5",
};

export function protocols(exporter: Exporter): string {
  return Object.keys(exporter.protocols)
    .map((name) => PROTOCOLS[name] ?? name)
    .join(", ");
}

const QUIRKS: Record<string, string> = {
  clock_skew: "Its clock was unusable or far off: times were moved onto when we received it.",
  time_missing: "Records carried no time: the export time stands for both ends.",
  negative_duration: "Flows ended before they began: their duration is zero.",
  count_mismatch: "The header counts other records than the datagram holds.",
  truncated: "Messages ended before their stated length: only complete records were decoded.",
  late_template: "Records waited for their template.",
  counter_wrap: "A 32-bit counter is implausible for the duration and may have wrapped.",
  unix_time_in_ntp_field: "A time field of NTP format held Unix time.",
  time_estimated: "It never said when it started: times are a close guess.",
  list_malformed: "A list (RFC 6313) contradicts itself or nests too deeply; its octets were kept.",
  list_template_unknown: "A list holds records of a template that it did not send.",
};

/** What an oddity means; its name where that is all we have. */
export function quirk(name: string): string {
  return QUIRKS[name] ?? name;
}

/** A name of the API as words: bad_template, bad template. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}

interface Loss {
  unit: string;
  missing: number;
  /** Of what it sent; null where we do not count in this unit. */
  share: number | null;
}

/** What its sequence numbers say never came, by what they count. */
export function losses(exporter: Exporter): Loss[] {
  const received: Record<string, number> = {
    datagrams: exporter.datagrams,
    messages: exporter.datagrams,
    records: exporter.records,
    flows: exporter.records,
  };
  return Object.entries(exporter.missing)
    .filter(([, missing]) => missing > 0)
    .map(([unit, missing]) => {
      const came = received[unit];
      return { unit, missing, share: came === undefined ? null : missing / (missing + came) };
    });
}

/** The worst share that is missing; 0 when nothing is. */
export function lossShare(exporter: Exporter): number {
  return Math.max(0, ...losses(exporter).map((loss) => loss.share ?? 0));
}

export function lossText(exporter: Exporter): string {
  const all = losses(exporter);
  if (all.length === 0) return "none";
  const share = lossShare(exporter);
  return share > 0 ? (share < 0.001 ? "< 0.1%" : percent(share)) : "some";
}

/** Sampled 1 in how many packets; nothing where nobody said so. */
export function samplingText(exporter: Exporter): string {
  const rates = new Set(exporter.sampling.map((one) => `1:${String(one.rate)}`));
  return [...rates].join(", ");
}

export interface Health {
  word: string;
  tone: "good" | "warn" | "bad";
  why: string;
}

/** Silence is worse than loss, and loss is worse than oddities. */
export function health(exporter: Exporter): Health {
  if (exporter.silent) {
    return { word: "Silent", tone: "bad", why: "Not heard for longer than its usual pauses." };
  }
  if (exporter.waiting_sets > 0 && exporter.events === 0) {
    return { word: "No template", tone: "warn", why: "Its data waits for a template." };
  }
  if (lossShare(exporter) >= 0.001) {
    return { word: "Losing", tone: "warn", why: "Some of what it sent never came." };
  }
  if (Object.keys(exporter.quirks).length > 0) {
    return { word: "Odd", tone: "warn", why: "There is something odd about its records." };
  }
  return { word: "Healthy", tone: "good", why: "Heard lately, nothing missing." };
}
