// Measures the dashboard on this machine: npm run measure
//
// First paint with a cold cache, frames while a thousand events a second stream in, and memory over
// as many events as a quiet day brings.
import { createSocket } from "node:dgram";
import type { Page } from "playwright-core";
import { launch, Penstock, signedIn } from "./harness.ts";

const PAINTS = 10;
const EVENTS_A_SECOND = 1_000;
const FRAMES_SECONDS = 20;
/** A day at ten events a second. */
const DAY = 864_000;
const MEMORY_ROUNDS = 6;

const server = await Penstock.run();
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

/** One NetFlow v5 datagram of thirty flows. */
function datagram(sequence: number): Buffer {
  const flows = 30;
  const bytes = Buffer.alloc(24 + 48 * flows);
  bytes.writeUInt16BE(5, 0);
  bytes.writeUInt16BE(flows, 2);
  bytes.writeUInt32BE(60_000, 4);
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000), 8);
  bytes.writeUInt32BE(sequence * flows, 16);
  for (let i = 0; i < flows; i++) {
    const at = 24 + 48 * i;
    bytes.writeUInt32BE(0x0a000000 + ((sequence * flows + i) % 65_536), at);
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
  let sequence = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < rate / 30 / 20; i++) {
      socket.send(datagram(sequence++), server.ports.netflow);
    }
  }, 50);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

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

async function liveTail() {
  const context = await signedIn(browser, server);
  const page = await context.newPage();
  await page.goto(`${server.url}/ui/live?rate=5000`);
  const stop = sending(EVENTS_A_SECOND);
  await page.locator("tbody tr").nth(100).waitFor();
  const gaps = await frames(page, FRAMES_SECONDS);
  stop();
  const late = gaps.filter((gap) => gap > 50).length;
  const sorted = gaps.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  console.info(
    `live tail, ${EVENTS_A_SECOND} events/s: ${gaps.length} frames in ${FRAMES_SECONDS} s, p99 ${p99.toFixed(1)} ms, ${late} later than 50 ms; ${await page.getByText("since you listen").innerText()}`,
  );
  await context.close();
}

async function memory() {
  const context = await signedIn(browser, server);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await page.goto(`${server.url}/ui/live?rate=5000`);
  // A day's events in three minutes.
  const heaps: number[] = [];
  const stop = sending(5_000);
  for (let round = 0; round < MEMORY_ROUNDS; round++) {
    await page.waitForTimeout((1000 * DAY) / 5_000 / MEMORY_ROUNDS);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    heaps.push(usedSize / 1024 / 1024);
  }
  stop();
  console.info(
    `memory of the live page over ${DAY} events: ${heaps.map((mib) => mib.toFixed(1)).join(", ")} MiB`,
  );
  await context.close();
}

await firstPaint();
await liveTail();
await memory();
await browser.close();
await server.stop();
