package io.penstock.store;

import java.util.List;

/** Finds how far back in time a number of rows reaches, by what the parts say of themselves. */
final class Slices {

  private Slices() {}

  /**
   * A time such that about {@code wanted} rows were received from then until {@code upper}, as if
   * the rows of a part were spread evenly; the oldest row's time when there are fewer.
   *
   * @param parts at least one, newest first
   */
  static long lower(List<Part> parts, long upper, long wanted) {
    long rows = 0;
    long lower = upper;
    for (var part : parts) {
      if (rows >= wanted && part.newestNanos() < lower) {
        return lower;
      }
      long newest = Math.min(part.newestNanos(), upper);
      long inside = rowsUntil(part, newest);
      long missing = Math.max(0, wanted - rows);
      long oldest =
          missing >= inside
              ? part.oldestNanos()
              : newest - (long) ((double) missing / inside * (newest - part.oldestNanos()));
      lower = Math.min(lower, oldest);
      rows += Math.min(inside, Math.max(missing, 1));
    }
    return lower;
  }

  private static long rowsUntil(Part part, long newest) {
    long span = part.newestNanos() - part.oldestNanos();
    if (span <= 0) {
      return part.rows();
    }
    double share = (double) (newest - part.oldestNanos()) / span;
    return Math.max(1, (long) (part.rows() * share));
  }
}
