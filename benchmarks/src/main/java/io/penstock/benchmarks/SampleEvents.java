package io.penstock.benchmarks;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Enriched flows as the pipeline makes them: busy servers, many clients, a few hundred places and
 * networks. The same seed gives the same flows.
 */
final class SampleEvents {

  static final int MESSAGE = 24;
  private static final int[] SERVER_PORTS = {443, 443, 443, 80, 53, 53, 22, 25, 123, 8443};
  private static final String[] COUNTRIES = {"DE", "US", "FR", "GB", "NL", "JP", "BR", "IN", "SE"};
  private static final byte[] EXTRA =
      "\"flowEndReason\":3,\"postOctetDeltaCount\":0".getBytes(StandardCharsets.UTF_8);

  private final SplittableRandom random;
  private final long gapNanosMax;
  private final List<Geo> places = new ArrayList<>();
  private final List<AutonomousSystem> networks = new ArrayList<>();
  private long nowNanos;

  /**
   * @param startNanos when the first was received, nanoseconds since 1970 UTC
   */
  SampleEvents(long seed, long startNanos) {
    this(seed, startNanos, 200_000);
  }

  /**
   * @param gapNanosMax longest time between two messages of {@value #MESSAGE} flows
   */
  SampleEvents(long seed, long startNanos, long gapNanosMax) {
    this.random = new SplittableRandom(seed);
    this.gapNanosMax = gapNanosMax;
    this.nowNanos = startNanos;
    for (int i = 0; i < 300; i++) {
      var country = COUNTRIES[i % COUNTRIES.length];
      places.add(new Geo(country, "City " + i, 48 + i / 100.0, 9 + i / 50.0, "Europe/Berlin"));
      networks.add(new AutonomousSystem(64_496 + i, "Network " + i));
    }
  }

  EventBatch batch(int size) {
    return new EventBatch("default", events(size), null);
  }

  List<Event> events(int size) {
    var events = new ArrayList<Event>(size);
    var origin = origin();
    for (int i = 0; i < size; i++) {
      if (i % MESSAGE == 0) {
        origin = origin();
      }
      events.add(event(origin));
    }
    return events;
  }

  private Origin origin() {
    nowNanos += random.nextLong(1, gapNanosMax);
    return new Origin(
        Protocol.IPFIX,
        Ip.v4(0x0a000001 + random.nextInt(20)),
        2055,
        random.nextInt(4),
        random.nextInt(1 << 20),
        nowNanos / 1_000_000_000 * 1_000_000_000,
        nowNanos,
        null,
        null,
        null);
  }

  private Event event(Origin origin) {
    long end = origin.receivedNanos() - random.nextLong(60_000_000_000L);
    boolean isTcp = random.nextInt(4) != 0;
    return new Event(
        random.nextLong(),
        random.nextLong(),
        Event.Kind.FLOW,
        origin,
        end - random.nextLong(30_000_000_000L),
        end,
        end(0x0a000000 + random.nextInt(1 << 16), 1_024 + random.nextInt(60_000), true),
        end(publicAddress(), SERVER_PORTS[random.nextInt(SERVER_PORTS.length)], false),
        new Traffic(
            isTcp ? 6 : 17,
            isTcp ? random.nextInt(64) : Event.ABSENT,
            0,
            Event.ABSENT,
            random.nextInt(4) * 100,
            Event.ABSENT,
            Traffic.Direction.INGRESS,
            random.nextInt(48),
            random.nextInt(48),
            Ip.v4(0x0a0000fe),
            3,
            Event.ABSENT,
            Event.ABSENT,
            Traffic.Sampling.UNKNOWN),
        0,
        EXTRA,
        enrichment());
  }

  private int publicAddress() {
    // Skewed, as destinations are: the square of an even draw.
    double draw = random.nextDouble();
    return 0x50000000 + 257 * (int) (draw * draw * 200_000);
  }

  private Endpoint end(int address, int port, boolean isSource) {
    long packets = 1L + random.nextInt(200);
    return new Endpoint(
        0,
        Ip.v4Low(address),
        port,
        24,
        Event.ABSENT,
        Event.ABSENT,
        isSource ? packets * (40 + random.nextInt(1_400)) : Event.ABSENT,
        isSource ? packets : Event.ABSENT,
        null);
  }

  private Enrichment enrichment() {
    return new Enrichment(
        null,
        places.get(random.nextInt(places.size())),
        null,
        networks.get(random.nextInt(networks.size())),
        List.of(),
        random.nextInt(5) * 10,
        List.of(),
        Enrichment.Direction.OUTBOUND);
  }
}
