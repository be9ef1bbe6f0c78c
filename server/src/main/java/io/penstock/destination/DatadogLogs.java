package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import io.penstock.json.Json;
import io.penstock.shape.Shape;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Writes an event as a log of Datadog, with a comma behind it: what its intake has names for, and
 * the document under {@code event}, where none of its members is taken for one of Datadog's own.
 * For one thread.
 */
final class DatadogLogs implements Shape {

  private static final int TAG_LENGTH_MAX = 200;

  private final Shape document;
  private final byte[] head;
  private final String tags;
  private final boolean tellsExporter;
  private final boolean tellsEnds;
  private final TextOutput text = new TextOutput(TextOutput.Escaping.JSON);

  DatadogLogs(DatadogConfig config, Kept kept, Shape document) {
    this.document = document;
    this.head =
        ("{\"ddsource\":\"penstock\",\"service\":"
                + Json.text(config.service())
                + ",\"ddtags\":\"tenant:")
            .getBytes(StandardCharsets.UTF_8);
    var others = new StringJoiner(",", ",", "").setEmptyValue("");
    new TreeMap<>(config.tags()).forEach((name, value) -> others.add(tag(name + ":" + value)));
    this.tags = others.toString();
    this.tellsExporter = kept.keeps("exporter");
    this.tellsEnds = kept.keeps("src_ip") && kept.keeps("dst_ip") && kept.keeps("proto");
  }

  /** A comma would begin another tag. */
  private static String tag(String text) {
    var tag = text.replaceAll("[\\s,\\p{Cntrl}]+", "_");
    return tag.length() > TAG_LENGTH_MAX ? tag.substring(0, TAG_LENGTH_MAX) : tag;
  }

  @Override
  public void write(String tenant, Event event, ByteOutput to) {
    var out = text.over(to);
    out.ascii(head);
    out.text(tenant);
    out.text(tags);
    out.ascii("\",");
    var exporter = event.origin().exporter();
    if (tellsExporter && !exporter.equals(Ip.NONE)) {
      out.ascii("\"hostname\":\"");
      out.ip(exporter.high(), exporter.low());
      out.ascii("\",");
    }
    out.ascii("\"timestamp\":");
    out.millis(event.startNanos());
    out.ascii(",\"event_id\":\"");
    out.uuid(event.idHigh(), event.idLow());
    out.ascii("\",\"message\":\"");
    message(event, out);
    out.ascii("\",\"event\":");
    document.write(tenant, event, to);
    out.ascii("},");
  }

  /** A line for people who look at a list of logs. */
  private void message(Event event, TextOutput out) {
    out.ascii(SyslogItems.name(event.kind()));
    if (!tellsEnds || !event.source().hasIp() || !event.destination().hasIp()) {
      return;
    }
    out.octet(' ');
    var protocol = IpProtocol.name(event.traffic().protocol());
    if (protocol != null) {
      out.ascii(protocol);
      out.octet(' ');
    }
    end(event.source(), out);
    out.ascii(" to ");
    end(event.destination(), out);
  }

  private static void end(Endpoint end, TextOutput out) {
    out.ip(end.ipHigh(), end.ipLow());
    if (end.port() != Event.ABSENT) {
      out.ascii(" port ");
      out.number(end.port());
    }
  }
}
