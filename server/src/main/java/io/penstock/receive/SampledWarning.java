package io.penstock.receive;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * A warning that remote parties can cause: said at most once a minute, with how often it was kept
 * back since.
 */
public final class SampledWarning {

  private static final long EVERY_MILLIS = Duration.ofMinutes(1).toMillis();

  private final InstantSource clock;
  private final AtomicLong next = new AtomicLong(Long.MIN_VALUE);
  private final AtomicLong held = new AtomicLong();

  public SampledWarning(InstantSource clock) {
    this.clock = clock;
  }

  /** Calls {@code say} with the number of warnings kept back before, or keeps this one back. */
  public void warn(LongConsumer say) {
    long now = clock.millis();
    long due = next.get();
    if (now < due || !next.compareAndSet(due, now + EVERY_MILLIS)) {
      held.incrementAndGet();
      return;
    }
    say.accept(held.getAndSet(0));
  }
}
