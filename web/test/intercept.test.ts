import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, signedIn, watched } from "./harness.ts";

const ATTACK = "<img src=x onerror=\"document.title='taken'\">";

let server: Penstock;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let faults: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([
    Penstock.run({
      PROXY_PORT: "0",
      INTERCEPT_PROFILES: "nextjs=mock",
      INTERCEPT_RULES: "mock=*.example",
      INTERCEPT_SEALED: "true",
    }),
    launch(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  context = await signedIn(browser, server);
  ({ page, faults } = await watched(context, server.url));
});

afterEach(async () => {
  await context.close();
});

/** What a program sends through the proxy. */
function phoneHome(address: string, body: string, agent: string): Promise<number> {
  return new Promise((answered, failed) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port: server.ports.proxy,
        method: "POST",
        path: address,
        headers: {
          Host: new URL(address).host,
          "Content-Type": "application/json",
          "User-Agent": agent,
          "Content-Length": Buffer.byteLength(body),
        },
      },
      (answer) => {
        answer.resume();
        answered(answer.statusCode ?? 0);
      },
    );
    sent.on("error", failed);
    sent.end(body);
  });
}

/** A report of Next.js, with whatever a hostile program would put there. */
function report(version: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    context: { anonymousId: "a1b2c3d4", projectId: ATTACK, sessionId: "s" },
    events: [{ eventName: "NEXT_CLI_SESSION_STARTED", fields: { nextVersion: version, ...more } }],
  });
}

const RECORD = "http://telemetry.nextjs.org/api/v1/record";

describe("interception", () => {
  test("an exchange appears, is explained, and cannot run what it brings", async () => {
    await page.goto(`${server.url}/ui/interception?tab=exchanges`);
    await page.getByText("There is no such exchange.").waitFor();
    expect(await phoneHome(RECORD, report("15.3.0"), ATTACK)).toBe(200);

    await page.getByRole("cell", { name: "mock" }).first().waitFor();
    await page.getByRole("row").nth(1).getByRole("button").click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText("identifies: person").waitFor();
    await drawer.getByText(ATTACK).first().waitFor();
    await drawer
      .getByText(/from the product's source/)
      .first()
      .waitFor();
    await drawer
      .getByText(/headers$/)
      .first()
      .click();
    expect(await page.title()).not.toBe("taken");
    expect(await page.locator("main img, dialog img").count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("versions are compared, and a report says that nothing left", async () => {
    await phoneHome(RECORD, report("15.3.0"), "node");
    await phoneHome(RECORD, report("15.4.1", { turboFlag: true }), "node");

    await expect
      .poll(async () => {
        await page.goto(`${server.url}/ui/interception?tab=difference&of=nextjs`);
        await page.getByRole("heading", { name: /differ in/ }).waitFor();
        await page.waitForLoadState("networkidle");
        return page.getByRole("cell", { name: /turboFlag/ }).count();
      })
      .toBe(1);
    await page.goto(`${server.url}/ui/interception?tab=evidence`);
    await page.getByText(/intercepted, 0 left; 0 look-ups, 0 connects/).waitFor();
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as HTML" }).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/^evidence-.*\.html$/);
    await page.goto(`${server.url}/ui/interception?tab=exchanges&product=nextjs`);
    const [exported] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "HAR" }).click(),
    ]);
    const archive = JSON.parse(await readFile(await exported.path(), "utf8")) as {
      log: { entries: { request: { url: string } }[] };
    };
    expect(archive.log.entries.map((entry) => entry.request.url)).toContain(RECORD);
    expect(faults).toEqual([]);
  });

  test("a stub is added, answers, is verified and deleted", async () => {
    await page.goto(`${server.url}/ui/interception?tab=stubs`);
    await page.getByRole("button", { name: "Add a stub" }).click();
    await page.getByLabel("Name").fill("teapot");
    const json = page.getByLabel("Request and answer (JSON)");
    await json.fill('{"reqest": {}, "answer": {"status": 418}}');
    await page.getByRole("button", { name: "Add stub" }).click();
    await page.getByRole("alert").getByText("reqest").waitFor();
    await json.fill('{"request": {"path": "/brew"}, "answer": {"status": 418}}');
    await page.getByRole("button", { name: "Add stub" }).click();
    await page.getByRole("region", { name: "Stubs", exact: true }).getByText("teapot").waitFor();

    expect(await phoneHome("http://kitchen.example/brew", "{}", "kettle")).toBe(418);
    await page.getByLabel("A request as in a stub (JSON)").fill('{"path": "/brew"}');
    await page.getByRole("button", { name: "Count", exact: true }).click();
    await page.getByText("One request is so.").waitFor();

    await page.getByRole("region", { name: "Stubs", exact: true }).getByText("teapot").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete stub" }).click();
    await page.getByText("There are no stubs of your own.").waitFor();
    expect(faults.filter((fault) => !fault.includes("422"))).toEqual([]);
  });

  test("every part is open to everybody, with data", async () => {
    await phoneHome(RECORD, report("15.3.0"), ATTACK);
    for (const tab of ["products", "inventory", "alerts", "stubs", "evidence", "setup"]) {
      await page.goto(`${server.url}/ui/interception?tab=${tab}`);
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      await page.waitForLoadState("networkidle");
      expect(await barriers(page), tab).toEqual([]);
    }
    expect(await page.title()).not.toBe("taken");
    expect(faults).toEqual([]);
  });
});
