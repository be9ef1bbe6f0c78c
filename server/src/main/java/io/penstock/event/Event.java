package io.penstock.event;

import org.jspecify.annotations.Nullable;

/**
 * One thing an exporter or a client told us: a flow, a discarded packet, a state record (options
 * data, counters), or a request that was intercepted. Immutable.
 *
 * <p>What has a place of its own stands in {@link #source}, {@link #destination} and {@link
 * #traffic}; everything else that was sent stands in {@link #extra} under the name the sender or
 * the registry gives it, so nothing is dropped.
 *
 * @param idHigh upper half of the stable 128-bit id (a UUID), made where the event enters
 * @param idLow lower half of the id
 * @param kind what sort of record this is
 * @param origin who sent it, how and when; shared by the events of one message or request
 * @param startNanos start of the flow, nanoseconds since 1970-01-01 UTC
 * @param endNanos end of the flow, nanoseconds since 1970-01-01 UTC
 * @param source the initiating or sending end
 * @param destination the responding or receiving end; its counters are the reverse direction
 * @param traffic what was observed between the two ends
 * @param quirks bit set of {@link Quirk}: what was odd about the record or its message
 * @param extra UTF-8 JSON object members without the braces ({@code "a":1,"b":"x"}); empty when
 *     there are none. Owned by the event: not to be modified.
 * @param enrichment what we know beyond what was sent; null before the enrich stage
 * @param http what an exchange is about; null for every other kind
 */
public record Event(
    long idHigh,
    long idLow,
    Kind kind,
    Origin origin,
    long startNanos,
    long endNanos,
    Endpoint source,
    Endpoint destination,
    Traffic traffic,
    int quirks,
    byte[] extra,
    @Nullable Enrichment enrichment,
    @Nullable HttpExchange http) {

  /** An event of traffic. */
  public Event(
      long idHigh,
      long idLow,
      Kind kind,
      Origin origin,
      long startNanos,
      long endNanos,
      Endpoint source,
      Endpoint destination,
      Traffic traffic,
      int quirks,
      byte[] extra,
      @Nullable Enrichment enrichment) {
    this(
        idHigh,
        idLow,
        kind,
        origin,
        startNanos,
        endNanos,
        source,
        destination,
        traffic,
        quirks,
        extra,
        enrichment,
        null);
  }

  /** The value of a numeric field that was not sent. */
  public static final int ABSENT = -1;

  /** The {@link #extra} of an event without any. */
  public static final byte[] NO_EXTRA = new byte[0];

  /** What sort of record an event is. */
  public enum Kind {
    /** A flow: traffic between two ends. */
    FLOW,
    /** Options data: what an exporter says of itself (samplers, interfaces, applications). */
    OPTIONS,
    /** Counters of an interface, a processor or a host at a moment (sFlow counter samples). */
    COUNTERS,
    /** A packet that a device discarded, and why (sFlow discarded-packet samples). */
    DROP,
    /** A request of a program and what became of it. */
    EXCHANGE
  }

  /** This event with what the enrich stage found. */
  public Event enriched(Enrichment found) {
    return new Event(
        idHigh,
        idLow,
        kind,
        origin,
        startNanos,
        endNanos,
        source,
        destination,
        traffic,
        quirks,
        extra,
        found,
        http);
  }
}
