// Measures the dashboard on this machine: npm run measure [-- paint|tail|memory|overview ...]
//
// First paint with a cold cache, frames while a thousand events a second stream in, and memory over
// as many events as a quiet day brings.
import { createSocket } from "node:dgram";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CDPSession, Page } from "playwright-core";
import { LASTING, launch, Penstock, signedIn } from "./harness.ts";

const PAINTS = 10;
const EVENTS_A_SECOND = 1_000;
const FRAMES_SECONDS = 20;
const FRAMES_ROUNDS = 2;
const LATE_MILLIS = 50;
/** A day at ten events a second. */
const DAY = 864_000;
/** A day at one every five seconds. */
const OVERVIEWS = 17_280;
const MEMORY_ROUNDS = 6;

const server = await Penstock.run({}, LASTING);
const browser = await launch();

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function firstPaint() {
  const contentful: number[] = [];
  const shown: number[] = [];
  for (let i = 0; i < PAINTS; i++) {
    const context = await signedIn(browser, server);
    const page = await context.newPage();
    const began = performance.now();
    await page.goto(`${server.url}/ui/`, { waitUntil: "commit" });
    await page.getByText("Events a second").first().waitFor();
    shown.push(performance.now() - began);
    contentful.push(
      await page.evaluate(
        () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      ),
    );
    await context.close();
  }
  console.info(
    `overview, cold cache, median of ${PAINTS}: first contentful paint ${median(contentful).toFixed(0)} ms, first figures ${median(shown).toFixed(0)} ms`,
  );
}

/** As many as a datagram has room for. */
const FLOWS = 30;

/** One NetFlow v5 datagram. */
function datagram(sequence: number): Buffer {
  const bytes = Buffer.alloc(24 + 48 * FLOWS);
  bytes.writeUInt16BE(5, 0);
  bytes.writeUInt16BE(FLOWS, 2);
  bytes.writeUInt32BE(60_000, 4);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
  bytes.writeUInt32BE(sequence * FLOWS, 16);
  for (let i = 0; i < FLOWS; i++) {
    const at = 24 + 48 * i;
    bytes.writeUInt32BE(0x0a000000 + ((sequence * FLOWS + i) % 65_536), at);
    bytes.writeUInt32BE(0xc0000200 + (i % 200), at + 4);
    bytes.writeUInt32BE(10, at + 16);
    bytes.writeUInt32BE(5_000, at + 20);
    bytes.writeUInt32BE(50_000, at + 24);
    bytes.writeUInt32BE(59_000, at + 28);
    bytes.writeUInt16BE(40_000 + i, at + 32);
    bytes.writeUInt16BE(443, at + 34);
    bytes.writeUInt8(6, at + 38);
  }
  return bytes;
}

/** Sends this many events a second until it is told to stop. */
function sending(rate: number): () => void {
  const socket = createSocket("udp4");
  const began = performance.now();
  let sequence = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - began) * rate) / 1000 / FLOWS;
    while (sequence < due) socket.send(datagram(sequence++), server.ports.netflow);
  }, 50);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

/** Reads the tail as a page does, and shows nothing. */
function reading(): () => void {
  const abort = new AbortController();
  const path = `${server.url}/v1/events/live?rate=5000`;
  void fetch(path, { headers: { "X-API-Key": server.key }, signal: abort.signal })
    .then(({ body }) => body?.pipeTo(new WritableStream()))
    .catch(() => undefined);
  return () => abort.abort();
}

/** How long after each other the frames of a page came. */
async function frames(page: Page, seconds: number): Promise<number[]> {
  return page.evaluate(
    (millis) =>
      new Promise<number[]>((done) => {
        const gaps: number[] = [];
        const began = performance.now();
        let last = began;
        requestAnimationFrame(function frame(now) {
          gaps.push(now - last);
          last = now;
          if (now - began < millis) requestAnimationFrame(frame);
          else done(gaps.slice(1));
        });
      }),
    seconds * 1000,
  );
}

/** What of a second the page's main thread is busy, in ms of its own CPU time. */
async function busy(session: CDPSession): Promise<{ at: number; millis: number }> {
  const { metrics } = await session.send("Performance.getMetrics");
  const seconds = metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  return { at: performance.now(), millis: 1000 * seconds };
}

/** Frames of a page for some time, and its CPU time. */
async function watchFrames(page: Page, session: CDPSession): Promise<string> {
  const before = await busy(session);
  const gaps = await frames(page, FRAMES_SECONDS);
  const after = await busy(session);
  const each = (1000 * (after.millis - before.millis)) / (after.at - before.at);
  return `${told(gaps)}; ${each.toFixed(0)} ms of CPU a second`;
}

function told(gaps: number[]): string {
  const sorted = gaps.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  const late = gaps.filter((gap) => gap > LATE_MILLIS).length;
  return `${gaps.length} frames, p99 ${p99.toFixed(1)} ms, ${late} later than ${LATE_MILLIS} ms, the last after ${sorted.at(-1)?.toFixed(0)} ms`;
}

