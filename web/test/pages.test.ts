import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, settled, signedIn, watched } from "./harness.ts";
import { PAGES } from "./pages.ts";

let server: Penstock;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([Penstock.run(), launch()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("every page, on a server without data", () => {
  let context: BrowserContext;

  beforeAll(async () => {
    context = await signedIn(browser, server);
  });

  afterAll(() => context.close());

  test.each(PAGES)("/ui/%s loads clean and open to everybody", async (name) => {
    const { page, faults } = await watched(context, server.url);
    await page.goto(`${server.url}/ui/${name}`);
    await settled(page);
    expect(await barriers(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });
});

describe("sign-in", () => {
  test("a link signs in once, and does not stay in the address", async () => {
    const link = server.link;
    const context = await browser.newContext();
    const { page } = await watched(context, server.url);
    await page.goto(link);
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    expect(page.url()).not.toContain("link=");
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(link);
    await stranger.getByRole("alert").getByText("used already").waitFor();
    await context.close();
    await stranger.context().close();
  });

  test("a key opens it, a wrong one is told so, and signing out forgets", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/ui/`);
    await page.getByLabel("API key").fill("psk_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("opens nothing").waitFor();
    await page.getByLabel("API key").fill(server.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await context.close();
  });
});
