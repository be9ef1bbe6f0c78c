package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.penstock.backend.ElasticsearchNode;
import io.penstock.destination.ElasticSetup.Outcome;
import io.penstock.destination.ElasticSetup.Step;
import io.penstock.json.JsonTree;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The sink against a real Elasticsearch node, which words some things its own way. */
class ElasticsearchSinkTest extends SinkContract {

  @SuppressWarnings("NullAway.Init") // Started before all tests, or there are none.
  private static ElasticsearchNode node;

  private static @Nullable ElasticsearchNode started;

  private final String index = "t-" + UUID.randomUUID();

  @BeforeAll
  static void start() throws Exception {
    assumeThat(ElasticsearchNode.problem()).as("Elasticsearch can be started here").isEmpty();
    started = ElasticsearchNode.start();
    node = started;
  }

  @AfterAll
  static void stop() throws IOException {
    if (started != null) {
      started.close();
    }
  }

  @Override
  protected List<Trait> traits() {
    return List.of(Trait.KNOWS_WHO_SENDS);
  }

  private ElasticSink sink(URI uri, String password, Map<String, Object> more) {
    var members = new HashMap<String, Object>(more);
    members.put("index", index);
    members.put("username", ElasticsearchNode.USER);
    members.put("password", password);
    members.putIfAbsent("naming", "plain");
    return ElasticKit.sink(uri, members);
  }

  private ElasticSink sink(Map<String, Object> more) {
    var uri = URI.create("http://127.0.0.1:" + node.port());
    return sink(uri, ElasticsearchNode.PASSWORD, more);
  }

  private List<String> ids() throws Exception {
    var ids = new ArrayList<String>();
    node.send("POST", "/" + index + "*/_refresh", "");
    var answer =
        node.send("GET", "/" + index + "*/_search?size=1000&filter_path=hits.hits._id", "").body();
    if (JsonTree.parse(answer) instanceof Map<?, ?> found
        && found.get("hits") instanceof Map<?, ?> outer
        && outer.get("hits") instanceof List<?> hits) {
      for (var hit : hits) {
        ids.add(hit instanceof Map<?, ?> members ? String.valueOf(members.get("_id")) : "none");
      }
    }
    return ids;
  }

  @Override
  protected Stand stand() throws Exception {
    var relay = new Relay(node.port());
    return new Stand() {

      @Override
      public Sink sink() {
        return ElasticsearchSinkTest.this.sink(
            relay.uri(), ElasticsearchNode.PASSWORD, Map.of("gzip", true));
      }

      @Override
      public Sink stranger() {
        return ElasticsearchSinkTest.this.sink(relay.uri(), "wrong-password", Map.of());
      }

      @Override
      public List<String> arrived() throws Exception {
        return ids();
      }

      @Override
      public void down() throws IOException {
        relay.cut();
      }

      @Override
      public void up() {
        relay.mend();
      }

      @Override
      public void close() throws IOException {
        relay.close();
      }
    };
  }

  @Test
  void whatIsSentAgainIsADuplicateAndWhatDoesNotFitIsRefused() throws Exception {
    node.send(
        "PUT", "/" + index, "{\"mappings\":{\"properties\":{\"service\":{\"type\":\"long\"}}}}");
    try (var sink = sink(Map.of())) {
      var batch = Flows.batch(sink, Flows.of(30));

      var first = (Taken) sink.send(batch);
      var second = (Taken) sink.send(batch);

      assertThat(first.refused())
          .isNotEmpty()
          .extracting(Refusal::reason)
          .containsOnly("document_parsing_exception");
      assertThat(first.duplicates()).isZero();
      assertThat(second.duplicates()).isEqualTo(30 - first.refused().size());
      assertThat(second.refused()).hasSameSizeAs(first.refused());
      assertThat(ids()).hasSize(second.duplicates());
    }
  }

  @Test
  void anIndexThatIsBlockedHoldsItsEventsUntilItIsNot() throws Exception {
    try (var sink = sink(Map.of())) {
      sink.send(Flows.batch(sink, Flows.of(1)));
      node.send("PUT", "/" + index + "/_settings", "{\"index.blocks.write\":true}");

      var blocked = (Taken) sink.send(Flows.batch(sink, Flows.of(4)));
      node.send("PUT", "/" + index + "/_settings", "{\"index.blocks.write\":null}");
      var free = (Taken) sink.send(Flows.batch(sink, Flows.of(4)));

      assertThat(blocked.later().cardinality()).isEqualTo(4);
      assertThat(blocked.pause())
          .isNotNull()
          .extracting(Later::cause)
          .isEqualTo(Cause.CONFIGURATION);
      assertThat(free.later().isEmpty()).isTrue();
    }
  }

  @Test
  void itIsKnownByItsVersionAndGetsOurTemplates() throws Exception {
    try (var sink = sink(Map.of("naming", "daily", "retention_days", 0L))) {
      var first = sink.install();
      var second = sink.install();
      var delivery = (Taken) sink.send(Flows.batch(sink, Flows.of(100)));

      assertThat(first.server()).isEqualTo("elasticsearch");
      assertThat(first.steps())
          .extracting(Step::outcome)
          .containsExactly(Outcome.INSTALLED, Outcome.INSTALLED);
      assertThat(second.steps())
          .extracting(Step::outcome)
          .containsExactly(Outcome.CURRENT, Outcome.CURRENT);
      assertThat(delivery.refused()).isEmpty();
      assertThat(node.send("GET", "/" + index + "-*/_mapping/field/src_ip", "").body())
          .contains("\"type\":\"ip\"");
    }
  }
}
