import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, signedIn, type Watched, watched } from "./harness.ts";
import { NetFlow } from "./netflow.ts";

/** What a remote party would write to get a script into somebody's browser. */
const HOSTILE = `<img src=x onerror="window.broken=1"><script>window.broken=1</script>`;

/** Where the server's own threat list is. */
const folder = mkdtempSync(join(tmpdir(), "penstock-web-lists-"));

let server: Penstock;
let browser: Browser;
let context: BrowserContext;
let tab: Watched;

beforeAll(async () => {
  const list = join(folder, "own.csv");
  writeFileSync(list, "ip_or_cidr,category,confidence\n198.51.100.7,c2,90\nnonsense !,c2,1\n");
  [server, browser] = await Promise.all([Penstock.run({ THREATLIST_CSV: list }), launch()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  context = await signedIn(browser, server);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  tab = await watched(context, server.url);
});

/** Whatever a test did: nothing was said on the console, nothing ran that came as text. */
afterEach(async () => {
  const ran = await tab.page.evaluate(() => "broken" in window);
  await context.close();
  expect(ran).toBe(false);
  expect(tab.faults).toEqual([]);
});

function open(path: string) {
  return tab.page.goto(`${server.url}/ui/${path}`);
}

describe("exporters", () => {
  test("a device is listed with its loss, and its page has its templates and a capture", async () => {
    const { page } = tab;
    const device = await NetFlow.open(server.ports["netflow"] ?? 0);
    device.template();
    device.flows(3);
    device.lose(5);
    device.flows(3);
    await expect
      .poll(async () => {
        const said = (await server.ask("/v1/exporters")) as { exporters: { events: number }[] };
        return said.exporters[0]?.events;
      })
      .toBe(6);
    device.close();

    await open("exporters");
    await page.getByRole("row").filter({ hasText: "127.0.0.1" }).getByText("Losing").waitFor();
    await page.getByRole("button", { name: "127.0.0.1" }).click();
    await page.getByRole("heading", { name: "127.0.0.1" }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("link", { name: "Templates (1)" }).click();
    await page.getByText("Template 256").click();
    await page.getByRole("cell", { name: "sourceIPv4Address" }).waitFor();

    const [capture] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Last datagrams as pcap" }).click(),
    ]);
    expect(capture.suggestedFilename()).toBe("127.0.0.1.pcap");
    const flows = page.getByRole("link", { name: "Its flows in the Explorer" });
    expect(await flows.getAttribute("href")).toBe("/ui/explore?filter=exporter+%3D+127.0.0.1");
  });

  test("one that was never heard is said to be unknown", async () => {
    await open("exporters?id=192.0.2.99");
    await tab.page.getByRole("alert").getByText("Nothing was heard").waitFor();
    // The browser itself says that something was not found.
    tab.faults.length = 0;
  });
});

describe("sources", () => {
  test("one is added from this address, tested, changed and removed", async () => {
    const { page } = tab;
    await open("sources");
    await page.getByRole("button", { name: "Add a source" }).click();
    await page.getByLabel("Id", { exact: true }).fill("edge-1");
    await page.getByLabel("Name").fill(HOSTILE);
    await page.getByLabel("Notes").fill(HOSTILE);
    await page.getByRole("button", { name: "Add my address" }).click();
    await expect
      .poll(() => page.getByLabel("Networks that it may send from").inputValue())
      .toBe("127.0.0.1");
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Add the source" }).click();

    const drawer = page.getByRole("dialog", { name: "edge-1" });
    await drawer.getByText(HOSTILE).first().waitFor();
    await drawer.getByRole("textbox", { name: "Address" }).fill("192.0.2.7");
    await drawer.getByRole("button", { name: "Test" }).click();
    await drawer.getByText("in none of its networks").waitFor();
    await drawer.getByRole("button", { name: "Let it send from 192.0.2.7" }).click();
    await drawer.getByText("127.0.0.1, 192.0.2.7").waitFor();

    await drawer.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove the source" }).click();
    await page.getByRole("row").filter({ hasText: "edge-1" }).waitFor({ state: "detached" });
  });

  test("what is wrong with a member is told beside it", async () => {
    const { page } = tab;
    await open("sources?edit=new");
    await page.getByLabel("Id", { exact: true }).fill("bad-one");
    const allowed = page.getByLabel("Networks that it may send from");
    await allowed.fill("not-a-network");
    await page.getByRole("button", { name: "Add the source" }).click();
    await expect.poll(() => allowed.getAttribute("aria-invalid")).toBe("true");
    // The browser itself says that a request was refused.
    tab.faults.length = 0;
  });
});

describe("threats", () => {
  test("an indicator is added, matches what comes, and is removed", async () => {
    const { page } = tab;
    await open("threats?part=indicators");
    await page.getByRole("button", { name: "Add an indicator" }).click();
    await page.getByLabel("Address, prefix or domain").last().fill("203.0.113.7");
    await page.getByLabel("Category").last().fill(HOSTILE.slice(0, 60));
    await page.getByRole("button", { name: "Add the indicator" }).click();
    await page.getByRole("cell", { name: "203.0.113.7", exact: true }).waitFor();
    expect(await barriers(page)).toEqual([]);

    const flow = { src_ip: "10.0.0.1", dst_ip: "203.0.113.7", protocol: "tcp", bytes: 1 };
    const records = [{ ts: Date.now() / 1000, src_port: 1, dst_port: 443, packets: 1, ...flow }];
    await server.ask("/v1/ingest", { method: "POST", body: JSON.stringify({ records }) });
    await expect
      .poll(async () => {
        const said = (await server.ask("/v1/events?filter=threat+%3D+true")) as { count: number };
        return said.count;
      })
      .toBe(1);
    await page.getByRole("link", { name: "Matches" }).click();
    await page.getByRole("row").filter({ hasText: "203.0.113.7" }).getByText("10.0.0.1").waitFor();

    await page.getByRole("link", { name: "Indicators" }).click();
    await page.getByRole("button", { name: "Remove 203.0.113.7" }).click();
    await page.getByRole("button", { name: "Remove the indicator" }).click();
    await page.getByText("no indicators of the API yet").waitFor();
  });

  test("the lists on disk are told with what was skipped, and are read again by a job", async () => {
    const { page } = tab;
    await open("threats?part=feeds");
    await page.getByRole("cell", { name: "own.csv" }).waitFor();
    await page.getByText("1 indicator, read").waitFor();
    await page.getByText("own.csv:3").waitFor();
    await page.getByRole("button", { name: "Read them again" }).click();
    await page.getByText("Reading the lists: done.").waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  test("a list is imported and told with what was not understood", async () => {
    const { page } = tab;
    await open("threats?part=feeds");
    await page.getByRole("button", { name: "Import a list" }).click();
    await page.getByLabel("Or its text").fill("192.0.2.1\n192.0.2.2\nnonsense !\n");
    await page.getByLabel("Format").selectOption("txt");
    await page.getByLabel("Feed", { exact: true }).fill("hunt");
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("nonsense").last().waitFor();
    await page.getByRole("button", { name: "Close" }).last().click();
    const row = page.getByRole("row").filter({ hasText: "hunt" });
    expect(await row.getByRole("cell").nth(1).textContent()).toBe("2");
  });
});

describe("logs", () => {
  test("a line comes live with its trace, and pausing holds it back", async () => {
    const { page } = tab;
    await open("logs?endpoint=/v1/nowhere");
    await page.getByText("Live", { exact: true }).first().waitFor();
    await fetch(`${server.url}/v1/nowhere/a`, { headers: { "X-API-Key": server.key } });
    const first = page.getByRole("row").filter({ hasText: "/v1/nowhere/a" });
    await first.waitFor();
    const trace = await first.getByRole("link").getAttribute("href");
    expect(trace).toMatch(/^\/ui\/requests\?trace=.+/);

    await page.getByRole("button", { name: "Pause" }).click();
    await fetch(`${server.url}/v1/nowhere/b`, { headers: { "X-API-Key": server.key } });
    await page.getByRole("button", { name: "Go on (1 new)" }).waitFor();
    const second = page.getByRole("row").filter({ hasText: "/v1/nowhere/b" });
    expect(await second.count()).toBe(0);
    await page.getByRole("button", { name: "Go on" }).click();
    await second.waitFor();
    expect(await barriers(page)).toEqual([]);
  });
});

describe("the API's page", () => {
  test("an operation is found, tried, and its curl keeps the key to itself", async () => {
    const { page } = tab;
    await open("api");
    await page.getByLabel("Search operations").fill("lookup known");
    await page.getByRole("link", { name: "GET /v1/lookup" }).click();
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel("q *").fill("8.8.8.8");
    await page.getByRole("button", { name: "Send GET" }).click();
    await page.getByText("200 OK").waitFor();
    await page
      .getByRole("region", { name: "The answer", exact: true })
      .getByText('"8.8.8.8"')
      .waitFor();
    const curl = await page.getByRole("region", { name: "The same call with curl" }).textContent();
    expect(curl).toContain("$PENSTOCK_KEY");
    expect(curl).toContain("/v1/lookup?q=8.8.8.8");
    expect(curl).not.toContain(server.key);
  });

  test("what takes something away asks first", async () => {
    const { page } = tab;
    await open("api?op=deleteIndicator");
    await page.getByLabel("id *").fill("none");
    await page.getByRole("button", { name: "Send DELETE" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Send DELETE" }).click();
    await page.getByText("404").first().waitFor();
    // The browser itself says that something was not found.
    tab.faults.length = 0;
  });

  test("sample records are sent, and a wrong one is told by its number", async () => {
    const { page } = tab;
    await open("api?part=toolbox");
    await page.getByRole("button", { name: "Send the records" }).click();
    await page.getByText("2 taken").waitFor();
    await page.getByRole("textbox", { name: "Records" }).fill('{"records":[{"ts":1}]}');
    await page.getByRole("button", { name: "Send the records" }).click();
    await page.getByRole("cell", { name: /Missing required/ }).waitFor();
    expect(await barriers(page)).toEqual([]);
    tab.faults.length = 0;
  });
});
