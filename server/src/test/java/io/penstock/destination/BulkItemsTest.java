package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.dial.Tls;
import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.json.JsonTree;
import io.penstock.sink.Flows;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BulkItemsTest {

  private static ElasticConfig config(Naming naming) {
    return new ElasticConfig(
        List.of(URI.create("http://localhost")),
        "events",
        naming,
        null,
        null,
        null,
        null,
        30,
        Tls.DEFAULT,
        false);
  }

  /** The lines of an event whose document is a text. */
  private static List<String> lines(Naming naming, Event event, String document) {
    var out = new ByteOutput(16);
    out.put("before");
    new BulkItems(config(naming), (_, _, to) -> to.put(document)).write("acme", event, out);
    var text = new String(out.toBytes(), StandardCharsets.UTF_8);
    assertThat(text).startsWith("before{\"create\"").endsWith("}\n");
    return text.substring("before".length()).lines().toList();
  }

  private static Event received(String time) {
    var event = Flows.of(1).getFirst();
    var origin =
        new Origin(
            Protocol.IPFIX, Ip.NONE, 0, 0, 0, 0, Nanos.of(Instant.parse(time)), null, null, null);
    return new Event(
        event.idHigh(),
        event.idLow(),
        event.kind(),
        origin,
        Nanos.of(Instant.parse("2026-11-22T10:00:00.5Z")),
        event.endNanos(),
        event.source(),
        event.destination(),
        event.traffic(),
        0,
        Event.NO_EXTRA,
        null);
  }

  @Test
  void theActionCreatesADocumentWithTheIdOfTheEvent() {
    for (var event : Flows.of(20)) {
      assertThat(lines(Naming.PLAIN, event, "{\"a\":1}"))
          .containsExactly("{\"create\":{\"_id\":\"" + Flows.id(event) + "\"}}", "{\"a\":1}");
    }
  }

  @Test
  void aDailyIndexIsOfTheDayOfReceiptInUtc() {
    assertThat(lines(Naming.DAILY, received("2026-11-22T23:59:59.999Z"), "{}").getFirst())
        .endsWith("\",\"_index\":\"events-2026.11.22\"}}");
    assertThat(lines(Naming.DAILY, received("2026-11-23T00:00:00Z"), "{}").getFirst())
        .endsWith("\",\"_index\":\"events-2026.11.23\"}}");
  }

  @Test
  void oneWriterWritesTheDaysOfItsEvents() {
    var items = new BulkItems(config(Naming.DAILY), (_, _, to) -> to.put("{}"));
    var out = new ByteOutput(16);
    for (var time :
        List.of("2026-01-01T00:00:00Z", "2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z")) {
      items.write("acme", received(time), out);
    }

    assertThat(new String(out.toBytes(), StandardCharsets.UTF_8))
        .containsSubsequence("events-2026.01.01", "events-2025.12.31", "events-2026.01.01");
  }

  @Test
  void membersWithNamesOfTheServersOwnAreRenamed() {
    assertThat(
            lines(
                Naming.PLAIN,
                Flows.of(1).getFirst(),
                "{\"_source\":\"x\",\"_id\":1,\"_enriched\":true,\"a\":{\"_id\":2},\"b\":[{\"_id\":3}],"
                    + "\"c\":\"\\\"_id\\\":4\",\"d\":\"_id\",\"_idx\":5,\"_seq_no\":6}"))
        .last()
        .isEqualTo(
            "{\"source_\":\"x\",\"id_\":1,\"_enriched\":true,\"a\":{\"_id\":2},\"b\":[{\"_id\":3}],"
                + "\"c\":\"\\\"_id\\\":4\",\"d\":\"_id\",\"_idx\":5,\"seq_no_\":6}");
  }

  @Test
  void documentsOfADataStreamHaveATimestamp() {
    var event = received("2026-11-22T12:00:00Z");

    assertThat(lines(Naming.DATA_STREAM, event, "{\"time\":1}"))
        .last()
        .isEqualTo("{\"@timestamp\":\"2026-11-22T10:00:00.500Z\",\"time\":1}");
    assertThat(lines(Naming.DATA_STREAM, event, "{}"))
        .last()
        .isEqualTo("{\"@timestamp\":\"2026-11-22T10:00:00.500Z\"}");
    assertThat(lines(Naming.DATA_STREAM, event, "{\"@timestamp\":\"2026\"}"))
        .last()
        .isEqualTo("{\"@timestamp\":\"2026\"}");
    assertThat(lines(Naming.PLAIN, event, "{\"time\":1}")).last().isEqualTo("{\"time\":1}");
  }

  private static Map<Object, Object> members(String document) throws Exception {
    return JsonTree.parse(document) instanceof Map<?, ?> members
        ? new HashMap<>(members)
        : Map.of();
  }

  @Test
  void ourOwnDocumentsAreAsTheyWereButForOneName() throws Exception {
    for (var event : Flows.of(200)) {
      var document = new String(EventJson.write("acme", event), StandardCharsets.UTF_8);

      var written = members(lines(Naming.DATA_STREAM, event, document).getLast());

      var expected = members(document);
      if (expected.containsKey("_source")) {
        expected.put("source_", expected.remove("_source"));
      }
      assertThat(written).isEqualTo(expected);
    }
  }
}
