package io.penstock.admit;

import io.penstock.admit.RollingSums.Sums;
import io.penstock.control.Source;
import io.penstock.control.Sources.Seen;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one source did since the server started; it stays the same through changes of the source.
 * Takes 5 KB once a source has sent for a day. Safe for many threads, without locks.
 */
public final class SourceActivity {

  private static final int MINUTE = 60;
  private static final int HOUR = 3600;
  private static final int DAY = 24 * HOUR;

  /** The longest window of {@link #over}. */
  public static final int WINDOW_MAX = HOUR;

  /** Only of a source that has sent: most of ten thousand may not. */
  private static final class Rings {
    private final RollingSums fine = new RollingSums(7, 10);
    private final RollingSums minutes = new RollingSums(61, MINUTE);
    private final RollingSums day = new RollingSums(49, HOUR / 2);
  }

  private volatile @Nullable Rings rings;
  private volatile @Nullable Seen seen;
  private final TokenBucket bucket = new TokenBucket(System.nanoTime());

  /**
   * What a source did in a window of time.
   *
   * @param eps records a second that became durable
   * @param refusedPercent of what was sent
   */
  public record Window(long records, double eps, double refusedPercent, double averageRisk) {

    /** Of a source that never sent. */
    public static final Window NOTHING = new Window(0, 0, 0, 0);

    private static Window of(Sums sums, int seconds) {
      return new Window(
          sums.records(),
          (double) sums.records() / seconds,
          sums.refusedPercent(),
          sums.averageRisk());
    }
  }

  /** Records became durable. */
  void took(Instant now, Source.Type origin, long records, long risk) {
    add(now, origin, records, 0, risk);
  }

  /** Records, or datagrams that nobody looked into, were refused. */
  void refused(Instant now, Source.Type origin, long count) {
    add(now, origin, 0, count, 0);
  }

  private void add(Instant now, Source.Type origin, long records, long refused, long risk) {
    long second = now.getEpochSecond();
    var known = rings();
    known.fine.add(second, records, refused, risk);
    known.minutes.add(second, records, refused, risk);
    known.day.add(second, records, refused, risk);
    var last = seen;
    // Once a second is often enough, and spares the memory of the hot path.
    if (last == null || last.at().getEpochSecond() != second || last.origin() != origin) {
      seen = new Seen(Instant.ofEpochMilli(now.toEpochMilli()), origin);
    }
  }

  private Rings rings() {
    var known = rings;
    return known != null ? known : makeRings();
  }

  private synchronized Rings makeRings() {
    var known = rings;
    if (known == null) {
      known = new Rings();
      rings = known;
    }
    return known;
  }

  TokenBucket bucket() {
    return bucket;
  }

  /** When it last sent to this server. */
  public Optional<Seen> seen() {
    return Optional.ofNullable(seen);
  }

  /** What it did in the last minute. */
  public Window lastMinute(Instant now) {
    var known = rings;
    return known == null
        ? Window.NOTHING
        : Window.of(known.fine.sums(now.getEpochSecond(), MINUTE), MINUTE);
  }

  /**
   * What it did in the latest seconds, in steps of a minute.
   *
   * @param seconds at most {@link #WINDOW_MAX}
   */
  public Window over(int seconds, Instant now) {
    var known = rings;
    return known == null
        ? Window.NOTHING
        : Window.of(known.minutes.sums(now.getEpochSecond(), seconds), seconds);
  }

  /** What it did in the last 24 hours, in steps of half an hour. */
  public Window lastDay(Instant now) {
    var known = rings;
    return known == null
        ? Window.NOTHING
        : Window.of(known.day.sums(now.getEpochSecond(), DAY), DAY);
  }
}
