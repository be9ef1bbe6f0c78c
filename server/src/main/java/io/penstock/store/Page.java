package io.penstock.store;

import io.penstock.event.Event;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events, newest first.
 *
 * @param events at most as many as were asked for
 * @param next the cursor of the next page; null when there is none
 */
public record Page(List<Event> events, @Nullable String next) {

  public Page {
    events = List.copyOf(events);
  }
}
