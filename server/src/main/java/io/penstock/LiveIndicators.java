package io.penstock;

import io.penstock.control.Indicators;
import io.penstock.control.ThreatIndicator;
import io.penstock.enrich.Enricher;
import io.penstock.enrich.Indicator;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the enrich stage follow the table of indicators: a tenant whose indicators changed gets its
 * threat table anew, the others keep theirs. Whoever changed something here waits for it; what
 * other servers changed is found within a second. What has long expired is removed.
 */
final class LiveIndicators implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LiveIndicators.class);
  private static final Duration INTERVAL = Duration.ofMillis(250);
  private static final Duration PURGE_INTERVAL = Duration.ofHours(1);

  /** How long an expired indicator is still listed. */
  private static final Duration EXPIRED_KEPT = Duration.ofDays(7);

  private final Indicators indicators;
  private final Enricher enricher;
  private final InstantSource clock;
  private final Map<String, Long> inUse = new HashMap<>();
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("indicators").factory());

  LiveIndicators(Indicators indicators, Enricher enricher, InstantSource clock) {
    this.indicators = indicators;
    this.enricher = enricher;
    this.clock = clock;
  }

  /** Takes what there is into use, and follows the table from then on. */
  void start() {
    refresh();
    var _ =
        executor.scheduleWithFixedDelay(
            () -> attempt(this::refresh),
            INTERVAL.toMillis(),
            INTERVAL.toMillis(),
            TimeUnit.MILLISECONDS);
    var _ =
        executor.scheduleWithFixedDelay(
            () -> attempt(this::purge),
            PURGE_INTERVAL.toSeconds(),
            PURGE_INTERVAL.toSeconds(),
            TimeUnit.SECONDS);
  }

  private static void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      // The tables stay as they are until the database answers again.
      LOG.atWarn().setCause(e).log("indicators not read; trying again");
    }
  }

  /** Builds the tables of the tenants whose indicators are not those in use. */
  synchronized void refresh() {
    indicators
        .snapshot()
        .current()
        .forEach(
            (tenant, held) -> {
              Long used = inUse.get(tenant);
              if (used == null ? held.size() > 0 : used != held.revision()) {
                enricher.useIndicators(tenant, sink -> pass(tenant, sink));
                inUse.put(tenant, held.revision());
              }
            });
  }

  private void pass(String tenant, Consumer<Indicator> sink) {
    indicators.each(
        tenant,
        stored ->
            Indicator.Target.parse(stored.value())
                .ifPresent(target -> sink.accept(indicator(target, stored))));
  }

  private static Indicator indicator(Indicator.Target target, ThreatIndicator stored) {
    return new Indicator(
        target, stored.category(), stored.confidence(), stored.feed(), stored.expiresAt());
  }

  private void purge() {
    int removed = indicators.purge(clock.instant().minus(EXPIRED_KEPT));
    if (removed > 0) {
      LOG.atInfo().addKeyValue("indicators", removed).log("expired indicators removed");
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
