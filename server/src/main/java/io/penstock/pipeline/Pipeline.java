package io.penstock.pipeline;

import io.penstock.control.Tenant.Quotas;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Nanos;
import io.penstock.log.EventLog;
import io.penstock.log.LogUnavailableException;
import io.penstock.metrics.Meter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes decoded events, enriches them and makes them durable. Runs on its callers' threads; safe
 * for many of them.
 */
public final class Pipeline {

  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  /** Why events were lost when it was nobody's fault but ours. */
  private static final String BUG = "BUG";

  private final Step enrich;
  private final TenantQuotas quotas;
  private final EventLog log;
  private final Meter meter;
  private final Consumer<EventBatch> observer;
  private final InstantSource clock;
  private final Books books;
  private final StageMetrics stages;

  /**
   * @param enrich adds what we know to an event
   * @param log where events become durable
   * @param meter hears of every batch that became durable
   * @param observer the same, with its events as they were enriched
   */
  public Pipeline(
      Step enrich,
      EventLog log,
      Meter meter,
      Consumer<EventBatch> observer,
      InstantSource clock,
      PrometheusRegistry registry) {
    this(
        enrich,
        new TenantQuotas(_ -> Quotas.NONE, registry),
        log,
        meter,
        observer,
        clock,
        registry);
  }

  /**
   * @param quotas what of its flows a tenant may have taken
   */
  public Pipeline(
      Step enrich,
      TenantQuotas quotas,
      EventLog log,
      Meter meter,
      Consumer<EventBatch> observer,
      InstantSource clock,
      PrometheusRegistry registry) {
    this.enrich = enrich;
    this.quotas = quotas;
    this.log = log;
    this.meter = meter;
    this.observer = observer;
    this.clock = clock;
    this.books = new Books(registry);
    this.stages = new StageMetrics(registry);
  }

  /**
   * Enriches a batch and appends it to the log. Blocks only while the log's queue is full.
   *
   * @return completes with the log position behind the batch when it is durable; exceptionally with
   *     {@link LogUnavailableException} when nothing of it was taken, with another cause after a
   *     bug
   */
  public CompletableFuture<Long> accept(EventBatch batch) {
    return accept(batch, _ -> {});
  }

  /**
   * The same.
   *
   * @param enriched is given the batch as it goes to the log, on this thread
   */
  public CompletableFuture<Long> accept(EventBatch batch, Consumer<EventBatch> enriched) {
    return accept(batch, enriched, this::tell);
  }

  /**
   * @param told is given the batch when it is durable
   */
  private CompletableFuture<Long> accept(
      EventBatch batch, Consumer<EventBatch> enriched, Consumer<EventBatch> told) {
    if (batch.events().isEmpty()) {
      return CompletableFuture.completedFuture(log.end());
    }
    books.received(batch.events().size());
    try {
      var passage = stages.begin();
      var whole = passage.enriched(() -> enriched(batch));
      enriched.accept(whole);
      return passage
          .stored(() -> log.append(whole))
          .whenComplete((_, failure) -> account(whole, failure, told));
    } catch (RuntimeException e) {
      // Refused at once, or a bug of ours: the books must not wait for these events for ever.
      refused(batch, e);
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * The same for what exporters sent, who cannot be told to wait: what is beyond the tenant's quota
   * is dropped and counted.
   */
  public CompletableFuture<Long> acceptFlows(EventBatch batch) {
    int taken = quotas.takeFlows(batch.tenant(), batch.events().size());
    return accept(
        taken == batch.events().size()
            ? batch
            : new EventBatch(batch.tenant(), batch.events().subList(0, taken), batch.receipt()));
  }

  /**
   * The same for events that were received long ago, elsewhere: they are in the books, but not in
   * the rates, the delays and the live tail, which are about what comes now.
   */
  public CompletableFuture<Long> acceptPast(EventBatch batch) {
    return accept(batch, _ -> {}, _ -> {});
  }

  private void account(EventBatch batch, @Nullable Throwable failure, Consumer<EventBatch> told) {
    if (failure != null) {
      refused(batch, failure);
      return;
    }
    books.durable(batch.events().size());
    told.accept(batch);
  }

  private void tell(EventBatch batch) {
    meter.durable(batch, lag(batch.events().getFirst()));
    observer.accept(batch);
  }

  private void refused(EventBatch batch, Throwable failure) {
    int size = batch.events().size();
    var cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof LogUnavailableException unavailable) {
      books.refused(batch.tenant(), size, unavailable.reason().name());
      return;
    }
    books.refused(batch.tenant(), size, BUG);
    LOG.atError()
        .addKeyValue("trace_id", batch.events().getFirst().origin().requestId())
        .addKeyValue("tenant_id", batch.tenant())
        .addKeyValue("events", size)
        .setCause(cause)
        .log("batch lost by a bug");
  }

  /** How long ago an event was received. */
  private Duration lag(Event event) {
    long nanos = Nanos.of(clock.instant());
    return Duration.ofNanos(Math.max(0, nanos - event.origin().receivedNanos()));
  }

  public Books books() {
    return books;
  }

  private EventBatch enriched(EventBatch batch) {
    var step = enrich.forTenant(batch.tenant());
    var events = new ArrayList<Event>(batch.events().size());
    for (var event : batch.events()) {
      events.add(step.apply(batch.tenant(), event));
    }
    return new EventBatch(batch.tenant(), events, batch.receipt());
  }
}
