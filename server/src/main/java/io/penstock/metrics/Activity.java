package io.penstock.metrics;

import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one tenant did, or all of them: since the start, and in any window of at most an hour. Up to
 * five minutes a window moves in steps of five seconds, beyond that in steps of a minute. While
 * something happens this takes up to 35 KB; an hour after the last thing, a few hundred bytes. Safe
 * for many threads.
 */
public final class Activity {

  /** How far back a window can reach. */
  public static final int WINDOW_MAX = 3600;

  /** Steps of a series. */
  public static final int SERIES_STEPS = 60;

  /** Length of such a step. */
  public static final int SERIES_STEP_SECONDS = 5;

  private static final int FINE_MAX = SERIES_STEPS * SERIES_STEP_SECONDS;
  private static final int MINUTE = 60;
  private static final int MINUTES = WINDOW_MAX / MINUTE;

  /** Words by which something is told apart: reasons, sources; the rest share one. */
  private static final int WORDS_MAX = 1_000;

  private static final String OTHER = "other";

  private final InstantSource clock;
  private final long[] totals = new long[Quantity.COUNT];
  private final Distinct exporters = new Distinct();
  private final Map<String, Long> dropped = new TreeMap<>();
  private final Map<String, Long> bySource = new TreeMap<>();
  private @Nullable Recent recent;
  private long lastSecond;

  /** The last hour. */
  private static final class Recent {
    private final Ring fine = new Ring(SERIES_STEP_SECONDS, SERIES_STEPS + 1);
    private final Ring minutes = new Ring(MINUTE, MINUTES + 1);

    /** One minute more: a window that begins in the middle of one needs all of it. */
    private final Spreads latency = new Spreads(MINUTES + 2);

    private final Spreads lag = new Spreads(MINUTES + 2);

    void add(long second, Quantity quantity, long amount) {
      if (amount != 0) {
        fine.add(second, quantity, amount);
        minutes.add(second, quantity, amount);
      }
    }
  }

  Activity(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * A request was answered.
   *
   * @param micros how long that took; negative when its time means nothing
   */
  synchronized void request(boolean isFailed, long micros) {
    long second = second();
    var now = recent();
    add(now, second, Quantity.REQUESTS, 1);
    add(now, second, Quantity.FAILED_REQUESTS, isFailed ? 1 : 0);
    if (micros >= 0) {
      add(now, second, Quantity.TIMED_REQUESTS, 1);
      add(now, second, Quantity.REQUEST_MICROS, micros);
      now.latency.add(second, micros);
    }
  }

  synchronized void httpAdmitted(long records) {
    add(recent(), second(), Quantity.HTTP_RECORDS, records);
  }

  synchronized void dropped(String reason) {
    count(dropped, reason, 1);
  }

  /** A batch became durable. */
  synchronized void durable(Tally tally, long lagMicros) {
    long second = second();
    var now = recent();
    add(now, second, Quantity.EVENTS, tally.events);
    add(now, second, Quantity.BATCHES, 1);
    add(now, second, Quantity.BYTES, tally.bytes);
    add(now, second, Quantity.PACKETS, tally.packets);
    add(now, second, Quantity.THREATS, tally.threats);
    add(now, second, Quantity.RISK_SUM, tally.riskSum);
    add(now, second, Quantity.RISK_COUNT, tally.riskCount);
    now.lag.add(second, lagMicros);
  }

  /** Events came from this exporter or client. */
  synchronized void sentBy(long hash) {
    exporters.add(hash);
  }

  /** Events of a source became durable. */
  synchronized void admitted(String source, long events) {
    count(bySource, source, events);
  }

  private static void count(Map<String, Long> counts, String word, long amount) {
    var key = counts.size() < WORDS_MAX || counts.containsKey(word) ? word : OTHER;
    counts.merge(key, amount, Long::sum);
  }

  private void add(Recent now, long second, Quantity quantity, long amount) {
    totals[quantity.ordinal()] += amount;
    now.add(second, quantity, amount);
  }

  private Recent recent() {
    lastSecond = second();
    var now = recent;
    if (now == null) {
      now = new Recent();
      recent = now;
    }
    return now;
  }

  /** Frees what nobody can ask for any more. */
  synchronized void rest() {
    if (second() - lastSecond > WINDOW_MAX + 2 * MINUTE) {
      recent = null;
    }
  }

  /** When something happened last, epoch seconds. */
  synchronized long lastSecond() {
    return lastSecond;
  }

  /** Since the start. */
  public synchronized long total(Quantity quantity) {
    return totals[quantity.ordinal()];
  }

  /** Refused posts by reason. */
  public synchronized Map<String, Long> dropped() {
    return new TreeMap<>(dropped);
  }

  /** Events by the source as which they were sent. */
  public synchronized Map<String, Long> bySource() {
    return new TreeMap<>(bySource);
  }

  /** Different exporters and clients; from 512 on an estimate. */
  public synchronized long uniqueSources() {
    return exporters.estimate();
  }

  /**
   * The latest seconds: the running step and as many before it as are needed.
   *
   * @param seconds at most {@link #WINDOW_MAX}
   */
  public synchronized Window over(int seconds) {
    long millis = clock.millis();
    long now = Math.floorDiv(millis, 1000L);
    int step = seconds <= FINE_MAX ? SERIES_STEP_SECONDS : MINUTE;
    long from = now - now % step - (seconds + step - 1) / step * (long) step;
    var sums = new long[Quantity.COUNT];
    var latency = new Spread();
    var lag = new Spread();
    if (recent != null) {
      var ring = seconds <= FINE_MAX ? recent.fine : recent.minutes;
      ring.addTo(sums, from, now);
      recent.latency.addTo(latency, from, now);
      recent.lag.addTo(lag, from, now);
    }
    return new Window(from, (millis - from * 1000) / 1000.0, sums, latency, lag);
  }

  /** Events that became durable per second, over the last minute. */
  synchronized double eventsPerSecond() {
    return recent == null ? 0 : over(MINUTE).perSecond(Quantity.EVENTS);
  }

  /** The last five minutes, in whole steps: without the running one. */
  public synchronized Window[] series() {
    long end = second() / SERIES_STEP_SECONDS * SERIES_STEP_SECONDS;
    var steps = new Window[SERIES_STEPS];
    for (int i = 0; i < SERIES_STEPS; i++) {
      long from = end - (long) (SERIES_STEPS - i) * SERIES_STEP_SECONDS;
      var sums = new long[Quantity.COUNT];
      if (recent != null) {
        recent.fine.addTo(sums, from, from);
      }
      steps[i] = new Window(from, SERIES_STEP_SECONDS, sums, new Spread(), new Spread());
    }
    return steps;
  }

  private long second() {
    return Math.floorDiv(clock.millis(), 1000L);
  }
}
