import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, signedIn, watched } from "./harness.ts";

/** A destination that takes what it is sent, unless it is told otherwise. */
class Destination {
  isPicky = false;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, answer) => {
      request.resume().on("end", () => {
        answer.statusCode = this.isPicky ? 422 : 200;
        answer.end(this.isPicky ? "port 22 is not taken here" : "");
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((ready) => this.server.listen(0, "127.0.0.1", ready));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/events`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const destination = new Destination();
let server: Penstock;
let browser: Browser;
let address: string;
let context: BrowserContext;
let page: Page;
let faults: string[];

beforeAll(async () => {
  [server, browser, address] = await Promise.all([Penstock.run(), launch(), destination.start()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  destination.stop();
});

beforeEach(async () => {
  context = await signedIn(browser, server);
  ({ page, faults } = await watched(context, server.url));
});

afterEach(async () => {
  await context.close();
});

async function ingest(records: number) {
  const ts = Date.now() / 1000;
  const record = { ts, src_ip: "192.0.2.1", dst_ip: "198.51.100.2", dst_port: 22, bytes: 100 };
  await server.ask("/v1/ingest", {
    method: "POST",
    body: JSON.stringify({ records: Array(records).fill(record) }),
  });
}

describe("sinks", () => {
  test("an output is added, tells what its destination answers, and keeps its secrets", async () => {
    await page.goto(`${server.url}/ui/sinks`);
    await page.getByText("Nothing is shipped anywhere.").waitFor();
    await page.getByRole("button", { name: "Add an output" }).click();
    await page.getByLabel("Address of the HTTP Event Collector").fill("nonsense");
    await page.getByLabel("Token").fill("the-secret-token");
    await page.getByRole("button", { name: "Add output" }).click();
    await page.getByText("should be an http or https URL with a host").waitFor();
    await page.getByLabel("Address of the HTTP Event Collector").fill("http://127.0.0.1:9");
    await page.getByRole("button", { name: "Add output" }).click();
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByText("The destination said:").waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByText("One is stored. It stays unless another is entered.").waitFor();
    expect(await page.content()).not.toContain("the-secret-token");
    await page.getByRole("button", { name: "Edit everything as JSON" }).click();
    expect(await page.getByLabel("Configuration (JSON)").inputValue()).toContain('"token": "***"');
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete splunk" }).click();
    await page.getByText("Nothing is shipped anywhere.").waitFor();
    expect(faults.filter((fault) => !fault.includes("422"))).toEqual([]);
  });

  test("what a destination refuses is shown with its answer, and sent again once it is mended", async () => {
    destination.isPicky = true;
    await server.ask("/v1/outputs/hook", {
      method: "PUT",
      body: JSON.stringify({ type: "webhook", url: address, linger_ms: 1 }),
    });
    await ingest(2);

    await page.goto(`${server.url}/ui/sinks?tab=dead&dest=hook`);
    await expect
      .poll(async () => {
        await page.reload();
        return page.getByRole("cell", { name: "hook", exact: true }).count();
      })
      .toBeGreaterThan(0);
    await page
      .getByRole("region", { name: /^Files of dead letters/ })
      .getByRole("button")
      .last()
      .click();
    await page.getByText("HTTP 422").first().waitFor();
    await page.getByText("port 22 is not taken here").first().waitFor();
    expect(await barriers(page)).toEqual([]);

    destination.isPicky = false;
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Replay …" }).click();
    await page.getByRole("button", { name: /^Send \d+ again/ }).click();
    await page.getByText(/2 taken, 0 refused again, of 2: done/).waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).last().click();
    await page.getByText("There are no dead letters of hook.").waitFor();
    expect(faults).toEqual([]);
  });
});
