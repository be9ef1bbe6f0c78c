import type { Component } from "svelte";

/** A page: how it is called in the address and in the menu, and how it is loaded. */
export interface Page {
  name: string;
  title: string;
  group: "Watch" | "Collect" | "Deliver" | "Intercept" | "Run";
  /** Any of these scopes of a key opens it; none for everybody. */
  scopes: string[];
  load: () => Promise<{ default: Component }>;
}

export const pages: Page[] = [
  {
    name: "",
    title: "Overview",
    group: "Watch",
    scopes: ["read_requests", "read_metrics"],
    load: () => import("./pages/Overview.svelte"),
  },
  {
    name: "explore",
    title: "Explorer",
    group: "Watch",
    scopes: ["read_requests"],
    load: () => import("./pages/Explore.svelte"),
  },
  {
    name: "live",
    title: "Live",
    group: "Watch",
    scopes: ["read_requests"],
    load: () => import("./pages/Live.svelte"),
  },
  {
    name: "exporters",
    title: "Exporters",
    group: "Collect",
    scopes: ["read_requests"],
    load: () => import("./pages/Exporters.svelte"),
  },
  {
    name: "sources",
    title: "Sources",
    group: "Collect",
    scopes: ["read_sources"],
    load: () => import("./pages/Sources.svelte"),
  },
  {
    name: "threats",
    title: "Threats",
    group: "Collect",
    scopes: ["manage_indicators"],
    load: () => import("./pages/Threats.svelte"),
  },
  {
    name: "sinks",
    title: "Sinks",
    group: "Deliver",
    scopes: ["export"],
    load: () => import("./pages/Sinks.svelte"),
  },
  {
    name: "interception",
    title: "Interception",
    group: "Intercept",
    scopes: ["read_requests"],
    load: () => import("./pages/Interception.svelte"),
  },
  {
    name: "requests",
    title: "Requests",
    group: "Run",
    scopes: ["read_requests"],
    load: () => import("./pages/Requests.svelte"),
  },
  {
    name: "logs",
    title: "Logs",
    group: "Run",
    scopes: ["read_requests"],
    load: () => import("./pages/Logs.svelte"),
  },
  {
    name: "admin",
    title: "Admin",
    group: "Run",
    scopes: ["admin"],
    load: () => import("./pages/Admin.svelte"),
  },
  {
    name: "api",
    title: "API",
    group: "Run",
    scopes: [],
    load: () => import("./pages/ApiPage.svelte"),
  },
];
