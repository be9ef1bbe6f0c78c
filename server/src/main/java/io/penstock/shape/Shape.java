package io.penstock.shape;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;

/** How an event is written. May keep buffers of its own: for one thread. */
@FunctionalInterface
public interface Shape {

  /** Appends the event of a tenant to {@code out}, with no line end behind it. */
  void write(String tenant, Event event, ByteOutput out);
}
