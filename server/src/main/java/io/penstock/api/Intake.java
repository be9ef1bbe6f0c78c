package io.penstock.api;

import io.penstock.event.EventBatch;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The way into the pipeline: enriches a batch and appends it to the log. The result completes once
 * the batch is durable, or exceptionally with {@link io.penstock.log.LogUnavailableException}: then
 * nothing of the batch was taken.
 */
@FunctionalInterface
public interface Intake {

  /**
   * @param enriched is given the batch as it goes to the log, before this returns
   */
  CompletableFuture<Long> accept(EventBatch batch, Consumer<EventBatch> enriched);
}
