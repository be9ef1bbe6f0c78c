/** A member of an output's configuration, as a form asks for it. */
export interface Member {
  name: string;
  label: string;
  hint?: string;
  kind: "text" | "secret" | "list" | "number" | "truth" | "choice" | "pem";
  choices?: string[];
  isNeeded?: boolean;
}

/** What an output is configured with. */
export type Config = Record<string, unknown>;

export const SECRET_KEPT = "***";

export const OWN: Record<string, Member[]> = {
  splunk: [
    {
      name: "hec_url",
      label: "Address of the HTTP Event Collector",
      hint: "https://splunk.example.net:8088; several, one a line, take turns",
      kind: "list",
      isNeeded: true,
    },
    { name: "token", label: "Token", kind: "secret", isNeeded: true },
    { name: "index", label: "Index", hint: "one that the token may write to", kind: "text" },
    { name: "sourcetype", label: "Source type", kind: "text" },
    {
      name: "acknowledgement",
      label: "Acknowledgement",
      hint: "required: nothing is sent to a token that does not acknowledge",
      kind: "choice",
      choices: ["auto", "off", "required"],
    },
    { name: "gzip", label: "Compress what is sent", kind: "truth" },
  ],
  elastic: [
    {
      name: "urls",
      label: "Addresses of nodes",
      hint: "https://node-1.example.net:9200, one a line",
      kind: "list",
      isNeeded: true,
    },
    { name: "index", label: "Index", hint: "its name, or how daily ones begin", kind: "text" },
    {
      name: "naming",
      label: "Naming",
      kind: "choice",
      choices: ["daily", "data_stream", "plain"],
    },
    { name: "username", label: "User name", hint: "or an API key below", kind: "text" },
    { name: "password", label: "Password", kind: "secret" },
    { name: "api_key", label: "API key", hint: "id:key, or both in base64", kind: "secret" },
    { name: "gzip", label: "Compress what is sent", kind: "truth" },
  ],
};

export const COMMON: Member[] = [
  {
    name: "filter",
    label: "Filter",
    hint: "which events, for example risk_score >= 70; all when empty",
    kind: "text",
  },
  {
    name: "schema",
    label: "Schema of the documents",
    kind: "choice",
    choices: ["telemetry", "ecs", "ocsf", "cim", "goflow2"],
  },
  { name: "sampling", label: "Ship one event of", hint: "1 ships all", kind: "number" },
  { name: "fields", label: "Members to keep", hint: "one a line; all when empty", kind: "list" },
  { name: "redact", label: "Members to leave out", hint: "one a line", kind: "list" },
  { name: "verify_tls", label: "Verify the destination's certificate", kind: "truth" },
  {
    name: "tls_ca",
    label: "Authorities to trust (PEM)",
    hint: "in place of the machine's",
    kind: "pem",
  },
];

/** What a new output begins with. */
export const BEGINNINGS: Record<string, Config> = {
  splunk: { index: "telemetry", acknowledgement: "auto" },
  elastic: { index: "telemetry-events", naming: "daily" },
  kafka: { brokers: ["kafka.example.net:9093"], topic: "telemetry-events", tls: true },
  datadog: { site: "datadoghq.com", api_key: "" },
  syslog: { host: "syslog.example.net", port: 6514, tls: true, format: "rfc5424" },
  webhook: { url: "https://hooks.example.net/events", body: "ndjson", headers: {} },
  files: {},
};

export function asText(value: unknown): string {
  if (value === null || value === undefined || value === SECRET_KEPT) return "";
  if (Array.isArray(value)) return value.join("\n");
  return String(value);
}

/** The value of a member as it is sent; undefined leaves it to its default. */
export function asValue(member: Member, text: string): unknown {
  const entered = text.trim();
  if (member.kind === "list") return entered === "" ? undefined : entered.split(/\s*\n\s*/);
  if (entered === "") return undefined;
  return member.kind === "number" ? Number(entered) : entered;
}
