package io.penstock.outputs;

import io.penstock.destination.SinkConfig;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Sink;

/**
 * A sink with the limits that somebody configured. A batch is never larger than what suits the
 * destination; how many are under way is up to who knows it.
 */
record LimitedSink(Sink sink, Limits limits) implements Sink {

  static Sink of(Sink sink, SinkConfig config) {
    var own = sink.limits();
    var limits =
        new Limits(
            config.batchEvents() == null
                ? own.batchEvents()
                : Math.min(config.batchEvents(), own.batchEvents()),
            config.batchBytes() == null
                ? own.batchBytes()
                : Math.min(config.batchBytes(), own.batchBytes()),
            config.requests() == null ? own.requests() : config.requests());
    return limits.equals(own) ? sink : new LimitedSink(sink, limits);
  }

  /** The sink itself, whoever limits it. */
  static Sink inner(Sink sink) {
    return sink instanceof LimitedSink limited ? limited.sink : sink;
  }

  @Override
  public Shape items() {
    return sink.items();
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    return sink.send(batch);
  }

  @Override
  public void close() {
    sink.close();
  }
}
