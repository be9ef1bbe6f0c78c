package io.penstock.metrics;

import org.jspecify.annotations.Nullable;

/** A {@link Spread} for each of the latest minutes in which there was anything. */
final class Spreads {

  private static final int MINUTE = 60;

  private final long[] minutes;
  private final @Nullable Spread[] spreads;

  /**
   * @param places minutes that are remembered, the running one included
   */
  Spreads(int places) {
    this.minutes = new long[places];
    this.spreads = new Spread[places];
  }

  void add(long second, long micros) {
    long minute = second / MINUTE;
    int place = place(minute);
    var spread = spreads[place];
    if (spread == null) {
      spread = new Spread();
      spreads[place] = spread;
    } else if (minutes[place] != minute) {
      spread.clear();
    }
    minutes[place] = minute;
    spread.add(micros);
  }

  /** Adds the minutes between two seconds, those of both included. */
  void addTo(Spread all, long from, long to) {
    for (long minute = from / MINUTE; minute <= to / MINUTE; minute++) {
      int place = place(minute);
      var spread = spreads[place];
      if (spread != null && minutes[place] == minute) {
        all.addAll(spread);
      }
    }
  }

  private int place(long minute) {
    return (int) Math.floorMod(minute, (long) minutes.length);
  }
}
