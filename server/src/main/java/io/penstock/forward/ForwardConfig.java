package io.penstock.forward;

import io.penstock.config.Environment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Where datagrams are sent on to.
 *
 * @param destinations each with a name of its own
 * @param queueBytes memory for what waits for one destination
 */
public record ForwardConfig(List<Destination> destinations, int queueBytes) {

  /** Destinations at most: each is a thread, and costs every datagram a look at its filter. */
  static final int DESTINATIONS_MAX = 16;

  /** Nothing is forwarded. */
  public static final ForwardConfig NONE = new ForwardConfig(List.of(), 4 << 20);

  public ForwardConfig {
    destinations = List.copyOf(destinations);
  }

  /**
   * Reads the destinations; what is wrong with one is told, and it is left out.
   *
   * @param listeners what listeners are called
   */
  public static ForwardConfig from(Environment env, List<String> listeners) {
    var destinations = new ArrayList<Destination>();
    var names = new HashSet<String>();
    for (var text : env.list("FORWARD_TO")) {
      try {
        var destination = DestinationParser.parse(text, listeners);
        if (names.add(destination.name())) {
          destinations.add(destination);
        } else {
          env.problem("FORWARD_TO", "in '" + text + "': " + destination.name() + " is given twice");
        }
      } catch (IllegalArgumentException e) {
        env.problem("FORWARD_TO", "in '" + text + "': " + e.getMessage());
      }
    }
    if (destinations.size() > DESTINATIONS_MAX) {
      env.problem(
          "FORWARD_TO",
          "%d destinations, there may be %d".formatted(destinations.size(), DESTINATIONS_MAX));
    }
    int bytes =
        (int) env.bytes(NONE.queueBytes, 2 * Outbox.BYTES_MIN, 256 << 20, "FORWARD_QUEUE_BYTES");
    long room = Runtime.getRuntime().maxMemory() / 4;
    if (destinations.size() * (long) bytes > room) {
      env.problem(
          "FORWARD_QUEUE_BYTES",
          "%d destinations with %d bytes each are more than a quarter of the memory (%d)"
              .formatted(destinations.size(), bytes, room));
    }
    return new ForwardConfig(destinations, bytes);
  }
}
