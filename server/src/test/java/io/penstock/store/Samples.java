package io.penstock.store;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Sampling;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Seeded events that look like traffic: few exporters, many hosts, long tails. */
final class Samples {

  static final long START = 1_790_000_000_000_000_000L;

  private static final int[] PORTS = {443, 443, 443, 80, 53, 22, 3389, 8080, 123, 25};
  private static final String[] COUNTRIES = {"DE", "US", "FR", "NL", "BR", "JP", "CN", "ZA"};

  private final Random random;
  private final Geo[] places = new Geo[2000];
  private final AutonomousSystem[] systems = new AutonomousSystem[3000];

  Samples(long seed) {
    random = new Random(seed);
    for (int i = 0; i < places.length; i++) {
      places[i] =
          new Geo(
              COUNTRIES[i % COUNTRIES.length],
              i % 5 == 0 ? null : "City " + i,
              i % 7 == 0 ? Double.NaN : i / 50.0,
              i % 7 == 0 ? Double.NaN : i / 25.0,
              i % 3 == 0 ? null : "Europe/Berlin");
    }
    for (int i = 0; i < systems.length; i++) {
      systems[i] = new AutonomousSystem(1000 + i, i % 11 == 0 ? null : "Organization " + i);
    }
  }

  /** Events of one message each 20, received one after the other from {@code fromNanos} on. */
  List<Event> flows(int count, long fromNanos, long stepNanos) {
    var events = new ArrayList<Event>(count);
    var origin = origin(fromNanos);
    for (int i = 0; i < count; i++) {
      if (i % 20 == 0) {
        origin = origin(fromNanos + i * stepNanos);
      }
      events.add(flow(origin));
    }
    return events;
  }

  private Origin origin(long nanos) {
    int device = random.nextInt(8);
    return new Origin(
        device < 6 ? Protocol.NETFLOW_V9 : Protocol.FLOW_JSON,
        Ip.v4(0x0a00_0001 + device),
        2055,
        device,
        random.nextInt(1 << 20),
        nanos - 1_000_000,
        nanos,
        device == 7 ? "collector-a" : null,
        device == 7 ? "source-a" : null,
        device >= 6 ? "request-" + nanos : null);
  }

  Event flow(Origin origin) {
    long start = origin.receivedNanos() - random.nextInt(60_000) * 1_000_000L;
    long packets = 1 + (long) Math.abs(random.nextGaussian() * 40);
    var source =
        new Endpoint(
            0,
            Ip.v4Low(0x0a01_0000 | random.nextInt(4096)),
            32768 + random.nextInt(28000),
            24,
            Event.ABSENT,
            Event.ABSENT,
            packets * (60 + random.nextInt(1300)),
            packets,
            null);
    var destination =
        new Endpoint(
            0,
            Ip.v4Low(0x5000_0000 | random.nextInt(1 << 20)),
            PORTS[random.nextInt(PORTS.length)],
            16,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            null);
    var traffic =
        new Traffic(
            random.nextInt(4) == 0 ? 17 : 6,
            random.nextInt(32),
            0,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            Traffic.Direction.INGRESS,
            random.nextInt(24),
            random.nextInt(24),
            Ip.v4(0x0a00_00fe),
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            new Sampling(1000, Sampling.Source.SAMPLER, Sampling.Algorithm.RANDOM));
    var extra =
        random.nextInt(4) == 0
            ? ("\"flowId\":" + random.nextInt()).getBytes(StandardCharsets.UTF_8)
            : Event.NO_EXTRA;
    return new Event(
        origin.receivedNanos(),
        random.nextLong(),
        Event.Kind.FLOW,
        origin,
        start,
        start + random.nextInt(60_000) * 1_000_000L,
        source,
        destination,
        traffic,
        0,
        extra,
        enrichment());
  }

  private Enrichment enrichment() {
    boolean isThreat = random.nextInt(200) == 0;
    return new Enrichment(
        null,
        places[random.nextInt(places.length)],
        null,
        systems[random.nextInt(systems.length)],
        isThreat
            ? List.of(
                new ThreatMatch(
                    ThreatMatch.Side.DESTINATION, "80.1.2.3", "80.0.0.0/8", "c2", 90, "feed \"x\""))
            : List.of(),
        isThreat ? 80 : 10 + 5 * random.nextInt(4),
        isThreat ? List.of("threat_match", "risky port, \"quoted\"") : List.of(),
        Enrichment.Direction.OUTBOUND);
  }

  /** An event in which every field is set, and one in which none is. */
  static List<Event> extremes() {
    var full =
        new Event(
            -1,
            Long.MIN_VALUE,
            Event.Kind.FLOW,
            new Origin(
                Protocol.IPFIX,
                new Ip(0x2001_0db8_0000_0000L, 1),
                65535,
                4_294_967_295L,
                4_294_967_295L,
                START - 1,
                START + 123_456_789,
                "c\u00f6llector",
                "source",
                "request"),
            START - 999_999_999,
            START + 1,
            new Endpoint(
                0xfe80_0000_0000_0000L,
                -1,
                65535,
                128,
                4_294_967_295L,
                0xffff_ffff_ffffL,
                Long.MAX_VALUE,
                1,
                new Endpoint.Nat(new Ip(0, 7), Event.ABSENT)),
            new Endpoint(-1, -1, 0, 0, 0, 0, 0, 0, new Endpoint.Nat(Ip.NONE, 1)),
            new Traffic(
                255,
                65535,
                255,
                0x0301,
                4095,
                1,
                Traffic.Direction.EGRESS,
                4_294_967_295L,
                0,
                new Ip(-1, 1),
                5,
                4,
                255,
                new Sampling(1, Sampling.Source.CONFIGURATION)),
            0xff,
            "\"a\":1,\"b\":\"\u20ac\"".getBytes(StandardCharsets.UTF_8),
            new Enrichment(
                new Geo("DE", "K\u00f6ln", 50.9, -6.9, "Europe/Berlin"),
                new Geo("", null, Double.NaN, Double.NaN, null),
                new AutonomousSystem(4_294_967_295L, "Org"),
                new AutonomousSystem(0, null),
                List.of(
                    new ThreatMatch(
                        ThreatMatch.Side.SOURCE, "1.2.3.4", "1.2.3.0/24", "a\\b", 0, "f")),
                100,
                List.of("one", "two \u2603"),
                Enrichment.Direction.INTERNAL));
    return List.of(full, bare(START, 5, null));
  }

  /** Events that are equal when all their fields are, {@link Event#extra} by its content. */
  static List<List<Object>> comparable(List<Event> events) {
    return events.stream().map(Samples::comparable).toList();
  }

  private static List<Object> comparable(Event event) {
    var rest =
        new Event(
            event.idHigh(),
            event.idLow(),
            event.kind(),
            event.origin(),
            event.startNanos(),
            event.endNanos(),
            event.source(),
            event.destination(),
            event.traffic(),
            event.quirks(),
            Event.NO_EXTRA,
            event.enrichment());
    return List.of(rest, new String(event.extra(), StandardCharsets.UTF_8));
  }

  static Event bare(long receivedNanos, long id, @Nullable String requestId) {
    return new Event(
        id,
        id,
        Event.Kind.OPTIONS,
        new Origin(
            Protocol.NETFLOW_V5,
            Ip.v4(1),
            0,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            receivedNanos,
            null,
            null,
            requestId),
        receivedNanos,
        receivedNanos,
        Endpoint.NONE,
        Endpoint.NONE,
        Traffic.NONE,
        0,
        Event.NO_EXTRA,
        null);
  }
}
