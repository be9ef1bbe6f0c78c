import { join, resolve } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, settled, signedIn, watched } from "./harness.ts";

let server: Penstock;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let faults: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([Penstock.run(), launch()]);
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

/** How the server answers a key. */
async function opens(key: string): Promise<number> {
  return (await fetch(`${server.url}/v1/session`, { headers: { "X-API-Key": key } })).status;
}

describe("admin", () => {
  test("a key is made, its secret shown once, rotated, disabled and deleted", async () => {
    await page.goto(`${server.url}/ui/admin?tab=keys`);
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByLabel("Note").fill("<b>edge router</b>");
    await page.getByLabel("read_metrics").check();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Make key" }).click();

    const secret = await page.getByRole("textbox", { name: "Secret" }).inputValue();
    expect(await opens(secret)).toBe(200);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("textbox", { name: "Secret" }).inputValue()).toBe(secret);
    await page.getByLabel("I have it").check();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByText("<b>edge router</b>").waitFor();
    expect(await page.content()).not.toContain(secret);

    await page.getByText("<b>edge router</b>").click();
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByLabel("The present secret goes on to open").selectOption("not at all");
    await page.getByRole("button", { name: "Make another secret" }).click();
    const other = await page.getByRole("textbox", { name: "Secret" }).inputValue();
    expect(other).not.toBe(secret);
    await expect.poll(() => opens(secret)).toBe(401);
    await page.getByLabel("I have it").check();
    await page.getByRole("button", { name: "Done" }).click();

    await page.getByText("<b>edge router</b>").click();
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByRole("dialog").getByText("disabled", { exact: true }).waitFor();
    await expect.poll(() => opens(other)).toBe(401);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete key" }).click();
    await expect.poll(() => page.getByText("<b>edge router</b>").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("a tenant is made, told what is wrong with it, changed, and deleted by its name alone", async () => {
    await page.goto(`${server.url}/ui/admin`);
    await page.getByRole("button", { name: "Add a tenant" }).click();
    await page.getByLabel("Id").fill("Not An Id");
    await page.getByRole("button", { name: "Add tenant" }).click();
    await page.getByText("String should match pattern").waitFor();
    await page.getByLabel("Id").fill("acme");
    await page.getByLabel("Retention in days").fill("30");
    await page.getByRole("button", { name: "Add tenant" }).click();
    await page.getByRole("cell", { name: "30 d" }).waitFor();

    await page.getByRole("button", { name: "acme", exact: true }).click();
    await page.getByLabel("Events a second").fill("600");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("cell", { name: "600" }).waitFor();

    await page.getByRole("button", { name: "Delete acme" }).click();
    const deed = page.getByRole("button", { name: "Delete acme and its events" });
    expect(await deed.isDisabled()).toBe(true);
    await page.getByLabel("Type acme to go on").fill("acme");
    await deed.click();
    await expect.poll(() => page.getByRole("cell", { name: "30 d" }).count()).toBe(0);
    expect(faults.filter((fault) => !fault.includes("422"))).toEqual([]);
  });

  test("a flag is switched after a question, and the audit says who did", async () => {
    await page.goto(`${server.url}/ui/admin?tab=flags`);
    await page.getByRole("button", { name: "Switch on ADMISSION_LOG_ONLY" }).click();
    await page.getByRole("button", { name: "Switch on", exact: true }).click();
    await page.getByRole("button", { name: "Switch off ADMISSION_LOG_ONLY" }).waitFor();
    await page.goto(`${server.url}/ui/admin?tab=audit`);
    await page.getByRole("cell", { name: "ADMISSION_LOG_ONLY" }).first().waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("a file that is no database is refused beside the form", async () => {
    await page.goto(`${server.url}/ui/admin?tab=geo`);
    await page.getByLabel("File").setInputFiles({
      name: "none.mmdb",
      mimeType: "application/octet-stream",
      buffer: Buffer.from("not a database"),
    });
    await page.getByRole("button", { name: "Upload and use" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByRole("textbox", { name: "Address" }).fill("8.8.8.8");
    await page.getByRole("button", { name: "Look it up" }).click();
    await page.getByText("US", { exact: true }).waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  test("a database is uploaded, taken into use, and answers", async () => {
    const folder = resolve(import.meta.dirname, "../../corpus/geo/test-data");
    await page.goto(`${server.url}/ui/admin?tab=geo&ip=81.2.69.142`);
    await page.getByText("GB", { exact: true }).waitFor();
    await page.getByLabel("File").setInputFiles(join(folder, "GeoLite2-City-Test.mmdb"));
    await page.getByRole("button", { name: "Upload and use" }).click();
    await page.getByText(/^GeoLite2-City: .* entries/).waitFor();
    await page.getByText(/geo\/.*\.mmdb$/).waitFor();
    await page.getByRole("button", { name: "Look it up" }).click();
    await page.getByText("London").waitFor();
    await page.getByRole("button", { name: "Back to what is configured" }).click();
    await page.getByText("as configured, else the built-in countries").waitFor();
    expect(faults).toEqual([]);
  });

  test("every part is open to everybody", async () => {
    for (const tab of ["tenants", "retention", "jobs", "flags"]) {
      await page.goto(`${server.url}/ui/admin?tab=${tab}`);
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      await settled(page);
      expect(await barriers(page), tab).toEqual([]);
    }
    expect(faults).toEqual([]);
  });

  test("a key without the scope does not get there", async () => {
    const made = (await server.ask("/v1/admin/keys", {
      method: "POST",
      body: JSON.stringify({ scopes: ["read_requests"] }),
    })) as { api_key: string };
    const other = await browser.newContext();
    await other.addInitScript((key) => sessionStorage.setItem("penstock.key", key), made.api_key);
    const theirs = await other.newPage();
    await theirs.goto(`${server.url}/ui/admin`);
    await theirs.getByText("This key may not see Admin.").waitFor();
    await theirs.goto(`${server.url}/ui/interception?tab=stubs`);
    await theirs.getByRole("heading", { name: "Interception" }).waitFor();
    expect(await theirs.getByRole("button", { name: "Add a stub" }).count()).toBe(0);
    await other.close();
  });
});

describe("requests", () => {
  test("a request is followed live, and its steps are told", async () => {
    await page.goto(`${server.url}/ui/requests`);
    await page.getByRole("button", { name: "Follow live" }).click();
    await page.getByText("live", { exact: true }).waitFor();
    await server.ask("/v1/ingest", {
      method: "POST",
      body: JSON.stringify({
        records: [{ ts: Date.now() / 1000, src_ip: "192.0.2.1", dst_ip: "192.0.2.2", bytes: 1 }],
      }),
    });
    const row = page.getByRole("row").filter({ hasText: "/v1/ingest" }).first();
    await row.waitFor({ timeout: 2_000 });
    await row.getByRole("button").first().click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText("stored", { exact: true }).first().waitFor();
    await drawer.getByText(/^curl -X POST/).waitFor();
    expect(
      await drawer.getByRole("link", { name: "Its lines in the log" }).getAttribute("href"),
    ).toMatch(/^\/ui\/logs\?/);
    expect(await barriers(page)).toEqual([]);
    expect(faults).toEqual([]);
  });
});
