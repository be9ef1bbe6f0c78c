import type { Schema } from "../../api/client";

export type Output = Schema<"Output">;

type State = Schema<"OutputHealth">["state"];

const TONES: Record<State, "good" | "warn" | "bad" | "none"> = {
  none: "none",
  starting: "none",
  ok: "good",
  retrying: "warn",
  blocked: "bad",
  stopped: "none",
  disabled: "none",
  locked: "bad",
  failed: "bad",
  unavailable: "bad",
  gone: "none",
};

const MEANINGS: Record<State, string> = {
  none: "There is no such output.",
  starting: "Nothing was sent yet.",
  ok: "The destination took what was last sent.",
  retrying: "The destination did not take what was last sent; it is tried again. Nothing is lost.",
  blocked: "Waits for a person: credentials, or how the destination is set up. Nothing is lost.",
  stopped: "It does not ship.",
  disabled: "Ships nothing, and keeps its place.",
  locked: "The configuration cannot be opened with this server's key.",
  failed: "It cannot be opened as it is configured; tried again every ten seconds.",
  unavailable: "This build has no sink of this type.",
  gone: "It was deleted.",
};

export function tone(state: State) {
  return TONES[state];
}

export function meaning(state: State) {
  return MEANINGS[state];
}
