import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { barriers, launch, Penstock, signedIn, watched } from "./harness.ts";

/** A destination that takes what it is sent, unless it is told otherwise. */
class Destination {
  isPicky = false;
  /** What the last request said of itself. */
  headers: IncomingHttpHeaders = {};
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, answer) => {
      this.headers = request.headers;
      request.resume().on("end", () => {
        answer.statusCode = this.isPicky ? 422 : 200;
        answer.end(this.isPicky ? "port 22 is not taken here" : "");
      });
    });
  }

  async start(): Promise<string> {
    return `${await listening(this.server)}/events`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function listening(one: Server): Promise<string> {
  await new Promise<void>((ready) => one.listen(0, "127.0.0.1", ready));
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}

/** An Elasticsearch without anything in it, which keeps what is put there. */
function elasticsearch(kept: Map<string, string>): Server {
  return createServer((request, answer) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      answer.setHeader("Content-Type", "application/json");
      answer.setHeader("X-Elastic-Product", "Elasticsearch");
      if (request.method === "PUT") kept.set(path, body);
      const isThere = path === "/" || request.method === "PUT";
      answer.statusCode = isThere ? 200 : 404;
      const about = { version: { number: "8.15.0", build_flavor: "default" } };
      answer.end(JSON.stringify(path === "/" ? about : { acknowledged: isThere }));
    });
  });
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
  destination.isPicky = false;
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

interface Output {
  health: { backlog: number };
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

  test("a webhook has a form, whose headers are sent and never shown", async () => {
    await page.goto(`${server.url}/ui/sinks`);
    await page.getByRole("button", { name: "Add an output" }).click();
    await page.getByLabel("Kind").selectOption("webhook");
    await page.getByLabel("Name", { exact: true }).fill("ticket");
    await page.getByLabel("Address").fill(address);
    await page.getByRole("button", { name: "Add one" }).click();
    await page.getByLabel("Headers: name 1").fill("Host");
    await page.getByLabel("Headers: value 1").fill("a-secret-header");
    await page.getByRole("button", { name: "Add output" }).click();
    await page.getByText("a header has a name that cannot be set").waitFor();
    await page.getByLabel("Headers: name 1").fill("X-Access");
    await page.getByText("More settings").click();
    await page.getByLabel("Events of a batch").fill("50");
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Add output" }).click();
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    expect(await page.getByLabel("Headers: name 1").inputValue()).toBe("X-Access");
    expect(await page.getByLabel("Headers: value 1").inputValue()).toBe("");
    expect(await page.content()).not.toContain("a-secret-header");
    await page.getByLabel("Body").selectOption("array");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByText("taken", { exact: true }).waitFor();
    expect(destination.headers["x-access"]).toBe("a-secret-header");
    await server.ask("/v1/outputs/ticket", { method: "DELETE" });
    expect(faults.filter((fault) => !fault.includes("422"))).toEqual([]);
  });

  test("every type is asked for what it needs, and for no more than matters", async () => {
    await page.goto(`${server.url}/ui/sinks`);
    await page.getByRole("button", { name: "Add an output" }).click();
    const kind = page.getByLabel("Kind");
    for (const type of await kind.locator("option").allInnerTexts()) {
      await kind.selectOption(type);
      await page.getByText("More settings").waitFor();
      expect(await barriers(page), type).toEqual([]);
    }
    await kind.selectOption("kafka");
    expect(await page.getByLabel("Verify the destination").count()).toBe(0);
    await page.getByLabel("Speak TLS").check();
    await page.getByLabel("Verify the destination").waitFor();
    await page.getByLabel("Log in by SASL").selectOption("plain");
    expect(await page.getByLabel("Password").getAttribute("type")).toBe("password");
    await page.getByLabel("Brokers").fill("no port");
    await page.getByRole("button", { name: "Add output" }).click();
    await page.getByText("should be texts like broker.example.net:9092").waitFor();
    expect(faults.filter((fault) => !fault.includes("422"))).toEqual([]);
  });

  test("one file of dead letters is sent again, and the others stay", async () => {
    destination.isPicky = true;
    const hook = { type: "webhook", url: address, linger_ms: 1, batch_size: 1, requests: 1 };
    await server.ask("/v1/outputs/single", { method: "PUT", body: JSON.stringify(hook) });
    await ingest(1);
    const files = async () => {
      const said = await server.ask("/v1/outputs/dlq?dest=single");
      return (said as { total_files: number }).total_files;
    };
    await expect.poll(files).toBeGreaterThan(0);
    const before = await files();
    await ingest(1);
    await expect.poll(files).toBeGreaterThan(before);
    await expect
      .poll(async () => {
        const { health } = (await server.ask("/v1/outputs/single")) as Output;
        return health.backlog;
      })
      .toBe(0);
    const all = await files();

    destination.isPicky = false;
    await page.goto(`${server.url}/ui/sinks?tab=dead&dest=single`);
    const list = page.getByRole("region", { name: /^Files of dead letters/ });
    await list.getByRole("button").first().click();
    await page.getByRole("button", { name: "Replay this file" }).click();
    // As many as were refused in one go.
    await page.getByText(/^(1 event was|\d+ events were) taken$/).waitFor();
    expect(await files()).toBe(all - 1);
    await server.ask("/v1/outputs/single", { method: "DELETE" });
    expect(faults).toEqual([]);
  });

  test("templates and lifecycle are installed, each told with what became of it", async () => {
    const kept = new Map<string, string>();
    const node = elasticsearch(kept);
    const url = await listening(node);
    const search = { type: "elastic", urls: [url], index: "flows", enabled: false };
    await server.ask("/v1/outputs/search", { method: "PUT", body: JSON.stringify(search) });
    await page.goto(`${server.url}/ui/sinks?sink=search`);
    await page.getByRole("button", { name: "Install template and lifecycle" }).click();
    await page.getByRole("listitem").filter({ hasText: "installed" }).nth(2).waitFor();
    expect([...kept.keys()].toSorted()).toEqual([
      "/_component_template/penstock-flows",
      "/_ilm/policy/penstock-flows",
      "/_index_template/penstock-flows",
    ]);
    expect(await barriers(page)).toEqual([]);
    await server.ask("/v1/outputs/search", { method: "DELETE" });
    node.closeAllConnections();
    node.close();
    expect(faults).toEqual([]);
  });
});
