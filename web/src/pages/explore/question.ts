import { isCountry } from "../../lib/event";
import { and } from "../../lib/filter";
import { bitRate, bytes, count, short } from "../../lib/format";
import { href, type Params, route } from "../../lib/router.svelte";

/** The ways to look at groups of events, and at the events themselves. */
export const VIEWS = [
  { name: "line", title: "Lines" },
  { name: "stacked", title: "Stacked" },
  { name: "sankey", title: "Sankey" },
  { name: "map", title: "Map" },
  { name: "table", title: "Table" },
  { name: "events", title: "Events" },
];

export const FIELDS_MAX = 3;
export const LIMITS = [5, 10, 20, 50, 100];

/** What groups are ranked by. */
export interface Metric {
  name: string;
  title: string;
  /** A sum of it. */
  format: (value: number) => string;
  /** So much of it a second; without it a chart shows what each step sums up to. */
  rate?: (value: number) => string;
}

const perSecond = (value: number) => `${short(value)}/s`;

export const METRICS: Metric[] = [
  { name: "bytes", title: "Bytes", format: bytes, rate: bitRate },
  { name: "packets", title: "Packets", format: count, rate: perSecond },
  { name: "events", title: "Events", format: count, rate: perSecond },
  { name: "scaled_bytes", title: "Bytes, scaled by sampling", format: bytes, rate: bitRate },
  { name: "scaled_packets", title: "Packets, scaled by sampling", format: count, rate: perSecond },
  { name: "threats", title: "Threat matches", format: count },
];

/** What the address asks. */
export function question() {
  const fields = [...new Set(route.param("by", "src_ip").split(","))].filter(Boolean);
  const limit = Number(route.param("limit", "10"));
  const view = route.param("view", "stacked");
  const metric = METRICS.find(({ name }) => name === route.param("metric", "bytes"));
  return {
    from: route.param("from"),
    to: route.param("to"),
    filter: route.param("filter"),
    by: fields.slice(0, FIELDS_MAX),
    metric: metric ?? METRICS[0]!,
    view: VIEWS.some(({ name }) => name === view) ? view : "stacked",
    limit: LIMITS.includes(limit) ? limit : 10,
    isCompared: route.param("compare") === "1",
    /** Which page of events. */
    cursor: route.param("cursor"),
  };
}

export type Question = ReturnType<typeof question>;

/** The address of the same question with something else; an event that is open is closed. */
export function link(change: Params): string {
  const now = Object.fromEntries(route.query) as Params;
  return href("explore", { ...now, event: null, cursor: null, ...change });
}

/** The address of the same question about events that meet one more condition. */
export function narrowed(condition: string): string {
  return link({ filter: and(route.param("filter"), condition) });
}

/** A sankey needs two fields: the other end of the first one joins it. */
export function sankeyFields(by: string[]): string[] {
  if (by.length > 1) return by;
  const [first = "src_ip"] = by;
  if (first.startsWith("src_")) return [first, first.replace("src_", "dst_")];
  if (first.startsWith("dst_")) return [first.replace("dst_", "src_"), first];
  return [first, "dst_ip"];
}

/** The fields by which a view groups when those of another view do not fit. */
export function fieldsFor(view: string, by: string[]): string[] {
  if (view === "sankey") return sankeyFields(by);
  if (view === "map") return [by.find(isCountry) ?? "dst_country"];
  return by;
}

/** Questions to begin with. */
export const FIRST: { title: string; params: Params }[] = [
  { title: "Who talks to whom", params: { by: "src_ip,dst_ip", view: "sankey" } },
  {
    title: "Where to",
    params: { by: "dst_country", view: "map", filter: "network_direction = outbound" },
  },
  { title: "Which services", params: { by: "dst_port,proto", view: "table", limit: 20 } },
  { title: "Threat matches", params: { filter: "threat", view: "events" } },
  {
    title: "What is risky",
    params: {
      filter: "risk_score >= 70",
      by: "src_ip,dst_ip,dst_port",
      view: "table",
      metric: "events",
    },
  },
  {
    title: "What phoned home",
    params: {
      filter: "kind = exchange",
      by: "product,host,verdict",
      view: "table",
      metric: "events",
    },
  },
];
