package io.penstock.wire;

import java.time.Duration;

/**
 * What a {@link FlowDecoder} holds at most, so that nothing an exporter sends makes it grow without
 * bound. Each is per decoder, that is, per worker.
 *
 * @param exporters transport sessions; beyond it {@link Standing} says who goes
 * @param exportersPerAddress transport sessions of one address, so that an exporter whose port
 *     changes with every datagram displaces nobody else
 * @param templatesPerExporter templates of one session; beyond it the least recently used goes
 * @param fieldsPerExporter fields of all templates of one session together; each template counts
 *     three more
 * @param fields the same for all sessions together; beyond it {@link Shares} says who pays
 * @param pendingBytesPerExporter octets of sets that wait for their template, bookkeeping included;
 *     beyond it the session's new sets are refused
 * @param pendingBytes the same for all sessions together; beyond it {@link Shares} says who pays
 * @param pendingAge how long a set waits for its template
 * @param templateLife how long a template that came over UDP lives unless refreshed (RFC 7011 §8.4)
 */
public record Limits(
    int exporters,
    int exportersPerAddress,
    int templatesPerExporter,
    int fieldsPerExporter,
    int fields,
    int pendingBytesPerExporter,
    long pendingBytes,
    Duration pendingAge,
    Duration templateLife) {

  /** Sizes for a collector that serves thousands of exporters. */
  public static final Limits DEFAULT =
      new Limits(
          10_000,
          128,
          1_000,
          65_536,
          4_000_000,
          256 * 1024,
          64L * 1024 * 1024,
          Duration.ofMinutes(30),
          Duration.ofHours(24));

  public Limits {
    if (exporters < 1 || exportersPerAddress < 1 || templatesPerExporter < 1) {
      throw new IllegalArgumentException(
          "exporters, exportersPerAddress and templatesPerExporter must be at least 1");
    }
  }
}
