/**
 * Who is signed in: an API key, kept for as long as the browser's tab (session storage), and the
 * tenant whose data is looked at.
 */

const KEY = "penstock.key";
const TENANT = "penstock.tenant";

export interface Who {
  key_id: string;
  tenant: string;
  scopes: string[];
  is_admin: boolean;
  expires_at: string | null;
}

/**
 * - `out`: nobody is signed in
 * - `checking`: the key is being tried
 * - `warming`: the server is not ready yet; it is tried again
 * - `in`: signed in
 */
export type Phase = "out" | "checking" | "warming" | "in";

const kept = sessionStorage.getItem(KEY) ?? "";

let key = $state(kept);
let tenant = $state(sessionStorage.getItem(TENANT) ?? "");
let who = $state.raw<Who | null>(null);
let phase = $state<Phase>(kept ? "checking" : "out");
let said = $state("");

export const session = {
  get phase() {
    return phase;
  },
  get who() {
    return who;
  },
  /** What the person is told at the sign-in. */
  get said() {
    return said;
  },
  /** The tenant that an admin looks at instead of the key's own; empty for the key's own. */
  get tenant() {
    return tenant;
  },
  /** Whether the key may do this: `admin` may do everything. */
  may(...anyOf: string[]): boolean {
    return who !== null && (who.is_admin || anyOf.some((scope) => who?.scopes.includes(scope)));
  },
};

/** The headers by which the server knows the caller. */
export function credentials(): Record<string, string> {
  const headers: Record<string, string> = {};
  if (key) headers["X-API-Key"] = key;
  if (tenant) headers["X-Tenant-ID"] = tenant;
  return headers;
}

/** Looks at data of another tenant; only an admin's key may. */
export function switchTenant(to: string) {
  tenant = to === who?.tenant ? "" : to;
  if (tenant) sessionStorage.setItem(TENANT, tenant);
  else sessionStorage.removeItem(TENANT);
}

export function signOut(message = "") {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(TENANT);
  key = "";
  tenant = "";
  who = null;
  said = message;
  phase = "out";
}

/** Tries a key. */
export async function signIn(candidate: string) {
  key = candidate.trim();
  tenant = "";
  said = "";
  await check();
}

const WARMING_MILLIS = 1500;

async function check() {
  phase = "checking";
  for (;;) {
    const tried = key;
    let answer: Response;
    try {
      // The key's own tenant, whatever tenant is looked at.
      answer = await fetch("/v1/session", { headers: { "X-API-Key": key } });
    } catch {
      answer = new Response(null, { status: 503 });
    }
    if (tried !== key) return;
    if (answer.ok) {
      who = (await answer.json()) as Who;
      if (!who.is_admin) tenant = "";
      sessionStorage.setItem(KEY, key);
      phase = "in";
      return;
    }
    if (answer.status === 401 || answer.status === 403) {
      signOut("This key opens nothing: it is wrong, disabled or expired.");
      return;
    }
    if (answer.status === 429) {
      signOut("Too many tries: wait a minute.");
      return;
    }
    phase = "warming";
    await new Promise((later) => setTimeout(later, WARMING_MILLIS));
  }
}

/** Begins with what the address brings: the code of a link, or a key; neither stays in it. */
export async function startSession() {
  const given = new URLSearchParams(window.location.hash.slice(1));
  const code = given.get("link");
  const shown = given.get("key");
  if (code || shown) {
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  if (shown) {
    await signIn(shown);
  } else if (code) {
    await redeem(code);
  } else if (key) {
    await check();
  }
}

async function redeem(code: string) {
  phase = "checking";
  const answer = await fetch("/v1/session/link", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code }),
  }).catch(() => null);
  if (answer?.ok) {
    const made = (await answer.json()) as { key: string };
    await signIn(made.key);
  } else if (key) {
    // A link that was used already, in a tab that it signed in: the key is still here.
    await check();
  } else {
    signOut("This link was used already or is too old: sign in with a key.");
  }
}
