package io.penstock.destination;

import io.penstock.dial.Tls;
import io.penstock.shape.Schema;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A syslog receiver over TCP or TLS (RFC 6587 octet counting or lines, RFC 5425).
 *
 * @param format of the message
 * @param framing between messages
 * @param confirmation when a batch counts as delivered, which syslog itself does not tell
 * @param tls how to trust it; null for plain TCP
 * @param facility 0 to 23, RFC 5424 §6.2.1
 * @param hostname in the header of each message; null for the exporter's address
 * @param messageBytes of a message, without its framing; an event that needs more is refused, since
 *     receivers would cut it
 */
public record SyslogConfig(
    String host,
    int port,
    Format format,
    Framing framing,
    Confirmation confirmation,
    @Nullable Tls tls,
    int facility,
    String applicationName,
    @Nullable String hostname,
    int messageBytes)
    implements Destination {

  /** What most receivers take at least, and what RFC 5425 §4.3.1 recommends. */
  static final int MESSAGE_BYTES = 8_192;

  /** What a message says. */
  public enum Format {
    /** The JSON document as the message. */
    RFC5424,
    /** IBM QRadar's Log Event Extended Format 2.0. */
    LEEF,
    /** ArcSight's Common Event Format 0. */
    CEF
  }

  /** What stands between messages. */
  public enum Framing {
    /** Their length first, RFC 6587 §3.4.1. */
    OCTET_COUNTING,
    /** A line feed, RFC 6587 §3.4.2. */
    LINES
  }

  /** When a batch counts as delivered. */
  public enum Confirmation {
    /**
     * Its connection is ended after it, and the receiver ends it in turn: it has read everything.
     */
    END_OF_STREAM,
    /**
     * It is written, and the receiver has not ended the connection: what the receiver had not read
     * when it dies is lost.
     */
    OPEN_CONNECTION
  }

  static SyslogConfig read(Members members) {
    boolean isTls = members.flag("tls", false);
    var format = members.word("format", Format.class, Format.RFC5424);
    demandSchema(members, format);
    return new SyslogConfig(
        members.required("host"),
        members.number("port", 1, 65_535, isTls ? 6514 : 514),
        format,
        members.word("framing", Framing.class, Framing.OCTET_COUNTING),
        members.word("confirmation", Confirmation.class, Confirmation.END_OF_STREAM),
        isTls ? members.tls() : null,
        members.number("facility", 0, 23, 16),
        printable(members, "application_name", members.text("application_name", "penstock"), 48),
        members.has("hostname")
            ? printable(members, "hostname", members.text("hostname", "-"), 255)
            : null,
        members.number("message_bytes", 480, 1 << 20, MESSAGE_BYTES));
  }

  /** LEEF and CEF are schemas themselves, of which the members of our own document are parts. */
  private static void demandSchema(Members members, Format format) {
    members.demandText();
    var schema = members.has("schema") ? members.text("schema", "") : Schema.TELEMETRY.name();
    if (format != Format.RFC5424 && !schema.equalsIgnoreCase(Schema.TELEMETRY.name())) {
      members.fault("schema", format.name().toLowerCase(Locale.ROOT) + " has one of its own");
    }
  }

  /** PRINTUSASCII of RFC 5424 §6. */
  private static String printable(Members members, String name, String text, int lengthMax) {
    if (text.length() <= lengthMax && text.matches("[!-~]+")) {
      return text;
    }
    members.fault(name, "should be 1 to " + lengthMax + " ASCII characters without spaces");
    return "-";
  }
}
