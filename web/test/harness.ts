import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** For a server that soon ends again: compiling its code well takes longer than it saves. */
const BRIEF = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"];

/** As the start script has it. */
export const LASTING = [
  "-XX:+UseParallelGC",
  "-XX:+UseCompactObjectHeaders",
  "-Xms64m",
  "-Xmx192m",
];

/** A real server, from the jar, on ports of the system's choice and with a folder of its own. */
export class Penstock {
  private constructor(
    readonly url: string,
    readonly key: string,
    /** Signs in once. */
    readonly link: string,
    readonly ports: Record<string, number>,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** An empty server. */
  static run(env: Record<string, string> = {}, flags = BRIEF): Promise<Penstock> {
    const folder = mkdtempSync(join(tmpdir(), "penstock-web-"));
    return Penstock.start(["run"], { PENSTOCK_DATA: folder, ...env }, folder, flags);
  }

  /** A server with a day of made-up traffic and exporters that go on; ready when the day is written. */
  static demo(events = 20_000): Promise<Penstock> {
    const folder = mkdtempSync(join(tmpdir(), "penstock-web-"));
    const command = ["demo", "--data", join(folder, "demo"), "--events", String(events)];
    return Penstock.start(command, { PROXY_PORT: "0" }, folder, BRIEF, /^demo: .* ready after/m);
  }

  private static async start(
    command: string[],
    env: Record<string, string>,
    folder: string,
    options: string[],
    ready = /^/,
  ): Promise<Penstock> {
    const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin", "java") : "java";
    const jar = resolve(import.meta.dirname, "../../server/target/penstock.jar");
    const flags = ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"];
    const child = spawn(java, [...flags, ...options, "-jar", jar, ...command], {
      env: {
        ...process.env,
        APP_PORT: "0",
        NETFLOW_PORT: "0",
        IPFIX_PORT: "0",
        SFLOW_PORT: "0",
        SIGN_IN_LINK: "on",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // A test that gives up before the server has begun leaves none behind.
    process.once("exit", () => child.kill("SIGKILL"));
    let said = "";
    const began = await new Promise<RegExpMatchArray>((found, failed) => {
      const heard = (chunk: Buffer) => {
        said += chunk.toString();
        const all = said.match(/API Key: (\S+)[\s\S]*listening: (.+)\n[\s\S]*Dashboard: (\S+)\n/);
        if (all && ready.test(said)) found(all);
      };
      child.stdout.on("data", heard);
      child.stderr.on("data", heard);
      child.on("exit", (code) => failed(new Error(`the server ended with ${code}:\n${said}`)));
    });
    const [, key = "", listening = "", link = ""] = began;
    const ports = Object.fromEntries(
      listening.split(", ").map((one) => {
        const at = one.lastIndexOf(" ");
        return [one.slice(0, at), Number(one.slice(at + 1))];
      }),
    );
    return new Penstock(new URL(link).origin, key, link, ports, child, folder);
  }

  /** Asks the API as the first admin. */
  async ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const headers = { "X-API-Key": this.key, "Content-Type": "application/json", ...init.headers };
    const answer = await fetch(this.url + path, { ...init, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  async stop() {
    const ended = new Promise((resume) => this.process.once("exit", resume));
    this.process.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

function executable(): string {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`none of ${NAMES.join(", ")} is on the PATH`);
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), args: ["--no-sandbox"] });
}

/** A page that remembers what it must not do. */
export interface Watched {
  page: Page;
  /** Errors of the console, exceptions, violations of the policy, requests to other hosts. */
  faults: string[];
}

/** A fresh page in a context, watched from its first request on. */
export async function watched(context: BrowserContext, origin: string): Promise<Watched> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol)) {
      faults.push(`a request to ${url.origin}`);
    }
  });
  return { page, faults };
}

/** A context in which every page is signed in. */
export async function signedIn(
  browser: Browser,
  server: Penstock,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  await context.addInitScript((key) => sessionStorage.setItem("penstock.key", key), server.key);
  return context;
}

const WAITING = ["Loading …", "Reading the store …", "Waiting for the first figures …"];

/** Waits until a page shows what it asked for. */
export async function settled(page: Page) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  for (const text of WAITING) {
    await page.getByText(text).first().waitFor({ state: "hidden" });
  }
  await page.locator("[aria-busy=true]").first().waitFor({ state: "hidden" });
}

/**
 * What axe finds wrong and calls serious or worse: rule, and where.
 *
 * @param rules these alone; all without
 */
export async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(only ? { runOnly: only } : {});
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
  }, rules);
}
