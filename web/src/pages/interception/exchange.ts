import type { Schema } from "../../api/client";

type Event = Schema<"Exchange">["event"];

/** Where a request went, in a line; of a CONNECT only the host and port are known. */
export function address(event: Event): string {
  const { exchange, url } = event;
  if (exchange.method === "CONNECT") return exchange.path ?? exchange.host;
  return url ?? `${exchange.scheme ?? "https"}://${exchange.host}${exchange.path ?? ""}`;
}

/** The same without scheme and query, to be read at a glance. */
export function place(event: Event): string {
  const { exchange } = event;
  const path = exchange.path ?? "";
  return exchange.method === "CONNECT" ? path : `${exchange.host}${path}`;
}

/** A body as far as it was kept, as people read it. */
export function bodyText(body: Schema<"ExchangeBody">): string {
  if (body.text === undefined) return body.base64 ?? "";
  try {
    return JSON.stringify(JSON.parse(body.text), null, 2);
  } catch {
    return body.text;
  }
}

/** Headers in their order, one a line. */
export function headerLines(lines: string[][] | undefined): string {
  return (lines ?? []).map(([name, value]) => `${name}: ${value}`).join("\n");
}
