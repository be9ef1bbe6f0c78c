package io.penstock.pipeline;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.log.EventLog;
import io.penstock.log.LogUnavailableException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/**
 * Takes decoded events, enriches them and makes them durable. Runs on its callers' threads; safe
 * for many of them.
 */
public final class Pipeline {

  private final UnaryOperator<Event> enrich;
  private final EventLog log;
  private final Books books;

  /**
   * @param enrich adds what we know to an event; must not fail
   * @param log where events become durable
   */
  public Pipeline(UnaryOperator<Event> enrich, EventLog log, PrometheusRegistry registry) {
    this.enrich = enrich;
    this.log = log;
    this.books = new Books(registry);
  }

  /**
   * Enriches a batch and appends it to the log. Blocks only while the log's queue is full.
   *
   * @return completes with the log position behind the batch when it is durable; exceptionally with
   *     {@link LogUnavailableException} when nothing of it was taken
   */
  public CompletableFuture<Long> accept(EventBatch batch) {
    int size = batch.events().size();
    books.received(size);
    return append(enriched(batch))
        .whenComplete(
            (position, failure) -> {
              if (failure == null) {
                books.durable(batch.tenant(), size);
              } else {
                books.refused(batch.tenant(), size, reason(failure));
              }
            });
  }

  public Books books() {
    return books;
  }

  private EventBatch enriched(EventBatch batch) {
    var events = new ArrayList<Event>(batch.events().size());
    for (var event : batch.events()) {
      events.add(enrich.apply(event));
    }
    return new EventBatch(batch.tenant(), events, batch.receipt());
  }

  private CompletableFuture<Long> append(EventBatch batch) {
    try {
      return log.append(batch);
    } catch (LogUnavailableException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static LogUnavailableException.Reason reason(Throwable failure) {
    var cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof LogUnavailableException unavailable
        ? unavailable.reason()
        : LogUnavailableException.Reason.DISK_ERROR;
  }
}
