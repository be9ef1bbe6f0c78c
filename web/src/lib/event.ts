import { bytes, count } from "./format";

/** An event as the API gives it: what was not sent has no member, what was not found is null. */
export interface EventDocument {
  id: string;
  kind: string;
  type?: string;
  tenant?: string;
  ts: number;
  received?: string;
  start?: string;
  end?: string;
  exported?: string;
  exporter?: string;
  exporter_port?: number;
  client_ip?: string;
  observation_domain?: number;
  sequence?: number;
  collector_id?: string;
  source_id?: string;
  trace_id?: string;
  clock_skew?: number;

  src_ip?: string;
  dst_ip?: string;
  src_port?: number;
  dst_port?: number;
  src_mask?: number;
  dst_mask?: number;
  src_as?: number;
  dst_as?: number;
  src_mac?: string;
  dst_mac?: string;
  src_nat_ip?: string;
  src_nat_port?: number;
  dst_nat_ip?: string;
  dst_nat_port?: number;

  proto?: number;
  protocol?: string;
  tcp_flags?: number;
  tos?: number;
  icmp_type?: number;
  icmp_code?: number;
  vlan_id?: number;
  inner_vlan_id?: number;
  flow_direction?: string;
  ingress_if?: number;
  egress_if?: number;
  next_hop?: string;
  end_reason?: number;
  firewall_event?: number;
  forwarding_status?: number;
  bytes?: number;
  packets?: number;
  reverse_bytes?: number;
  reverse_packets?: number;
  sampling?: { rate: number; source: string; algorithm?: string };
  scaled_bytes?: number;
  scaled_packets?: number;
  community_id?: string;

  exchange?: {
    product?: string;
    verdict?: string;
    rule?: string;
    scheme?: string;
    method?: string;
    host?: string;
    path?: string;
    status?: number;
    failure?: string;
  };

  src_geo?: Geo | null;
  dst_geo?: Geo | null;
  src_asn?: AutonomousSystem | null;
  dst_asn?: AutonomousSystem | null;
  threat?: { matched: boolean; matches: ThreatMatch[] };
  risk_score?: number;
  reasons?: string[];
  network_direction?: string;
  quirks?: string[];
  [member: string]: unknown;
}

export interface Geo {
  country?: string;
  city?: string;
  lat?: number;
  lon?: number;
  timezone?: string;
}

export interface AutonomousSystem {
  asn?: number;
  org?: string;
}

export interface ThreatMatch {
  type: string;
  side: string;
  value: string;
  indicator: string;
  category?: string;
  confidence?: number;
  source?: string;
}

/** `10.0.0.1:443`, `[2001:db8::1]:443`; an address alone where there is no port. */
export function endpoint(ip: string | undefined, port: number | undefined): string {
  if (!ip) return "–";
  if (port === undefined) return ip;
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** What an event tells of, in a line. */
export function summary(event: EventDocument): string {
  return halves(event).filter(Boolean).join(" ");
}

/** The same in two: from where and to where, or what was asked and what became of it. */
export function halves(event: EventDocument): [string, string] {
  const { exchange } = event;
  if (exchange) {
    const url = `${exchange.host ?? ""}${exchange.path ?? ""}`;
    const outcome = exchange.status ?? exchange.failure ?? "";
    return [[exchange.method, url].filter(Boolean).join(" "), outcome ? `→ ${outcome}` : ""];
  }
  if (!event.src_ip && !event.dst_ip) return [event.kind, ""];
  const to = endpoint(event.dst_ip, event.dst_port);
  return [endpoint(event.src_ip, event.src_port), `→ ${to}`];
}

const COUNTRIES = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

/** Germany, of DE. */
export function countryName(code: string): string {
  return /^[A-Z]{2}$/i.test(code) ? (COUNTRIES.of(code.toUpperCase()) ?? code) : code;
}

/** `netflow v9`: what it came as. */
export function formatName(event: EventDocument): string {
  return (event.type ?? event.kind).toLowerCase().replaceAll("_", " ");
}

/** `Germany → France`, as far as it is known. */
export function places(event: EventDocument): string {
  const [from, to] = [event.src_geo?.country, event.dst_geo?.country].map(
    (code) => code && countryName(code),
  );
  if (from && to) return `${from} → ${to}`;
  return to ? `→ ${to}` : from ? `${from} →` : "";
}

/** What went there and back. */
export const totals = {
  bytes: (event: EventDocument) => total(event.bytes, event.reverse_bytes, bytes),
  packets: (event: EventDocument) => total(event.packets, event.reverse_packets, count),
};

function total(
  there: number | undefined,
  back: number | undefined,
  format: (value: number) => string,
): string {
  if (there === undefined && back === undefined) return "–";
  return format((there ?? 0) + (back ?? 0));
}

/** Whether the values of a field of the filter language are countries. */
export function isCountry(field: string): boolean {
  return field === "country" || field.endsWith("_country");
}

const TCP_FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];

/** SYN ACK, of 18 (RFC 9293 §3.1; AE: draft of accurate ECN). */
export function tcpFlags(bits: number): string {
  return TCP_FLAGS.filter((_, i) => bits & (1 << i)).join(" ") || "none";
}

/** From which score on a risk is high, and from which one it is worth a look. */
export function riskTone(score: number | undefined): "bad" | "warn" | "none" {
  if (score === undefined) return "none";
  return score >= 70 ? "bad" : score >= 40 ? "warn" : "none";
}
