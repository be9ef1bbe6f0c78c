package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.json.Json;
import io.penstock.shape.Shape;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An event as an event collector takes it: an object with a document in it. Objects follow each
 * other with nothing in between. For one thread.
 */
final class HecItems implements Shape {

  private static final byte[] TIME = bytes("{\"time\":");
  private static final int TIME_BYTES_MAX = 24;
  private static final int MICROS_DIGITS = 6;

  private final Shape document;
  private final byte @Nullable [] fixedHost;

  /** Everything between the host and the document. */
  private final byte[] middle;

  private Ip exporter = Ip.NONE;
  private byte[] exporterHost = {};

  HecItems(HecConfig config, Shape document) {
    this.document = document;
    this.fixedHost = config.host() == null ? null : member("host", config.host());
    this.middle = middle(config);
  }

  private static byte[] middle(HecConfig config) {
    var text = new StringBuilder();
    text.append(memberText("source", config.source()));
    text.append(memberText("sourcetype", config.sourcetype()));
    if (config.index() != null) {
      text.append(memberText("index", config.index()));
    }
    if (!config.extraFields().isEmpty()) {
      text.append(memberText("fields", new TreeMap<>(config.extraFields())));
    }
    return bytes(text.append(",\"event\":").toString());
  }

  private static String memberText(String name, Object value) {
    return ",\"" + name + "\":" + Json.text(value);
  }

  private static byte[] member(String name, Object value) {
    return bytes(memberText(name, value));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void write(String tenant, Event event, ByteOutput out) {
    out.put(TIME);
    time(event.startNanos() >= 0 ? event.startNanos() : event.origin().receivedNanos(), out);
    out.put(fixedHost == null ? host(event.origin().exporter()) : fixedHost);
    out.put(middle);
    document.write(tenant, event, out);
    out.put('}');
  }

  /** The events of a message have the same exporter. */
  private byte[] host(Ip ip) {
    if (!ip.equals(exporter)) {
      exporter = ip;
      exporterHost = ip.equals(Ip.NONE) ? new byte[0] : member("host", ip.toString());
    }
    return exporterHost;
  }

  /** Seconds since 1970 with microseconds, which is as exact as an index keeps them. */
  private static void time(long nanos, ByteOutput out) {
    long micros = Math.max(0, nanos) / 1_000;
    out.reserve(TIME_BYTES_MAX);
    byte[] array = out.array();
    int end = out.size() + length(micros) + 1;
    int at = end;
    for (int digit = 0; digit < MICROS_DIGITS; digit++) {
      array[--at] = (byte) ('0' + micros % 10);
      micros /= 10;
    }
    array[--at] = '.';
    do {
      array[--at] = (byte) ('0' + micros % 10);
      micros /= 10;
    } while (micros > 0);
    out.skip(end - at);
  }

  /** Digits of a time, at least one of them a second's. */
  private static int length(long micros) {
    int digits = MICROS_DIGITS + 1;
    for (long bound = 10 * (Nanos.SECOND / 1_000); micros >= bound; bound *= 10) {
      digits++;
    }
    return digits;
  }
}
