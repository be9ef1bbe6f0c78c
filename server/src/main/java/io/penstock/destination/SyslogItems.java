package io.penstock.destination;

import io.penstock.destination.SyslogConfig.Format;
import io.penstock.destination.SyslogConfig.Framing;
import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.shape.Shape;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Writes an event as a syslog message in its frame. Documents get the header of RFC 5424 with the
 * event's id as structured data; LEEF and CEF get the one of RFC 3164 that their specifications
 * show. For one thread.
 */
final class SyslogItems implements Shape {

  private static final int WARNING = 4;
  private static final int INFORMATIONAL = 6;

  /**
   * Structured data wants an enterprise number where a name is not registered (RFC 5424 §7.2.2);
   * this is the one for examples (RFC 5612), since Penstock has none.
   */
  private static final byte[] STRUCTURED = ascii(" [event@32473 id=\"");

  private static final byte[] TENANT = ascii("\" tenant=\"");

  private final SyslogConfig config;
  private final Shape body;
  private final byte[] application;
  private final boolean tellsExporter;
  private final boolean tellsThreats;
  private final ByteOutput message = new ByteOutput(2_048);
  private final TextOutput text = new TextOutput(TextOutput.Escaping.STRUCTURED);

  /**
   * @param version of this server
   */
  SyslogItems(SyslogConfig config, String version, Kept kept, Supplier<Shape> documents) {
    this.config = config;
    this.body =
        switch (config.format()) {
          case RFC5424 -> documents.get();
          case LEEF -> new LeefMessage(version, kept);
          case CEF -> new CefMessage(version, kept);
        };
    this.application = ascii(config.applicationName());
    this.tellsExporter = kept.keeps("exporter");
    this.tellsThreats = kept.keeps("threat");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** What an event is, for people. */
  static String name(Event.Kind kind) {
    return switch (kind) {
      case FLOW -> "network flow";
      case DROP -> "discarded packet";
      case OPTIONS -> "exporter options";
      case COUNTERS -> "counters";
      case EXCHANGE -> "http exchange";
    };
  }

  @Override
  public void write(String tenant, Event event, ByteOutput to) {
    message.truncate(0);
    var out = text.over(message);
    priority(event, out);
    if (config.format() == Format.RFC5424) {
      header(tenant, event, out);
    } else {
      shortHeader(event, out);
    }
    body.write(tenant, event, message);
    frame(text.over(to), to);
  }

  /** RFC 5424 §6.2.1: a flow of which somebody warns is a warning. */
  private void priority(Event event, TextOutput out) {
    var found = event.enrichment();
    boolean isThreat = tellsThreats && found != null && !found.threats().isEmpty();
    out.octet('<');
    out.number(8L * config.facility() + (isThreat ? WARNING : INFORMATIONAL));
    out.octet('>');
  }

  /** RFC 5424 §6.2, with structured data (§6.3). */
  private void header(String tenant, Event event, TextOutput out) {
    out.ascii("1 ");
    out.time5424(event.startNanos());
    out.octet(' ');
    host(event, out, "-");
    out.octet(' ');
    out.ascii(application);
    out.ascii(" - ");
    out.ascii(event.kind().name());
    out.ascii(STRUCTURED);
    out.uuid(event.idHigh(), event.idLow());
    out.ascii(TENANT);
    out.text(tenant);
    out.ascii("\"] ");
  }

  /** RFC 3164 §4.1.2. It has no word for an unknown host. */
  private void shortHeader(Event event, TextOutput out) {
    out.time3164(event.startNanos());
    out.octet(' ');
    host(event, out, config.applicationName());
    out.octet(' ');
  }

  /** The machine that the event is from, so that receivers list it under its exporter. */
  private void host(Event event, TextOutput out, String otherwise) {
    var hostname = config.hostname();
    var exporter = event.origin().exporter();
    if (hostname != null) {
      out.ascii(hostname);
    } else if (tellsExporter && !exporter.equals(Ip.NONE)) {
      out.ip(exporter.high(), exporter.low());
    } else {
      out.ascii(otherwise);
    }
  }

  private void frame(TextOutput out, ByteOutput to) {
    if (config.framing() == Framing.OCTET_COUNTING) {
      out.number(message.size());
      out.octet(' ');
      to.put(message.array(), 0, message.size());
      return;
    }
    breakNoLine();
    to.put(message.array(), 0, message.size());
    out.octet('\n');
  }

  /**
   * What ends a line for some receiver becomes a space. In documents such octets stand only between
   * words, where JSON takes a space as well.
   */
  private void breakNoLine() {
    var array = message.array();
    for (int i = 0; i < message.size(); i++) {
      if (array[i] == '\n' || array[i] == '\r' || array[i] == 0) {
        array[i] = ' ';
      }
    }
  }
}
