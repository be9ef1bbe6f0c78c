import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, settled, signedIn, watched } from "./harness.ts";

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

/** Imports a file of this kind. */
async function put(dialog: Locator, kind: string, text: string) {
  await dialog.getByLabel("Kind of file").selectOption(kind);
  const buffer = Buffer.from(text);
  await dialog.getByLabel("File", { exact: true }).setInputFiles({
    name: `${kind}.json`,
    mimeType: "application/json",
    buffer,
  });
  await dialog.getByRole("button", { name: "Import" }).click();
}

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
        await settled(page);
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

  test("stubs come out of the files of others, told with what was left out", async () => {
    const mapping = {
      request: { method: "POST", urlPath: "/licence", headers: { "X-A": { equalTo: "1" } } },
      response: { status: 202, body: "from wiremock" },
    };
    const entry = {
      startedDateTime: "2026-03-01T12:00:00Z",
      time: 1,
      request: {
        method: "POST",
        url: "http://har.example/update",
        httpVersion: "HTTP/1.1",
        headers: [],
        queryString: [],
        cookies: [],
        headersSize: -1,
        bodySize: 0,
      },
      response: {
        status: 203,
        statusText: "",
        httpVersion: "HTTP/1.1",
        headers: [],
        cookies: [],
        content: { size: 8, mimeType: "text/plain", text: "from har" },
        redirectURL: "",
        headersSize: -1,
        bodySize: 8,
      },
      cache: {},
      timings: { send: 0, wait: 1, receive: 0 },
    };
    const log = { version: "1.2", creator: { name: "test", version: "1" }, entries: [entry] };
    await page.goto(`${server.url}/ui/interception?tab=stubs`);
    await page.getByRole("button", { name: /^Import/ }).click();
    const dialog = page.getByRole("dialog", { name: "Import stubs" });
    await put(dialog, "wiremock", "none of it");
    await dialog.getByText(/^left out: not JSON/).waitFor();
    await put(dialog, "wiremock", JSON.stringify({ mappings: [mapping] }));
    await dialog.getByText(/^1 stub was added: POST \/licence/).waitFor();
    await put(dialog, "har", JSON.stringify({ log }));
    await dialog.getByText(/^1 stub was added: .*update/).waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(await phoneHome("http://har.example/update", "", "a")).toBe(203);
    expect(faults).toEqual([]);
  });

  test("every part is open to everybody, with data", async () => {
    await phoneHome(RECORD, report("15.3.0"), ATTACK);
    for (const tab of ["products", "inventory", "alerts", "stubs", "evidence", "setup"]) {
      await page.goto(`${server.url}/ui/interception?tab=${tab}`);
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      await settled(page);
      expect(await barriers(page), tab).toEqual([]);
    }
    expect(await page.title()).not.toBe("taken");
    expect(faults).toEqual([]);
  });
});
