package io.penstock.destination;

import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.shape.Shape;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.TimeUnit;

/**
 * Writes an event as an item of {@code _bulk}: the action line, the document, and a line end behind
 * each. The action is always {@code create} with the event's id, so that an event that is sent
 * twice is there once. Daily indices are named in the action, others in the request's path. For one
 * thread.
 */
final class BulkItems implements Shape {

  private static final byte[] CREATE = ascii("{\"create\":{\"_id\":\"");
  private static final byte[] IN_INDEX = ascii("\",\"_index\":\"");
  private static final byte[] END = ascii("\"}}\n");
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final int ID_LENGTH = 36;
  private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu.MM.dd");

  private final ElasticConfig config;
  private final Shape document;
  private final BulkDocuments documents;
  private long day = Long.MIN_VALUE;
  private byte[] dailyIndex = {};

  /**
   * @param document writes the document alone
   */
  BulkItems(ElasticConfig config, Shape document) {
    this.config = config;
    this.document = document;
    this.documents = new BulkDocuments(config.naming() == Naming.DATA_STREAM);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void write(String tenant, Event event, ByteOutput out) {
    out.put(CREATE);
    id(event.idHigh(), event.idLow(), out);
    if (config.naming() == Naming.DAILY) {
      out.put(IN_INDEX);
      out.put(dailyIndex(event.origin().receivedNanos()));
    }
    out.put(END);
    int start = out.size();
    document.write(tenant, event, out);
    documents.fit(event, out, start);
    out.put('\n');
  }

  /** A UUID in its usual form. */
  private static void id(long high, long low, ByteOutput out) {
    out.reserve(ID_LENGTH);
    var array = out.array();
    int at = out.size();
    for (int digit = 0; digit < 32; digit++) {
      if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
        array[at++] = '-';
      }
      long half = digit < 16 ? high : low;
      array[at++] = HEX[(int) (half >>> (60 - 4 * (digit & 15))) & 15];
    }
    out.skip(ID_LENGTH);
  }

  /** Events come in the order of their receipt, so the day hardly ever changes. */
  private byte[] dailyIndex(long receivedNanos) {
    long receivedDay = Math.floorDiv(receivedNanos, DAY_NANOS);
    if (receivedDay != day) {
      day = receivedDay;
      var name = config.index() + "-" + DAY.format(LocalDate.ofEpochDay(receivedDay));
      dailyIndex = name.getBytes(StandardCharsets.UTF_8);
    }
    return dailyIndex;
  }
}
