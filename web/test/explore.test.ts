import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { barriers, launch, Penstock, signedIn, watched } from "./harness.ts";

/** What a collector calls itself is a text from outside; this one would run if it were markup. */
const MARKUP = `<img src=x onerror="document.title='owned'">`;
const FORMULA = "=HYPERLINK(1)";

let server: Penstock;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let faults: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([Penstock.run(), launch()]);
  const web = Array.from({ length: 20 }, (_, i) => flow(`10.0.0.${i % 4}`, "192.0.2.1", 443, 1000));
  const names = Array.from({ length: 6 }, () => flow("10.0.0.9", "192.0.2.53", 53, 100));
  const remote = flow("10.0.0.9", "198.51.100.7", 3389, 5_000_000);
  await post("sensor", web);
  await post(MARKUP, names);
  await post(FORMULA, [remote]);
  await untilStored(27);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  context = await signedIn(browser, server, { viewport: { width: 1280, height: 900 } });
  ({ page, faults } = await watched(context, server.url));
});

afterEach(() => context.close());

function flow(src_ip: string, dst_ip: string, dst_port: number, bytes: number) {
  const ts = Date.now() / 1000 - 1;
  const protocol = dst_port === 53 ? "udp" : "tcp";
  return { ts, src_ip, dst_ip, src_port: 40_000, dst_port, protocol, bytes, packets: 2 };
}

async function post(collector_id: string, records: object[]) {
  const body = JSON.stringify({ collector_id, format: "flows.v1", records });
  await server.ask("/v1/ingest", { method: "POST", body });
}

async function untilStored(events: number) {
  const look = async () => {
    const answer = (await server.ask("/v1/events/top?by=kind")) as { total: { events: number } };
    expect(answer.total.events).toBe(events);
  };
  await vi.waitFor(look, { timeout: 20_000, interval: 200 });
}

/** Opens the explorer; its groups or events have come when this returns. */
async function explore(query = "") {
  await page.goto(`${server.url}/ui/explore?from=1h${query}`);
  await page.getByText("answered in").waitFor();
}

function asked(name: string) {
  return new URL(page.url()).searchParams.get(name);
}

/** The texts of a table's rows, without what only the mouse shows. */
async function rows(label: string): Promise<string[]> {
  const table = page.getByRole("region", { name: label });
  await table.waitFor();
  return table.locator("tbody tr td:first-child a:first-of-type").allInnerTexts();
}

const events = () => page.getByRole("region", { name: "Events, newest first" });
const filter = () => page.getByRole("combobox", { name: "Filter" });

describe("groups", () => {
  test("are seen in each way, clean and open to everybody, light or dark", async () => {
    await explore("&by=src_ip,dst_port&compare=1");
    const colours = ["light", "dark"] as const;
    const views = ["Lines", "Sankey", "Table", "Stacked", "Events", "Map"];
    for (const [i, view] of views.entries()) {
      await page.emulateMedia({ colorScheme: colours[i % 2] });
      await page.getByRole("link", { name: view, exact: true }).click();
      await page.locator("[aria-busy=false]").waitFor();
      expect(await barriers(page), view).toEqual([]);
    }
    expect(faults).toEqual([]);
  });

  test("a value narrows the question, or is left out of it", async () => {
    await explore("&by=dst_port&view=table&metric=events");
    expect(await rows("Ranking by dst_port")).toEqual(["443", "53", "3389"]);

    await page.getByRole("link", { name: "443", exact: true }).click();
    await expect.poll(() => rows("Ranking by dst_port")).toEqual(["443"]);
    expect(asked("filter")).toBe("dst_port = 443");

    await page.goBack();
    await page.getByRole("row", { name: "443" }).hover();
    await page.getByRole("link", { name: "Without dst_port 443" }).click();
    await expect.poll(() => rows("Ranking by dst_port")).toEqual(["53", "3389"]);
    expect(asked("filter")).toBe("not dst_port = 443");
  });

  test("the address shows the same to somebody else", async () => {
    await explore("&by=src_ip,dst_port&view=table&filter=dst_port%20%3C%20444&limit=5");
    const seen = await page.getByRole("region", { name: "Ranking by" }).innerText();

    const other = await signedIn(browser, server);
    const same = await other.newPage();
    await same.goto(page.url());
    const shown = same.getByRole("region", { name: "Ranking by src_ip, dst_port" });
    await expect.poll(() => shown.innerText()).toBe(seen);
    await other.close();
  });

  test("what was not there in the time before is called new", async () => {
    await explore("&by=dst_port&view=table&compare=1");
    await page.getByRole("row", { name: /3389.* new/ }).waitFor();
    await page.getByText("new, before 0 B").waitFor();
  });

  test("a part that is marked on the chart is zoomed in to, and back", async () => {
    await explore("&by=dst_port");
    const plot = await page.locator(".u-over").boundingBox();
    if (!plot) throw new Error("there is no plot");
    await page.mouse.move(plot.x + plot.width / 4, plot.y + 20);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width / 2, plot.y + 20, { steps: 4 });
    await page.mouse.up();

    await expect.poll(() => asked("to")).not.toBeNull();
    const length = Date.parse(asked("to") ?? "") - Date.parse(asked("from") ?? "");
    expect(length / 60_000).toBeGreaterThan(14);
    expect(length / 60_000).toBeLessThan(16);

    await page.getByRole("button", { name: "Back" }).click();
    expect(asked("from")).toBe("1h");
    expect(asked("to")).toBeNull();
  });
});

