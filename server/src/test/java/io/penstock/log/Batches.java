package io.penstock.log;

import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Numbered batches of one event, and reading the numbers back. */
final class Batches {

  private static final Origin ORIGIN =
      new Origin(Protocol.NETFLOW_V5, Ip.v4(0x7f000001), 2055, 0, 0, 0, 0, null, null, null);

  private Batches() {}

  static EventBatch numbered(long number) {
    return sized(number, 0);
  }

  /** A batch whose frame has at least so many bytes, compressed or not. */
  static EventBatch sized(long number, int bytes) {
    var noise = new Random(number);
    var padding = new StringBuilder();
    while (padding.length() < bytes * 5 / 4) {
      padding.append((char) ('!' + noise.nextInt(90)));
    }
    return batch(number, padding.toString(), null);
  }

  static EventBatch withReceipt(long number, Receipt receipt) {
    return batch(number, "", receipt);
  }

  private static EventBatch batch(long number, String padding, @Nullable Receipt receipt) {
    var event =
        new Event(
            number,
            1,
            Event.Kind.FLOW,
            ORIGIN,
            0,
            0,
            Endpoint.NONE,
            Endpoint.NONE,
            Traffic.NONE,
            0,
            padding.getBytes(StandardCharsets.ISO_8859_1),
            null);
    return new EventBatch("acme", List.of(event), receipt);
  }

  static long number(EventBatch batch) {
    return batch.events().getFirst().idHigh();
  }

  /** The numbers of all batches from a position to the end. */
  static List<Long> numbers(EventLog log, long position) throws InterruptedException {
    try (var reader = log.reader(position)) {
      var numbers = new ArrayList<Long>();
      for (var entry = reader.next(Duration.ZERO);
          entry.isPresent();
          entry = reader.next(Duration.ZERO)) {
        numbers.add(number(entry.get().batch()));
      }
      return numbers;
    }
  }
}
