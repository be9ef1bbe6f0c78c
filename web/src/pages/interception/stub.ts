/** A stub in use. */
export interface Stub {
  name: string;
  from: "api" | "files" | "built_in";
  answered: number;
  stub: Record<string, unknown>;
}

/** The name, in the address, of one that is being made: a name of a stub has no such sign. */
export const NEW = "+";

/** Which requests it is for, in a line. */
export function requestLine({ stub }: Stub): string {
  const request = (stub.request ?? {}) as Record<string, unknown>;
  const parts = ["method", "host", "path", "pathPattern", "pathRegex", "target", "targetRegex"]
    .map((name) => request[name])
    .filter((value) => value !== undefined)
    .map((value) => (Array.isArray(value) ? value.join(", ") : String(value)));
  const others = ["query", "headers", "cookies", "form", "body"].filter((name) => name in request);
  const text = [...parts, ...others.map((name) => `by ${name}`)].join(" ");
  return text || "every request";
}

export const EXAMPLE = {
  request: { method: "GET", host: "stats.example.net", path: "/report" },
  answer: { status: 200, headers: { "content-type": "application/json" }, json: { ok: true } },
};
