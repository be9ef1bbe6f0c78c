/** How many of something a second: from one answer of the server to the next. */
export class Rates {
  #before = new Map<string, { count: number; at: number; rate: number | null }>();

  /** Takes a counter's value of now; its rate since the value before, null while there is none. */
  of(id: string, count: number, at: number): number | null {
    const before = this.#before.get(id);
    if (before && at - before.at < 500) return before.rate;
    const rate =
      before && count >= before.count ? ((count - before.count) * 1000) / (at - before.at) : null;
    this.#before.set(id, { count, at, rate });
    return rate;
  }
}
