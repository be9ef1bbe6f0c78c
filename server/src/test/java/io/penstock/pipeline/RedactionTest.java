package io.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Endpoint;
import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Events;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.penstock.json.JsonTree;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RedactionTest {

  private static final Ip SOURCE = Ip.parse("198.51.100.77").orElseThrow();
  private static final Ip DESTINATION = Ip.parse("2001:db8::88").orElseThrow();

  /** An event that has everything an event can have. */
  private static Event full(Protocol protocol, String extra) {
    var sampling = new Traffic.Sampling(10, Traffic.Sampling.Source.RECORD);
    return new Event(
        1,
        2,
        Event.Kind.FLOW,
        new Origin(protocol, Ip.v4(0x01020304), 2055, 5, 6, 7, 8, "collector", "source", "trace"),
        9,
        10,
        new Endpoint(
            SOURCE.high(), SOURCE.low(), 1111, 24, 64500, 0xaabbccL, 100, 10, new Nat(SOURCE, 7)),
        new Endpoint(
            DESTINATION.high(),
            DESTINATION.low(),
            443,
            48,
            64501,
            0xddeeffL,
            200,
            20,
            new Nat(Ip.v4(0x05060708), 8)),
        new Traffic(
            6,
            18,
            4,
            0x0801,
            12,
            13,
            Traffic.Direction.INGRESS,
            14,
            15,
            Ip.v4(0x090a0b0c),
            1,
            2,
            3,
            sampling),
        1,
        extra.getBytes(StandardCharsets.UTF_8),
        new Enrichment(
            new Geo("DE", "Jena", 50, 11, "Europe/Berlin"),
            new Geo("US", "Ames", 42, -93, "America/Chicago"),
            new AutonomousSystem(64500, "Source Org"),
            new AutonomousSystem(64501, "Destination Org"),
            List.of(
                match(ThreatMatch.Side.SOURCE, SOURCE.toString()),
                match(ThreatMatch.Side.DOMAIN, "bad.example")),
            60,
            List.of("reason"),
            Enrichment.Direction.INBOUND));
  }

  private static ThreatMatch match(ThreatMatch.Side side, String value) {
    return new ThreatMatch(side, value, value, "c2", 90, "feed.csv");
  }

  private static String document(Event event) {
    return new String(EventJson.write("acme", event), StandardCharsets.UTF_8);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> members(Event event) throws Exception {
    return (Map<String, Object>) Objects.requireNonNull(JsonTree.parse(document(event)));
  }

  private static Event without(Event event, String... fields) {
    return new Redaction(_ -> Set.of(fields)).apply("acme", event);
  }

  static List<Protocol> protocols() {
    return List.of(Protocol.NETFLOW_V9, Protocol.FLOW_JSON);
  }

  /** Each member of the document either goes when its name is redacted, or is refused as a name. */
  @ParameterizedTest
  @MethodSource("protocols")
  void everyMemberOfADocumentCanBeTakenOutOrIsRefused(Protocol protocol) throws Exception {
    var event = full(protocol, "");
    var refused = new TreeSet<String>();
    for (var name : members(event).keySet()) {
      if (Redaction.problem(name, _ -> false).isPresent()) {
        refused.add(name);
      } else {
        var left = members(without(event, name));
        var value = left.get(name);
        boolean isEmpty =
            value == null
                || value.equals(List.of())
                || value.equals(Map.of("matches", List.of()))
                || value.equals(Map.of("matched", false, "matches", List.of()));
        assertThat(isEmpty).as(name + " of " + left).isTrue();
      }
    }

    assertThat(refused)
        .containsExactlyInAnyOrder(
            "@timestamp",
            "_enqueued_ts",
            "_enriched",
            "_processed_at",
            "_source",
            "asn",
            "end",
            "geo",
            "id",
            "kind",
            "quirks",
            "received",
            "risk_10",
            "risk_score",
            "start",
            "tags",
            "tenant",
            "ts",
            "type");
  }

  @Test
  void anAddressIsGoneFromEveryPlaceAndWhatWasDerivedStays() {
    var event =
        full(
            Protocol.FLOW_JSON,
            "\"client\":\"198.51.100.77\",\"v6\":\"2001:DB8:0::88\",\"other\":\"192.0.2.1\","
                + "\"list\":[\"192.0.2.1\",\"198.51.100.77\",{\"a\":\"198.51.100.77\",\"b\":1}],"
                + "\"dataLinkFrameSection\":\"c633644d\",\"sent.src_ip\":\"198.51.100.9\"");

    var document = document(without(event, "src_ip", "dst_ip"));

    assertThat(document)
        .doesNotContain("198.51.100", "2001:db8::88", "2001:DB8:0::88", "c633644d", "community_id")
        .contains("\"src_geo\":{\"country\":\"DE\"", "\"risk_score\":60", "\"c2\"")
        .contains("\"other\":\"192.0.2.1\",\"list\":[\"192.0.2.1\",{\"b\":1}]}")
        .contains("bad.example");
  }

  @Test
  void membersOfClientsGoByNameAtAnyDepth() {
    var extra =
        "\"user\":\"ada\",\"deep\":{\"user\":{\"x\":1},\"kept\":[{\"user\":2,\"y\":3},[]]},"
            + "\"\\u0075ser\":\"escaped\",\"username\":\"bob\",\"user.hex\":\"00ff\"";

    var left = without(full(Protocol.FLOW_JSON, extra), "extra.user");

    assertThat(new String(left.extra(), StandardCharsets.UTF_8))
        .isEqualTo("\"deep\":{\"kept\":[{\"y\":3},[]]},\"username\":\"bob\"");
    assertThat(document(left)).doesNotContain("bad.example");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"a\":", "\"a\":{\"b\":1", "\"a\" 1", "x", "\"a\":[1,,2}", "\"a\":1 \"b\":2"})
  void whatCannotBeReadIsNotKept(String extra) {
    assertThat(without(full(Protocol.FLOW_JSON, extra), "extra.user").extra()).isEmpty();
  }

  @Test
  void membersNestedTooDeeplyAreNotKept() {
    var deep = "\"a\":" + "[".repeat(100_000) + "]".repeat(100_000);

    assertThat(without(full(Protocol.FLOW_JSON, deep), "extra.user").extra()).isEmpty();
  }

  @Test
  void withoutRedactedFieldsNothingIsTouched() {
    var random = new Events(3);
    var step = new Redaction(tenant -> tenant.equals("acme") ? Set.of("src_ip") : Set.of());
    var event = random.event(random.origin());

    assertThat(step.apply("other", event)).isSameAs(event);
    assertThat(step.forTenant("other")).isSameAs(Step.NOTHING);
  }

  @Test
  void aChangeCountsForTheNextBatch() {
    var fields = new AtomicReference<>(Set.of("src_port"));
    var step = new Redaction(_ -> fields.get());
    var event = full(Protocol.FLOW_JSON, "");
    assertThat(step.apply("acme", event).source().port()).isEqualTo(Event.ABSENT);

    fields.set(Set.of("dst_port"));

    assertThat(step.apply("acme", event).source().port()).isEqualTo(1111);
    assertThat(step.apply("acme", event).destination().port()).isEqualTo(Event.ABSENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"community_id", "srcip", "", " ", "a b", "extra.", "extra.\"", "password"})
  void aNameThatNothingHasIsRefused(String name) {
    assertThat(Redaction.problem(name, "applicationName"::equals)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"src_ip", "ti", "applicationName", "extra.password", "extra.id.orig_h"})
  void aNameThatSomethingCanHaveIsTaken(String name) {
    assertThat(Redaction.problem(name, "applicationName"::equals)).isEmpty();
  }
}
