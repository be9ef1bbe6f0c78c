/**
 * Where the user is: `/ui/PAGE?QUERY`. What a page shows is in its address, so that a copied address
 * shows the same, and the browser's buttons work.
 */

const BASE = "/ui/";

export type Params = Record<string, string | number | boolean | null | undefined>;

interface Place {
  page: string;
  query: URLSearchParams;
}

function read(): Place {
  const { pathname, search } = window.location;
  const page = pathname.startsWith(BASE) ? pathname.slice(BASE.length).replace(/\/$/, "") : "";
  return { page, query: new URLSearchParams(search) };
}

let place = $state.raw<Place>(read());

/** The place, reactive. */
export const route = {
  get page() {
    return place.page;
  },
  get query() {
    return place.query;
  },
  /** One parameter, or what it is by default. */
  param(name: string, standard = "") {
    return place.query.get(name) ?? standard;
  },
};

/** The address of a page. Parameters that are empty, null or false are left out. */
export function href(page: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) {
      query.set(name, String(value));
    }
  }
  const text = query.toString();
  return BASE + page + (text ? `?${text}` : "");
}

/** Goes to an address of the dashboard. */
export function go(address: string, { replace = false } = {}) {
  if (replace) window.history.replaceState(null, "", address);
  else window.history.pushState(null, "", address);
  place = read();
}

/** Changes parameters of the present page; null removes one. */
export function setParams(params: Params, options: { replace?: boolean } = {}) {
  const now = Object.fromEntries(place.query) as Params;
  go(href(place.page, { ...now, ...params }), options);
}

/** Follows the browser's buttons, and links to the dashboard without loading the page anew. */
export function startRouter(): () => void {
  const popped = () => (place = read());
  const clicked = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.hasAttribute("target") || link.hasAttribute("download")) return;
    // Of links in drawings too, whose `href` is no text.
    const to = new URL(link.getAttribute("href") ?? "", window.location.href);
    if (to.origin !== window.location.origin || !to.pathname.startsWith(BASE)) return;
    event.preventDefault();
    go(to.pathname + to.search);
    window.scrollTo(0, 0);
  };
  window.addEventListener("popstate", popped);
  document.addEventListener("click", clicked);
  return () => {
    window.removeEventListener("popstate", popped);
    document.removeEventListener("click", clicked);
  };
}