describe("the filter", () => {
  test("is written with the keyboard alone", async () => {
    await explore("&view=table&by=src_ip");
    await filter().focus();
    await page.keyboard.type("dst_po");
    await page.getByRole("option", { name: "dst_port Port that was sent to." }).waitFor();
    await page.keyboard.press("Tab");
    await page.getByRole("option", { name: "= is, or is within", exact: true }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    // The values that were seen, the most frequent one first.
    await page.getByRole("option", { name: "443 20 events" }).waitFor();
    await page.keyboard.press("ArrowUp");
    expect(await filter().getAttribute("aria-activedescendant")).not.toBeNull();
    await page.keyboard.press("Enter");
    expect(await filter().inputValue()).toBe("dst_port = 3389 ");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");

    await expect.poll(() => asked("filter")).toBe("dst_port = 3389");
    await expect.poll(() => rows("Ranking by src_ip")).toEqual(["10.0.0.9"]);
    expect(faults).toEqual([]);
  });

  test("is not run while it is wrong, and says where", async () => {
    await explore("&view=table");
    await filter().fill("port = 1 and dst_por = 2");
    await page.keyboard.press("Enter");

    await page.getByRole("alert").getByText("did you mean dst_port").waitFor();
    expect(await page.locator(".fault").innerText()).toBe("dst_por");
    expect(await filter().getAttribute("aria-invalid")).toBe("true");
    expect(asked("filter")).toBeNull();
  });

  test("that came wrong in an address is marked too", async () => {
    await page.goto(`${server.url}/ui/explore?filter=bites%20%3D%201`);
    await page.getByRole("alert").getByText("unknown field 'bites'").waitFor();
    expect(await page.locator(".fault").innerText()).toBe("bites");
  });
});

describe("events", () => {
  test("one tells everything, and why its risk is what it is", async () => {
    await explore("&view=events&filter=dst_port%20%3D%203389");
    await events().getByRole("row").nth(1).click();

    const detail = page.getByRole("dialog", { name: "10.0.0.9:40000 → 198.51.100.7:3389" });
    const risk = detail.getByRole("region", { name: "Risk" });
    await risk.getByText("sensitive destination port 3389").waitFor();
    const points = await risk.locator("td.number").allInnerTexts();
    const score = /^\d+/.exec(await risk.getByText("of 100").innerText());
    expect(points.map(Number).reduce((a, b) => a + b)).toBe(Number(score));
    expect(await barriers(page)).toEqual([]);

    await detail.getByRole("link", { name: "198.51.100.7" }).click();
    expect(asked("filter")).toBe("dst_port = 3389 and dst_ip = 198.51.100.7");
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("are not asked for again when one is opened", async () => {
    await explore("&view=events");
    await page.locator("[aria-busy=false]").waitFor();
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));

    await events().getByRole("row").nth(1).click();
    await page.getByRole("dialog").getByText("every event").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).first().click();

    expect(requests).toEqual([expect.stringMatching("^/v1/events/[0-9a-f-]{36}$")]);
  });

  test("go on page by page", async () => {
    await post(
      "many",
      Array.from({ length: 60 }, () => flow("10.9.9.9", "192.0.2.1", 8443, 10)),
    );
    await untilStored(87);
    await explore("&view=events&filter=dst_port%20%3D%208443");
    await page.getByText("50 events, newest first").waitFor();

    await page.getByRole("link", { name: "Older" }).click();
    await page.getByText("10 events, newest first").waitFor();
    expect(await page.getByRole("link", { name: "Older" }).count()).toBe(0);

    await page.getByRole("link", { name: "Newest" }).click();
    await page.getByText("50 events, newest first").waitFor();
  });
});

describe("texts from outside", () => {
  test("are never markup", async () => {
    await explore("&by=collector_id&view=table");
    await page.getByRole("link", { name: MARKUP, exact: true }).click();
    await expect.poll(() => rows("Ranking by collector_id")).toEqual([MARKUP]);
    await page.getByRole("link", { name: "6", exact: true }).click();
    await events().getByRole("row").nth(1).click();
    await page.getByRole("dialog").getByRole("link", { name: MARKUP }).waitFor();

    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("Explorer · Penstock");
    expect(faults).toEqual([]);
  });

  test("are never formulas in a file", async () => {
    await explore("&by=collector_id&view=table");
    const groups = await exported("groups", "CSV");
    expect(groups).toContain(`\r\n'${FORMULA},5000000,2,1\r\n`);
    expect(groups).toMatch(/^collector_id,bytes,packets,events\r\n/);
  });

  async function exported(what: "groups" | "events", format: string): Promise<string> {
    await page.getByRole("button", { name: "Export …" }).click();
    await page.getByLabel(what === "groups" ? "groups that are shown" : "events behind").check();
    await page.getByLabel(format).check();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the file" }).click(),
    ]);
    return readFile(await file.path(), "utf8");
  }

  test("are exported as they are with the events", async () => {
    await explore("&by=dst_port&view=table&filter=dst_port%20%3D%2053");
    const lines = (await exported("events", "NDJSON")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).collector_id)).toEqual(Array(6).fill(MARKUP));
  });
});
