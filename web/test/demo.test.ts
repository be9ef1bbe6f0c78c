import { createSocket } from "node:dgram";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, signedIn, watched } from "./harness.ts";
import { PAGES } from "./pages.ts";

let server: Penstock;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([Penstock.demo(), launch()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("every page, on a server with a day of traffic", () => {
  test.each(PAGES)("/ui/%s loads clean and open to everybody, light and dark", async (name) => {
    const context = await signedIn(browser, server);
    const { page, faults } = await watched(context, server.url);
    await page.goto(`${server.url}/ui/${name}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    for (const text of ["Loading …", "Reading the store …", "Waiting for the first figures …"]) {
      await page.getByText(text).first().waitFor({ state: "hidden" });
    }
    expect(await barriers(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await barriers(page)).toEqual([]);
    expect(faults).toEqual([]);
    await context.close();
  });

  test.each([390, 1024, 1600])("no page is wider than a screen of %i pixels", async (width) => {
    const context = await signedIn(browser, server, { viewport: { width, height: 844 } });
    const page = await context.newPage();
    const tooWide: string[] = [];
    for (const name of PAGES) {
      await page.goto(`${server.url}/ui/${name}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (excess > 0) tooWide.push(`/ui/${name} by ${excess}`);
    }
    expect(tooWide).toEqual([]);
    await context.close();
  });
});

describe("the overview", () => {
  test("says who talks, where to, what is risky, and whether the sinks have everything", async () => {
    const context = await signedIn(browser, server);
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
    await context.close();
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
    const context = await signedIn(browser, server);
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
    await context.close();
  });

  test("it holds still while it is paused", async () => {
    const context = await signedIn(browser, server);
    const page = await context.newPage();
    await page.goto(`${server.url}/ui/live`);
    await page.locator("tbody tr").nth(5).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    const before = await page.locator("tbody tr").first().innerText();
    await page.getByRole("button", { name: /Go on \(\d+ held\)/ }).waitFor();
    expect(await page.locator("tbody tr").first().innerText()).toBe(before);
    await page.getByRole("button", { name: /Go on/ }).click();
    await expect.poll(() => page.locator("tbody tr").first().innerText()).not.toBe(before);
    await context.close();
  });

  test("it holds still for the keyboard, which opens the line that it has come to", async () => {
    const context = await signedIn(browser, server);
    const page = await context.newPage();
    await page.goto(`${server.url}/ui/live`);
    await page.locator("tbody tr").nth(5).waitFor();
    await page.getByRole("button", { name: "Filter" }).focus();
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: /Go on \(\d+ held\)/ }).waitFor();
    const line = await page.locator("tbody tr").first().getByRole("cell").nth(1).innerText();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: line }).waitFor();
    await context.close();
  });
});
