/** Resolves after some time, or at once when the signal says stop. */
export function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resume) => {
    const timer = setTimeout(done, millis);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resume();
    }
    signal.addEventListener("abort", done);
  });
}
