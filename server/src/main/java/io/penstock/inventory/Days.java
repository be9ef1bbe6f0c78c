package io.penstock.inventory;

import java.time.LocalDate;

/**
 * On which of the last {@value #KEPT} days something was seen: a bit for each, the lowest for the
 * last one. Days are UTC's.
 *
 * @param last the last day, counted from 1970
 */
public record Days(long last, long bits) {

  static final Days NONE = new Days(0, 0);

  private static final int KEPT = 64;

  Days with(long day) {
    if (bits == 0 || day - last >= KEPT) {
      return new Days(day, 1);
    }
    if (day >= last) {
      return day == last ? this : new Days(day, bits << (day - last) | 1);
    }
    return last - day < KEPT ? new Days(last, bits | 1L << (last - day)) : this;
  }

  /** Whether it was seen on a day; false for days that are no longer kept. */
  public boolean has(LocalDate date) {
    long age = last - date.toEpochDay();
    return age >= 0 && age < KEPT && (bits >>> age & 1) == 1;
  }
}
