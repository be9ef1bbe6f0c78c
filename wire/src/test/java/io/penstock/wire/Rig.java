package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DecoderCounters.Count;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A decoder with a clock to turn and its findings at hand; its books are checked at every step. */
public final class Rig {

  public static final Exporter ROUTER = udp("192.0.2.1", 50_000);
  public static final Exporter STREAM =
      new Exporter(new InetSocketAddress("192.0.2.1", 50_000), Transport.STREAM);

  /** Small enough to reach every limit with a few datagrams. */
  public static final Limits SMALL =
      new Limits(4, 3, 5, 40, 100, 1300, 3300, Duration.ofMinutes(30), Duration.ofHours(24));

  public final Collected found = new Collected();
  public final FlowDecoder decoder;
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  public Rig() {
    this(Limits.DEFAULT, DecoderOptions.DEFAULT);
  }

  public Rig(Limits limits, DecoderOptions options) {
    decoder = new FlowDecoder(limits, options, () -> now, found);
  }

  public static Exporter udp(String address, int port) {
    return new Exporter(new InetSocketAddress(address, port));
  }

  public Rig send(Bytes... datagrams) {
    return sendFrom(ROUTER, datagrams);
  }

  public Rig sendFrom(Exporter exporter, Bytes... datagrams) {
    for (var datagram : datagrams) {
      send(exporter, datagram.array());
    }
    return this;
  }

  /** Sends from the middle of a larger buffer, so that a wrong offset shows. */
  public void send(Exporter exporter, byte[] datagram) {
    byte[] buffer = new Bytes().u8(0xee, 0xee, 0xee).raw(datagram).u8(0xee, 0xee).array();
    decoder.decode(exporter, buffer, 3, datagram.length);
    assertBalanced();
  }

  public void pass(Duration time) {
    now = now.plus(time);
  }

  public Instant now() {
    return now;
  }

  public long count(Count count) {
    return decoder.counters().get(count);
  }

  /** Every octet and every waiting set is accounted for. */
  public void assertBalanced() {
    var counters = decoder.counters();
    long accounted =
        counters.get(Count.FRAMING_OCTETS)
            + counters.get(Count.TEMPLATE_OCTETS)
            + counters.get(Count.RECORD_OCTETS)
            + counters.get(Count.PADDING_OCTETS)
            + counters.get(Count.WAITING_OCTETS)
            + counters.rejectedOctets();
    assertThat(accounted).as("octets accounted for").isEqualTo(counters.get(Count.OCTETS));
    assertThat(
            counters.get(Count.SETS_DECODED_LATE)
                + counters.get(Count.WAITING_SETS)
                + counters.rejected(Rejection.TEMPLATE_NEVER_CAME))
        .as("sets put aside")
        .isEqualTo(counters.get(Count.SETS_PUT_ASIDE));
    assertThat(counters.get(Count.RECORDS) + counters.get(Count.OPTIONS_RECORDS))
        .as("records handed on")
        .isEqualTo(found.records.size());
    assertThat(
            List.of(
                counters.get(Count.WAITING_SETS),
                counters.get(Count.WAITING_OCTETS),
                counters.get(Count.TEMPLATES),
                counters.get(Count.SESSIONS)))
        .as("gauges")
        .allMatch(value -> value >= 0);
  }
}
