/** Short words at the edge of the page about what was done, or was not. */

export interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad";
}

const SHOWN_MAX = 4;
const MILLIS = 6000;

let shown = $state.raw<Toast[]>([]);
let last = 0;

export const toasts = {
  get shown() {
    return shown;
  },
};

export function toast(text: string, tone: Toast["tone"] = "good") {
  const id = ++last;
  shown = [...shown, { id, text, tone }].slice(-SHOWN_MAX);
  setTimeout(() => dismiss(id), MILLIS);
}

export function dismiss(id: number) {
  shown = shown.filter((one) => one.id !== id);
}
