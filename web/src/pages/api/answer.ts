import { credentials } from "../../lib/session.svelte";

/** What the server said to a call that somebody tried. */
export interface Answer {
  status: number;
  words: string;
  millis: number;
  contentType: string;
  requestId: string;
  /** As text, JSON in lines; empty where it is no text. */
  text: string;
  octets: number;
  /** Whether there was more than is shown. */
  isCut: boolean;
  /** The whole, to be saved; null of what has no end. */
  blob: Blob | null;
}

const SHOWN_MAX = 200_000;
/** So long a live stream is listened to. */
const STREAM_MILLIS = 5_000;

const TEXT = /json|text|yaml|xml|pem/;

export async function call(path: string, init: RequestInit): Promise<Answer> {
  const headers = { ...credentials(), ...(init.headers as Record<string, string>) };
  const began = performance.now();
  const answer = await fetch(path, { ...init, headers });
  const millis = performance.now() - began;
  const contentType = answer.headers.get("Content-Type") ?? "";
  const common = {
    status: answer.status,
    words: answer.statusText,
    millis,
    contentType,
    requestId: answer.headers.get("X-Request-ID") ?? "",
  };
  if (contentType.startsWith("text/event-stream")) {
    const text = await listened(answer);
    return { ...common, text, octets: text.length, isCut: true, blob: null };
  }
  const blob = await answer.blob();
  const text = TEXT.test(contentType) ? pretty(await blob.text(), contentType) : "";
  return {
    ...common,
    text: text.slice(0, SHOWN_MAX),
    octets: blob.size,
    isCut: text.length > SHOWN_MAX,
    blob,
  };
}

function pretty(text: string, contentType: string): string {
  if (!/[/+]json/.test(contentType)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function listened(answer: globalThis.Response): Promise<string> {
  const reader = answer.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  const timer = setTimeout(() => void reader.cancel(), STREAM_MILLIS);
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done || text.length > SHOWN_MAX) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel();
  }
  return text.slice(0, SHOWN_MAX);
}
