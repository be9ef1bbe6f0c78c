import { createSocket } from "node:dgram";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, settled, signedIn, watched } from "./harness.ts";
import { PAGES } from "./pages.ts";

let server: Penstock;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [server, browser] = await Promise.all([Penstock.demo(), launch()]);
  context = await signedIn(browser, server);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("every page, on a server with a day of traffic", () => {
  test.each(PAGES)(
    "/ui/%s is clean, open to everybody and no wider than its screen",
    async (name) => {
      const { page, faults } = await watched(context, server.url);
      await page.goto(`${server.url}/ui/${name}`);
      await settled(page);
      expect(await barriers(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await barriers(page, ["color-contrast"])).toEqual([]);
      for (const width of [390, 1024, 1600]) {
        await page.setViewportSize({ width, height: 844 });
        await expect.poll(() => excess(page), { message: `at ${width} pixels` }).toBe(0);
      }
      expect(faults).toEqual([]);
      await page.close();
    },
  );
});

/** By how many pixels a page is wider than its screen. */
function excess(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

describe("the overview", () => {
  test("says who talks, where to, what is risky, and whether the sinks have everything", async () => {
    const page = await context.newPage();
    await page.goto(`${server.url}/ui/?window=24h`);
    await page.getByRole("list", { name: "Top talkers" }).getByRole("link").first().waitFor();
    await page.getByRole("list", { name: "Where to" }).getByRole("link").first().waitFor();
    await page.getByRole("link", { name: /^Threat matches [1-9]/ }).waitFor();
    await page.getByRole("row", { name: /splunk ok/ }).waitFor();
    await page.getByRole("row", { name: /elastic/ }).waitFor();

    await page.getByRole("list", { name: "Top talkers" }).getByRole("link").first().click();
    await page.getByRole("heading", { name: "Explorer" }).waitFor();
    expect(new URL(page.url()).searchParams.get("filter")).toMatch(/^src_ip = 10\./);
    await page.close();
  });
});

/** A NetFlow v5 datagram with one flow between two addresses (Cisco, NetFlow export datagram format). */
function netflow5(source: number[], destination: number[]): Buffer {
  const datagram = Buffer.alloc(24 + 48);
  datagram.writeUInt16BE(5, 0);
  datagram.writeUInt16BE(1, 2);
  datagram.writeUInt32BE(60_000, 4);
  datagram.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
  datagram.set(source, 24);
  datagram.set(destination, 28);
  datagram.writeUInt32BE(7, 24 + 16);
  datagram.writeUInt32BE(4_200, 24 + 20);
  datagram.writeUInt32BE(50_000, 24 + 24);
  datagram.writeUInt32BE(59_000, 24 + 28);
  datagram.writeUInt16BE(51_000, 24 + 32);
  datagram.writeUInt16BE(443, 24 + 34);
  datagram.writeUInt8(6, 24 + 38);
  return datagram;
}

describe("live", () => {
  test("a flow that is sent now is seen", async () => {
    const page = await context.newPage();
    const filter = encodeURIComponent("dst_ip = 203.0.113.77");
    await page.goto(`${server.url}/ui/live?filter=${filter}`);
    await page.getByText("Nothing has come since you listen").waitFor();

    const socket = createSocket("udp4");
    const sent = Date.now();
    socket.send(netflow5([10, 9, 8, 7], [203, 0, 113, 77]), server.ports.netflow);
    await page.getByRole("row", { name: /10\.9\.8\.7:51000 → 203\.0\.113\.77:443/ }).waitFor();
    console.info(`seen after ${Date.now() - sent} ms`);
    socket.close();

    await page
      .getByRole("button", { name: /10\.9\.8\.7|\d\d:\d\d/ })
      .first()
      .click();
    await page.getByRole("dialog").getByText("203.0.113.77").first().waitFor();
    await page.close();
  });

  test("it holds still while it is paused", async () => {
    const page = await context.newPage();
    await page.goto(`${server.url}/ui/live`);
    await page.locator("tbody tr").nth(5).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    const before = await page.locator("tbody tr").first().innerText();
    await page.getByRole("button", { name: /Go on \(\d+ held\)/ }).waitFor();
    expect(await page.locator("tbody tr").first().innerText()).toBe(before);
    await page.getByRole("button", { name: /Go on/ }).click();
    await expect.poll(() => page.locator("tbody tr").first().innerText()).not.toBe(before);
    await page.close();
  });

  test("it holds still for the keyboard, which opens the line that it has come to", async () => {
    const page = await context.newPage();
    await page.goto(`${server.url}/ui/live`);
    await page.locator("tbody tr").nth(5).waitFor();
    await page.getByRole("button", { name: "Filter" }).focus();
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: /Go on \(\d+ held\)/ }).waitFor();
    const line = await page.locator("tbody tr").first().getByRole("cell").nth(1).innerText();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: line }).waitFor();
    await page.close();
  });
});
