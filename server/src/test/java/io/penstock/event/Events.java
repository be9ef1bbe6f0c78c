package io.penstock.event;

import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Makes events for tests: seeded, varied, with every field sometimes there and sometimes not. */
public final class Events {

  private static final List<Geo> GEOS =
      List.of(
          new Geo("GB", "London", 51.5142, -0.0931, "Europe/London"),
          new Geo("DE", null, Double.NaN, Double.NaN, null));
  private static final List<AutonomousSystem> SYSTEMS =
      List.of(new AutonomousSystem(1221, "Telstra Pty Ltd"), new AutonomousSystem(64512, null));
  private static final List<Sampling> SAMPLINGS =
      List.of(
          Sampling.UNKNOWN,
          new Sampling(100, Sampling.Source.SAMPLER),
          new Sampling(100, Sampling.Source.DOMAIN, Sampling.Algorithm.RANDOM));

  private final Random random;

  public Events(long seed) {
    random = new Random(seed);
  }

  /** A batch of {@code size} events that share one origin. */
  public EventBatch batch(String tenant, int size) {
    var origin = origin();
    return new EventBatch(tenant, List.copyOf(events(origin, size)), null);
  }

  private List<Event> events(Origin origin, int size) {
    return java.util.stream.IntStream.range(0, size).mapToObj(i -> event(origin)).toList();
  }

  public Origin origin() {
    boolean posted = random.nextBoolean();
    return new Origin(
        posted ? Protocol.ZEEK : Protocol.NETFLOW_V9,
        address(),
        random.nextInt(65536),
        posted ? Event.ABSENT : random.nextInt(1 << 20),
        posted ? Event.ABSENT : random.nextLong(1L << 32),
        posted ? Event.ABSENT : 1_700_000_000_000_000_000L,
        1_700_000_000_123_456_789L + random.nextInt(1_000_000_000),
        text("collector"),
        text("source"),
        text("request"));
  }

  public Event event(Origin origin) {
    long start = origin.receivedNanos() - random.nextInt(2_000_000_000);
    return new Event(
        random.nextLong(),
        random.nextLong(),
        random.nextInt(10) == 0 ? Event.Kind.OPTIONS : Event.Kind.FLOW,
        origin,
        start,
        start + random.nextInt(1_000_000_000),
        endpoint(),
        endpoint(),
        traffic(),
        random.nextInt(8) == 0 ? random.nextInt(256) : 0,
        random.nextBoolean()
            ? Event.NO_EXTRA
            : "\"service\":\"dns\",\"n\":1".getBytes(StandardCharsets.UTF_8),
        random.nextInt(4) == 0 ? null : enrichment());
  }

  /** A request that was intercepted. */
  public Event exchange(Origin origin) {
    long start = origin.receivedNanos();
    boolean isAnswered = random.nextBoolean();
    return new Event(
        random.nextLong(),
        random.nextLong(),
        Event.Kind.EXCHANGE,
        origin,
        start,
        start + random.nextInt(1_000_000_000),
        endpoint(),
        endpoint(),
        Traffic.NONE,
        0,
        "\"url\":\"https://cdn.example/t?v=1\"".getBytes(StandardCharsets.UTF_8),
        random.nextBoolean() ? null : enrichment(),
        new HttpExchange(
            text("product"),
            isAnswered ? "MOCK" : "BLOCK",
            "rule",
            "https",
            "GET",
            "cdn.example",
            "/t",
            isAnswered ? 200 : Event.ABSENT,
            isAnswered ? null : "CLIENT_GONE"));
  }

  private Endpoint endpoint() {
    var ip = random.nextInt(10) == 0 ? Ip.NONE : address();
    return new Endpoint(
        ip.high(),
        ip.low(),
        some(65536),
        some(33),
        some(1 << 30),
        random.nextBoolean() ? Event.ABSENT : random.nextLong(1L << 48),
        some(1 << 30),
        some(1 << 20),
        random.nextInt(5) == 0 ? new Nat(address(), some(65536)) : null);
  }

  private Traffic traffic() {
    return new Traffic(
        some(256),
        some(65536),
        some(256),
        some(65536),
        some(4096),
        some(4096),
        Direction.values()[random.nextInt(3)],
        some(1 << 30),
        some(1 << 30),
        random.nextBoolean() ? null : address(),
        some(6),
        some(6),
        some(256),
        SAMPLINGS.get(random.nextInt(SAMPLINGS.size())));
  }

  private Enrichment enrichment() {
    boolean threat = random.nextInt(5) == 0;
    return new Enrichment(
        any(GEOS),
        any(GEOS),
        any(SYSTEMS),
        any(SYSTEMS),
        threat
            ? List.of(
                new ThreatMatch(
                    ThreatMatch.Side.DESTINATION, "8.8.8.8", "8.0.0.0/8", "c2", 90, "feed.csv"))
            : List.of(),
        random.nextInt(101),
        threat ? List.of("threat_match", "risky_port") : List.of(),
        Enrichment.Direction.values()[random.nextInt(5)]);
  }

  private <T> @Nullable T any(List<T> values) {
    return random.nextInt(3) == 0 ? null : values.get(random.nextInt(values.size()));
  }

  private int some(int bound) {
    return random.nextInt(3) == 0 ? Event.ABSENT : random.nextInt(bound);
  }

  private @Nullable String text(String prefix) {
    return random.nextBoolean() ? null : prefix + "-" + random.nextInt(100);
  }

  private Ip address() {
    return random.nextInt(4) == 0
        ? new Ip(0x2001_0db8_0000_0000L, random.nextLong())
        : Ip.v4(random.nextInt());
  }
}
