package io.penstock.destination;

import io.penstock.dial.Tls;
import org.jspecify.annotations.Nullable;

/**
 * A syslog receiver over TCP or TLS (RFC 6587 octet counting or lines, RFC 5425).
 *
 * @param format of the message
 * @param framing between messages
 * @param tls how to trust it; null for plain TCP
 * @param facility 0 to 23, RFC 5424 §6.2.1
 */
public record SyslogConfig(
    String host,
    int port,
    Format format,
    Framing framing,
    @Nullable Tls tls,
    int facility,
    String applicationName)
    implements Destination {

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

  static SyslogConfig read(Members members) {
    boolean isTls = members.flag("tls", false);
    return new SyslogConfig(
        members.required("host"),
        members.number("port", 1, 65_535, isTls ? 6514 : 514),
        members.word("format", Format.class, Format.RFC5424),
        members.word("framing", Framing.class, Framing.OCTET_COUNTING),
        isTls ? members.tls() : null,
        members.number("facility", 0, 23, 16),
        members.text("application_name", "penstock"));
  }
}
