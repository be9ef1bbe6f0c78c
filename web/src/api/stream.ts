import { createParser } from "eventsource-parser";
import { pause } from "../lib/pause";
import { credentials, signOut } from "../lib/session.svelte";
import { Problem } from "./client";

/** - `connecting`: for the first time, or again - `open`: listening - `failed`: given up */
export type StreamState = "connecting" | "open" | "failed";

interface Listener {
  /** One event: its name (`message` when it has none) and its data, as JSON. */
  event(name: string, data: unknown): void;
  state?(state: StreamState, problem?: Problem): void;
}

const WAIT_MILLIS_MIN = 1_000;
const WAIT_MILLIS_MAX = 15_000;

/**
 * Listens to server-sent events until the signal says stop, and connects again when the server went
 * away. It reads with `fetch`, which can show the key in a header where `EventSource` cannot.
 */
export async function listen(path: string, listener: Listener, signal: AbortSignal) {
  let wait = WAIT_MILLIS_MIN;
  while (!signal.aborted) {
    listener.state?.("connecting");
    try {
      const answer = await fetch(path, {
        headers: { ...credentials(), Accept: "text/event-stream" },
        signal,
      });
      if (!answer.ok || !answer.body) {
        const problem = Problem.ofBody(answer.status, await answer.json().catch(() => null));
        if (answer.status === 401) signOut("The key opens nothing any more: sign in again.");
        if (answer.status < 500 && answer.status !== 429) {
          listener.state?.("failed", problem);
          return;
        }
      } else {
        listener.state?.("open");
        wait = WAIT_MILLIS_MIN;
        await read(answer.body, listener);
      }
    } catch {
      // Aborted, or the connection was lost: the loop decides.
    }
    if (signal.aborted) return;
    listener.state?.("connecting");
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, WAIT_MILLIS_MAX);
  }
}

async function read(body: ReadableStream<Uint8Array>, listener: Listener) {
  const parser = createParser({
    onEvent({ event, data }) {
      listener.event(event ?? "message", JSON.parse(data));
    },
  });
  const text = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    parser.feed(text.decode(value, { stream: true }));
  }
}
