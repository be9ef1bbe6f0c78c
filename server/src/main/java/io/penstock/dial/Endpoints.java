package io.penstock.dial;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The hosts of one destination, any of which will do. Each has a circuit: a streak of failures
 * opens it, and from then on a single call now and then, ever more rarely, tries whether the host
 * is back. For any number of threads.
 */
public final class Endpoints {

  private static final int STREAK = 3;
  private static final Duration OPEN_FIRST = Duration.ofSeconds(1);
  private static final Duration OPEN_MAX = Duration.ofMinutes(1);

  private final List<Endpoint> all;
  private final Order order;
  private final LongSupplier nanoTime;
  private int at;

  /** Which of the hosts that work is next. */
  public enum Order {
    /** One after the other. */
    ROUND,
    /** The same while it works. */
    STICKY
  }

  public Endpoints(List<URI> urls, Order order) {
    this(urls, order, System::nanoTime);
  }

  /**
   * @param nanoTime a clock as {@link System#nanoTime} is one
   */
  Endpoints(List<URI> urls, Order order, LongSupplier nanoTime) {
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("a destination has at least one address");
    }
    this.all = urls.stream().map(Endpoint::new).toList();
    this.order = order;
    this.nanoTime = nanoTime;
  }

  /** One host, as its circuit sees it. */
  public final class Endpoint {

    private final URI url;
    private int streak;
    private long openNanos;
    private long retryAt;
    private boolean isProbed;

    private Endpoint(URI url) {
      this.url = url;
    }

    public URI url() {
      return url;
    }

    /** It answered and means to go on. */
    public void worked() {
      synchronized (Endpoints.this) {
        streak = 0;
        openNanos = 0;
        isProbed = false;
      }
    }

    /** It did not answer, or said that it cannot work. */
    public void failed() {
      synchronized (Endpoints.this) {
        streak++;
        // Calls that were under way when the circuit opened say nothing new.
        if (streak == STREAK || isProbed) {
          openNanos =
              openNanos == 0 ? OPEN_FIRST.toNanos() : Math.min(2 * openNanos, OPEN_MAX.toNanos());
          retryAt = nanoTime.getAsLong() + openNanos;
          isProbed = false;
        }
      }
    }

    /** Whether it is left alone but for a try now and then. */
    public boolean isOpen() {
      synchronized (Endpoints.this) {
        return streak >= STREAK;
      }
    }

    private boolean isUsable(long now) {
      return streak < STREAK || now - retryAt >= 0;
    }

    /** The caller's is the one try; when it never tells, there is another one in a while. */
    private Endpoint taken(long now) {
      if (streak >= STREAK) {
        isProbed = true;
        retryAt = now + Math.max(openNanos, OPEN_FIRST.toNanos());
      }
      return this;
    }
  }

  /** Where to call next; empty while every host is left alone. */
  public synchronized Optional<Endpoint> next() {
    long now = nanoTime.getAsLong();
    for (int i = 0; i < all.size(); i++) {
      int index = (at + i) % all.size();
      if (all.get(index).isUsable(now)) {
        at = order == Order.ROUND ? (index + 1) % all.size() : index;
        return Optional.of(all.get(index).taken(now));
      }
    }
    return Optional.empty();
  }

  /** How long until {@link #next} has one again; zero when it has. */
  public synchronized Duration pause() {
    long now = nanoTime.getAsLong();
    long least = Long.MAX_VALUE;
    for (var endpoint : all) {
      if (endpoint.isUsable(now)) {
        return Duration.ZERO;
      }
      least = Math.min(least, endpoint.retryAt - now);
    }
    return Duration.ofNanos(least);
  }

  /** All of them, in the order of the configuration. */
  public List<Endpoint> all() {
    return all;
  }
}
