package io.penstock.api;

import io.penstock.event.EventBatch;
import java.util.concurrent.CompletableFuture;

/**
 * The way into the pipeline: enriches a batch and appends it to the log. The result completes once
 * the batch is durable, or exceptionally with {@link io.penstock.log.LogUnavailableException}: then
 * nothing of the batch was taken.
 */
@FunctionalInterface
public interface Intake {

  CompletableFuture<Long> accept(EventBatch batch);
}
