package io.penstock.stub;

/**
 * How much work a request may still cause: a pattern that backtracks without end over a value that
 * a client chose is given up, not waited for. For one thread.
 */
final class Effort {

  /** Characters looked at for one request: some 50 ms at the very most. */
  static final int STEPS_MAX = 20_000_000;

  /** Says that the work is over. */
  static final class SpentException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SpentException() {
      super("too much work", null, false, false);
    }
  }

  private long left;
  private boolean isSpent;

  Effort(long steps) {
    this.left = steps;
  }

  /** Takes one step; the caller catches what it throws when none is left. */
  void step() {
    if (--left < 0) {
      isSpent = true;
      throw new SpentException();
    }
  }

  /** Takes several steps at once; false when there are not so many. */
  boolean take(long steps) {
    left -= steps;
    isSpent |= left < 0;
    return left >= 0;
  }

  void giveUp() {
    isSpent = true;
  }

  /** Whether anything was given up. */
  boolean isSpent() {
    return isSpent;
  }
}
