package io.penstock.outputs;

import io.penstock.destination.SinkConfig;
import io.penstock.event.Event;
import io.penstock.sink.Sink;
import java.util.Optional;
import java.util.function.Predicate;

/** Opens sinks. */
@FunctionalInterface
public interface Opener {

  /**
   * A sink that is open.
   *
   * @param takes which events it is to get
   */
  record Opened(Sink sink, Predicate<Event> takes) {}

  /**
   * Opens a sink without waiting for its destination; empty when this build has none of its type.
   *
   * @param tenant whose it is
   * @throws RuntimeException when it cannot be opened as it is configured; the message says why to
   *     the operator, without secrets
   */
  Optional<Opened> open(String tenant, SinkConfig config);
}
