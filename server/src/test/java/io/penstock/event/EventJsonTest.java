package io.penstock.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.jsonb.Jsonb;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class EventJsonTest {

  @Test
  void aDocumentHoldsTheLegacyKeysAndThePublishedSchema() {
    var event = enriched();

    var document = parse(EventJson.write("default", event));

    assertThat(document)
        .containsEntry("src_ip", "10.0.0.1")
        .containsEntry("dst_ip", "81.2.69.142")
        .containsEntry("proto", 6L)
        .containsEntry("protocol", "tcp")
        .containsEntry("bytes", 2_000_000L)
        .containsEntry("risk_score", 90L)
        .containsEntry("_source", "telemetry-api")
        .containsEntry("_enriched", true)
        .containsEntry("service", "rdp")
        .containsKeys("geo", "asn", "src_geo", "dst_geo", "src_asn", "dst_asn", "ti", "threat")
        .containsKeys("reasons", "tags", "id", "ts", "_enqueued_ts", "_processed_at");
    assertThat(map(document, "geo")).containsEntry("country", "GB").containsEntry("city", "London");
    assertThat(map(document, "asn")).containsEntry("asn", 1221L);
    assertThat(map(document, "threat")).containsEntry("matched", true);
  }

  @Test
  void anyEventIsOneValidDocument() {
    var batch = new Events(11).batch("default", 2_000);

    for (var event : batch.events()) {
      assertThat(parse(EventJson.write("default", event))).containsKeys("id", "kind", "ts");
    }
  }

  @Test
  void secondsAreExactToTheNanosecond() {
    assertThat(EventJson.seconds(1_642_176_000_000_000_000L)).isEqualTo("1642176000");
    assertThat(EventJson.seconds(1_723_351_200_456_000_000L)).isEqualTo("1723351200.456");
    assertThat(EventJson.seconds(1L)).isEqualTo("0.000000001");
  }

  @Test
  @Tag("case-76")
  void theRateItsSourceAndTheScaledCountersStandBesideTheRawOnes() {
    var document = parse(EventJson.write("default", sampled(1_000, 2_000_000)));

    assertThat(document)
        .containsEntry("bytes", 2_000_000L)
        .containsEntry("sampling_rate", 1_000L)
        .containsEntry("scaled_bytes", 2_000_000_000L)
        .containsEntry("reverse_scaled_bytes", 5_000L)
        .doesNotContainKeys("scaled_packets", "sampling_source");
    assertThat(map(document, "sampling"))
        .containsEntry("rate", 1_000L)
        .containsEntry("source", "sampler")
        .containsEntry("algorithm", "uniform_probabilistic");
  }

  @Test
  @Tag("case-76")
  void anUnknownRateScalesNothing() {
    assertThat(parse(EventJson.write("default", sampled(0, 2_000_000))))
        .doesNotContainKeys("sampling", "sampling_rate", "scaled_bytes");
  }

  @Test
  void aScaledCounterBeyondALongIsStillExact() {
    var document =
        new String(
            EventJson.write("default", sampled(1_000, Long.MAX_VALUE)), StandardCharsets.UTF_8);

    assertThat(document).contains("\"scaled_bytes\":9223372036854775807000,");
  }

  @Test
  @Tag("case-68")
  void theSkewOfAClockIsShownWhereItIsNotBelieved() {
    assertThat(EventJson.write("default", skewed(-90_500_000_000L, Quirk.CLOCK_SKEW.bit())))
        .asString(StandardCharsets.UTF_8)
        .contains("\"clock_skew\":-90.5,");
    assertThat(EventJson.write("default", skewed(3_000_000_000L, Quirk.CLOCK_SKEW.bit())))
        .asString(StandardCharsets.UTF_8)
        .contains("\"clock_skew\":3,");
    assertThat(EventJson.write("default", skewed(3_000_000_000L, 0)))
        .asString(StandardCharsets.UTF_8)
        .doesNotContain("clock_skew");
  }

  private static Event skewed(long skewNanos, int quirks) {
    long received = 1_700_000_000_000_000_000L;
    var origin =
        new Origin(
            Protocol.IPFIX, Ip.v4(1), 9, 0, 1, received + skewNanos, received, null, null, null);
    return new Event(
        1,
        2,
        Event.Kind.FLOW,
        origin,
        received,
        received,
        Endpoint.NONE,
        Endpoint.NONE,
        Traffic.NONE,
        quirks,
        Event.NO_EXTRA,
        null);
  }

  private static Event sampled(long rate, long bytes) {
    var none = Traffic.NONE;
    var sampling =
        rate == 0
            ? Traffic.Sampling.UNKNOWN
            : new Traffic.Sampling(
                rate,
                Traffic.Sampling.Source.SAMPLER,
                Traffic.Sampling.Algorithm.UNIFORM_PROBABILISTIC);
    var traffic =
        new Traffic(
            6,
            none.tcpFlags(),
            none.tos(),
            none.icmp(),
            none.vlan(),
            none.innerVlan(),
            none.direction(),
            none.ingressInterface(),
            none.egressInterface(),
            null,
            none.endReason(),
            none.firewallEvent(),
            none.forwardingStatus(),
            sampling);
    return new Event(
        1,
        2,
        Event.Kind.FLOW,
        enriched().origin(),
        0,
        0,
        endpoint(Ip.v4(1), 1, bytes),
        endpoint(Ip.v4(2), 2, 5),
        traffic,
        0,
        Event.NO_EXTRA,
        null);
  }

  private static Event enriched() {
    var source = Ip.parse("10.0.0.1").orElseThrow();
    var destination = Ip.parse("81.2.69.142").orElseThrow();
    return new Event(
        1,
        2,
        Event.Kind.FLOW,
        new Origin(
            Protocol.NETFLOW_V5, Ip.v4(1), 9, 0, 1, Event.ABSENT, 5_000_000_000L, null, null, null),
        1_642_176_000_000_000_000L,
        1_642_176_001_000_000_000L,
        endpoint(source, 54321, 2_000_000),
        endpoint(destination, 3389, Event.ABSENT),
        new Traffic(
            6,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            Traffic.Direction.UNKNOWN,
            Event.ABSENT,
            Event.ABSENT,
            null,
            Event.ABSENT,
            Event.ABSENT,
            Event.ABSENT,
            Traffic.Sampling.UNKNOWN),
        0,
        "\"service\":\"rdp\"".getBytes(StandardCharsets.UTF_8),
        new Enrichment(
            null,
            new Enrichment.Geo("GB", "London", 51.5142, -0.0931, null),
            null,
            new Enrichment.AutonomousSystem(1221, "Telstra Pty Ltd"),
            List.of(
                new Enrichment.ThreatMatch(
                    Enrichment.ThreatMatch.Side.SOURCE, "10.0.0.1", "10.0.0.0/8", "c2", 90, "f")),
            90,
            List.of("threat"),
            Enrichment.Direction.OUTBOUND));
  }

  private static Endpoint endpoint(Ip ip, int port, long bytes) {
    return new Endpoint(
        ip.high(),
        ip.low(),
        port,
        Event.ABSENT,
        Event.ABSENT,
        Event.ABSENT,
        bytes,
        Event.ABSENT,
        null);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> parse(byte[] json) {
    return (Map<String, Object>)
        Jsonb.instance().type(Object.class).fromJson(new String(json, StandardCharsets.UTF_8));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Map<String, Object> document, String key) {
    return (Map<String, Object>) Objects.requireNonNull(document.get(key));
  }
}