/** In turns with an empty page while the same is sent and read: what is late there is not ours. */
async function liveTail() {
  const context = await signedIn(browser, server);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const stop = sending(EVENTS_A_SECOND);
  for (let round = 0; round < FRAMES_ROUNDS; round++) {
    await page.goto("about:blank");
    const stopReading = reading();
    await page.waitForTimeout(1000);
    const empty = await watchFrames(page, session);
    stopReading();
    await page.goto(`${server.url}/ui/live?rate=5000`);
    await page.locator("tbody tr").nth(100).waitFor();
    const tail = await watchFrames(page, session);
    const came = await page.getByText("since you listen").innerText();
    console.info(`${EVENTS_A_SECOND} events/s for ${FRAMES_SECONDS} s`);
    console.info(`  an empty page: ${empty}`);
    console.info(`  the live tail: ${tail}; ${came}`);
  }
  stop();
  await context.close();
}

/** What a page holds once its garbage is collected. */
async function held(session: CDPSession): Promise<string> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  return `${(usedSize / 1024 / 1024).toFixed(1)} MiB, ${nodes} nodes, ${jsEventListeners} listeners`;
}

/** How many events the live page has taken. */
async function taken(page: Page): Promise<number> {
  const said = await page.getByText("since you listen").innerText();
  return Number(said.slice(0, said.indexOf(" ")).replaceAll(",", ""));
}

/** A day of the live page, which is as many events, in a few minutes. */
async function memory() {
  const context = await signedIn(browser, server);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await page.goto(`${server.url}/ui/live?rate=5000`);
  const stop = sending(5_000);
  await page.getByText("since you listen").waitFor();
  console.info("memory of the live page");
  for (let round = 1; round <= MEMORY_ROUNDS; round++) {
    while ((await taken(page)) < (DAY * round) / MEMORY_ROUNDS) await page.waitForTimeout(500);
    console.info(`  after ${await taken(page)} events: ${await held(session)}`);
  }
  stop();
  await context.close();
}

/**
 * A day of the overview: what the server tells every few seconds, told again and again as fast as
 * the page takes it, with times that go on and rankings that change.
 */
async function overviewMemory() {
  const first = (await server.ask("/v1/overview")) as Overview;
  let told = 0;
  const relay = createServer((asked, answer) => {
    if (!asked.url?.startsWith("/v1/overview/live")) {
      pass(asked, answer);
      return;
    }
    answer.writeHead(200, { "Content-Type": "text/event-stream" });
    const timer = setInterval(() => {
      if (answer.writableNeedDrain || told === OVERVIEWS) return;
      answer.write(`data: ${JSON.stringify(later(first, told++))}\n\n`);
    }, 10);
    answer.once("close", () => clearInterval(timer));
  });
  await new Promise<void>((resume) => relay.listen(0, "127.0.0.1", resume));
  const context = await signedIn(browser, server);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await page.goto(`http://127.0.0.1:${(relay.address() as AddressInfo).port}/ui/`);
  console.info("memory of the overview");
  for (let round = 1; round <= MEMORY_ROUNDS; round++) {
    while (told < (OVERVIEWS * round) / MEMORY_ROUNDS) await page.waitForTimeout(500);
    console.info(`  after ${told} tellings: ${await held(session)}`);
  }
  await context.close();
  relay.closeAllConnections();
  relay.close();
}

function pass(asked: IncomingMessage, answer: ServerResponse) {
  const { method, headers } = asked;
  const onward = request(server.url + asked.url, { method, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(answer);
  });
  asked.pipe(onward);
}

interface Overview {
  rates: Record<string, number>;
  top: Record<string, unknown[]> | null;
  history: { points: number[][]; step_seconds: number };
}

/** What the server might say some steps later. */
function later(first: Overview, steps: number): Overview {
  const moved = ([at = 0, ...values]: number[]) => [
    at + 1000 * first.history.step_seconds * steps,
    ...values.map((value) => value + (steps % 7)),
  ];
  const turned = <T>(list: T[]) => {
    const by = steps % (list.length || 1);
    return [...list.slice(by), ...list.slice(0, by)];
  };
  const { rates, top, history } = first;
  return {
    ...first,
    rates: Object.fromEntries(Object.entries(rates).map(([name, value]) => [name, value + steps])),
    top: top && Object.fromEntries(Object.entries(top).map(([name, list]) => [name, turned(list)])),
    history: {
      ...history,
      points: steps === 0 ? history.points : history.points.slice(-1).map(moved),
    },
  };
}

const scenarios = { paint: firstPaint, tail: liveTail, memory, overview: overviewMemory };
const wanted = process.argv.slice(2);
for (const [name, measure] of Object.entries(scenarios)) {
  if (wanted.length === 0 || wanted.includes(name)) await measure();
}
await browser.close();
await server.stop();
