package io.penstock.sink;

import io.penstock.event.Event;
import io.penstock.event.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Flows for tests of sinks, and batches of them. */
public final class Flows {

  public static final String TENANT = "acme";

  private Flows() {}

  /** Different flows, every field sometimes there and sometimes not. */
  public static List<Event> of(int count) {
    var events = new Events(7);
    var flows = new ArrayList<Event>();
    while (flows.size() < count) {
      var event = events.event(events.origin());
      if (event.kind() == Event.Kind.FLOW) {
        flows.add(event);
      }
    }
    return flows;
  }

  /** A batch of events as a sink writes them. */
  public static Batch batch(Sink sink, List<Event> events) {
    var builder = new Batch.Builder(TENANT, 1024);
    var items = sink.items();
    events.forEach(event -> builder.add(items, event));
    return builder.build();
  }

  /** The same batch once the destination has answered so often before. */
  public static Batch again(Batch batch, int attempts) {
    var later = batch;
    for (int i = 0; i < attempts; i++) {
      later = later.again();
    }
    return later;
  }

  /** The id of an event as documents say it. */
  public static String id(Event event) {
    return new UUID(event.idHigh(), event.idLow()).toString();
  }
}
