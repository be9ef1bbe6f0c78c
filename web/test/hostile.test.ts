import { request } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launch, Penstock, settled, signedIn, watched } from "./harness.ts";
import { PAGES } from "./pages.ts";

/** Would run if any page took it for markup; the quotes would end an attribute. */
const MARKUP = `"'><img src=x onerror="window.owned=1"><script>window.owned=1</script>`;

/** Parts of pages that have addresses of their own. */
const PARTS = [
  "admin?tab=keys",
  "admin?tab=tenants",
  "admin?tab=audit",
  "interception?tab=exchanges",
  "interception?tab=inventory",
  "interception?tab=stubs",
  "interception?tab=alerts",
  "threats?tab=indicators",
  "explore?view=events&from=1h",
  "explore?view=table&from=1h&by=collector_id,host,path",
];

let server: Penstock;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([
    Penstock.run({ PROXY_PORT: "0", INTERCEPT_PROFILES: "cribl=mock", INTERCEPT_SEALED: "true" }),
    launch(),
  ]);
  await fill();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Puts the text wherever somebody else than the dashboard's user can put one. */
async function fill() {
  const post = (path: string, body: object) =>
    server.ask(path, { method: "POST", body: JSON.stringify(body) });
  await flow();
  await post("/v1/sources", {
    id: "hostile",
    display_name: MARKUP,
    tenant_id: "default",
    type: "udp",
    collector: MARKUP.slice(0, 64),
  });
  await post("/v1/admin/keys", { note: MARKUP, scopes: ["ingest"] });
  await post("/v1/admin/tenants", { tenant_id: "hostile", name: MARKUP });
  await server.ask("/v1/indicators", {
    method: "PUT",
    body: JSON.stringify({ ip_or_cidr: "192.0.2.9", category: MARKUP.slice(0, 60) }),
  });
  // What a client sends shows in the audit and in the log, whatever became of it.
  await fetch(`${server.url}/v1/jobs/${encodeURIComponent(MARKUP)}`, {
    headers: { "X-API-Key": server.key, "User-Agent": MARKUP, "X-Request-ID": MARKUP },
  });
  await throughProxy();
  await vi.waitFor(
    async () => {
      const found = (await server.ask("/v1/exchanges")) as { exchanges: unknown[] };
      expect(found.exchanges.length).toBeGreaterThan(0);
    },
    { timeout: 20_000, interval: 200 },
  );
}

async function flow() {
  const record = {
    ts: Date.now() / 1000,
    src_ip: "10.0.0.1",
    dst_ip: "192.0.2.9",
    src_port: 40_000,
    dst_port: 443,
    protocol: "tcp",
    bytes: 10,
    packets: 1,
    note: MARKUP,
    [MARKUP]: MARKUP,
  };
  const body = JSON.stringify({ collector_id: MARKUP, format: "flows.v1", records: [record] });
  await server.ask("/v1/ingest", { method: "POST", body });
}

function throughProxy(): Promise<void> {
  return new Promise((done, failed) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: server.ports.proxy,
        method: "POST",
        path: `http://cdn.cribl.io/telemetry/${encodeURIComponent(MARKUP)}?v=${encodeURIComponent(MARKUP)}&x=${encodeURIComponent(MARKUP)}`,
        headers: {
          Host: "cdn.cribl.io",
          "User-Agent": MARKUP,
          "Content-Type": "application/json",
        },
      },
      (answer) => answer.resume().on("end", done),
    );
    asked.on("error", failed);
    asked.end(JSON.stringify({ [MARKUP]: MARKUP }));
  });
}

/** Where the text must be seen, or this would prove nothing. */
const SHOWN = [
  "requests",
  "logs",
  "sources",
  "admin?tab=keys",
  "admin?tab=tenants",
  "interception?tab=exchanges",
  "interception?tab=inventory",
  "threats?tab=indicators",
  "explore?view=table&from=1h&by=collector_id,host,path",
];

test("every page shows foreign texts as texts", { timeout: 240_000 }, async () => {
  const context = await signedIn(browser, server);
  const { page, faults } = await watched(context, server.url);
  for (const address of [...PAGES, ...PARTS]) {
    await page.goto(`${server.url}/ui/${address}`);
    await settled(page);
    if (address === "live") {
      await flow();
      await page.locator("tbody tr").first().waitFor();
    }
    const foreign = page.getByText("window.owned").first();
    // Of a stream's page, what it shows comes with its first messages.
    if (SHOWN.includes(address)) await foreign.waitFor({ state: "attached" });
    const first = page.locator("tbody tr button").first();
    if (await first.isVisible()) {
      await first.click();
      await page
        .getByRole("dialog")
        .first()
        .waitFor({ timeout: 1_500 })
        .catch(() => undefined);
      await settled(page);
    }
    expect(await page.evaluate(() => "owned" in window), address).toBe(false);
    expect(await page.locator("img[src=x]").count(), address).toBe(0);
  }
  expect(faults).toEqual([]);
  await context.close();
});
