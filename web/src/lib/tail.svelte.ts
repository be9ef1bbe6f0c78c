/**
 * The latest of what streams in, newest first. What came is shown a few times a second and in one go,
 * so that a thousand a second cost the page no more than ten do.
 */
export class Tail<T> {
  isPaused = $state(false);
  shown = $state.raw<T[]>([]);
  /** Not shown yet, because it is paused; at most as many as are kept. */
  waiting = $state(0);
  /** All that ever came. */
  taken = $state(0);

  #fresh: T[] = [];
  #came = 0;
  #frame = 0;
  #drawn = 0;

  /**
   * @param max how many are kept
   * @param everyMillis how often they are shown
   */
  constructor(
    private readonly max: number,
    private readonly everyMillis = 200,
  ) {}

  take(one: T) {
    this.#came++;
    this.#fresh.push(one);
    // Half of a long backlog at a time: one by one, each would move all the others.
    if (this.#fresh.length >= 2 * this.max) this.#fresh = this.#fresh.slice(-this.max);
    this.#frame ||= requestAnimationFrame((now) => this.#tick(now));
  }

  #tick(now: number) {
    this.#frame = 0;
    if (now - this.#drawn < this.everyMillis) {
      this.#frame = requestAnimationFrame((later) => this.#tick(later));
      return;
    }
    this.#drawn = now;
    this.#show();
  }

  #show() {
    this.taken = this.#came;
    if (this.isPaused) {
      this.waiting = Math.min(this.#fresh.length, this.max);
      return;
    }
    this.shown = [...this.#fresh.slice(-this.max).reverse(), ...this.shown].slice(0, this.max);
    this.#fresh = [];
    this.waiting = 0;
  }

  pause() {
    this.isPaused = true;
  }

  toggle() {
    this.isPaused = !this.isPaused;
    if (!this.isPaused) this.#show();
  }

  clear() {
    this.#fresh = [];
    this.waiting = 0;
    if (!this.isPaused) this.shown = [];
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }
}
