/** The addresses of all pages, as in the menu. */
export const PAGES = [
  "",
  "explore",
  "live",
  "exporters",
  "sources",
  "threats",
  "sinks",
  "interception",
  "requests",
  "logs",
  "admin",
  "api",
];
