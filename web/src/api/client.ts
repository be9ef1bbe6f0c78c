import createClient, { type Middleware } from "openapi-fetch";
import { credentials, signOut } from "../lib/session.svelte";
import type { components, paths } from "../../generated/api";

/** A schema of the API's description, by its name there. */
export type Schema<N extends keyof components["schemas"]> = components["schemas"][N];

/** What the server, or the way to it, refused. */
export class Problem extends Error {
  /**
   * @param status of HTTP; 0 when the server was not reached
   * @param error the short name that the API gives it
   * @param position where in a filter the fault is, from 0
   * @param members what is wrong with single members of what was sent, by name: `quotas.eps`
   */
  constructor(
    readonly status: number,
    readonly error: string,
    message: string,
    readonly position?: number,
    readonly members: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  static of(failure: unknown): Problem {
    if (failure instanceof Problem) return failure;
    return new Problem(0, "unreachable", "The server cannot be reached.");
  }

  /** From the body of an answer that is no success. */
  static ofBody(status: number, body: unknown): Problem {
    if (typeof body !== "object" || body === null) {
      return new Problem(status, "failed", `The server answered ${status}.`);
    }
    const { error, detail, position, message, field, hint } = body as Record<string, unknown>;
    const said = described(detail) ?? described(message) ?? `The server answered ${status}.`;
    return new Problem(
      status,
      typeof error === "string" ? error : "failed",
      typeof hint === "string" ? `${said}: ${hint}` : said,
      typeof position === "number" ? position : undefined,
      members(detail, field),
    );
  }
}

/** A list of faults names its members itself; beside a sentence `field` names the one it is about. */
function members(detail: unknown, field: unknown): Record<string, string> {
  if (Array.isArray(detail)) return Object.fromEntries(detail.map(ofMember));
  return typeof field === "string" && typeof detail === "string" ? { [field]: detail } : {};
}

/** One entry of a list of faults: the API has two forms of them. */
interface Fault {
  loc?: unknown[];
  msg?: string;
  field?: string;
  reason?: string;
}

function ofMember({ loc, msg, field, reason }: Fault): [string, string] {
  return [loc?.slice(1).join(".") ?? field ?? "", msg ?? reason ?? "is not as it should be"];
}

/** `detail` is a sentence, or a list of what is wrong with single members. */
function described(detail: unknown): string | undefined {
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return undefined;
  return detail
    .map(ofMember)
    .map(([where, what]) => (where ? `${where}: ${what}` : what))
    .join("; ");
}

const signed: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(credentials())) request.headers.set(name, value);
    return request;
  },
  onResponse({ response }) {
    heed(response.status);
  },
};

function heed(status: number) {
  if (status === 401) signOut("The key opens nothing any more: sign in again.");
}

const client = createClient<paths>({ baseUrl: window.location.origin });
client.use(signed);

/** The API, typed by its description: `await ok(api.GET("/v1/sources", { signal }))`. */
export const api = client;

/**
 * The body of a success.
 *
 * @throws Problem for everything else
 */
export async function ok<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await asked;
  if (!response.ok) throw Problem.ofBody(response.status, error);
  return data as T;
}

/**
 * Any other request: uploads, downloads, the page that tries the API.
 *
 * @throws Problem unless it succeeds
 */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(credentials())) headers.set(name, value);
  const answer = await fetch(path, { ...init, headers });
  heed(answer.status);
  if (!answer.ok) {
    throw Problem.ofBody(answer.status, await answer.json().catch(() => null));
  }
  return answer;
}

/** Saves what a path answers as a file: a link could not carry the key. */
export async function download(path: string, name: string) {
  const answer = await send(path);
  save(await answer.blob(), name);
}

/** Saves something as a file. */
export function save(blob: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
