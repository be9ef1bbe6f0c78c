package io.penstock.destination;

import static io.penstock.destination.ElasticKit.sink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.penstock.backend.OpenSearchNode;
import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.destination.ElasticSetup.Outcome;
import io.penstock.destination.ElasticSetup.Step;
import io.penstock.event.Event;
import io.penstock.json.JsonTree;
import io.penstock.shape.Schema;
import io.penstock.shape.Selection;
import io.penstock.shape.Shapes;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sink against a real OpenSearch node. */
class ElasticSinkTest {

  /** Bulks of about a quarter of a MiB are rejected for pressure, those of one are too large. */
  private static final String[] SMALL = {
    "indexing_pressure.memory.limit=256kb", "http.max_content_length=1mb"
  };

  @SuppressWarnings("NullAway.Init") // Started before all tests.
  private static OpenSearchNode node;

  private final List<Sink> open = new ArrayList<>();

  @BeforeAll
  static void start() {
    node = OpenSearchNode.start(SMALL);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void close() {
    open.forEach(Sink::close);
  }

  private ElasticSink opened(ElasticSink sink) {
    open.add(sink);
    return sink;
  }

  private ElasticSink plain(String index) {
    return opened(sink(node.uri(), index, Naming.PLAIN));
  }

  private static String name() {
    return "t-" + UUID.randomUUID();
  }

  private static void ask(String method, String path, String body) throws Exception {
    var reply = node.send(method, path, body);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
  }

  private static @Nullable Object found(String path, String... names) throws Exception {
    Object at = JsonTree.parse(node.get(path).body());
    for (var next : names) {
      at = at instanceof Map<?, ?> map ? map.get(next) : null;
    }
    return at;
  }

  /** Ids in an index, or in those of a pattern. */
  private static List<String> ids(String index) throws Exception {
    node.send("POST", "/" + index + "/_refresh", "");
    var ids = new ArrayList<String>();
    if (found("/" + index + "/_search?size=10000&_source=false", "hits", "hits")
        instanceof List<?> hits) {
      for (var hit : hits) {
        ids.add(hit instanceof Map<?, ?> members ? String.valueOf(members.get("_id")) : "none");
      }
    }
    return ids;
  }

  private static List<String> ids(List<Event> flows) {
    return flows.stream().map(Flows::id).toList();
  }

  private static Taken taken(Delivery delivery) {
    assertThat(delivery).isInstanceOf(Taken.class);
    return (Taken) delivery;
  }

  private static Later pause(Delivery delivery) {
    var pause = taken(delivery).pause();
    if (pause == null) {
      throw new AssertionError("nothing is to be sent again");
    }
    return pause;
  }

  @Nested
  class OnOneIndex extends Contract {
    OnOneIndex() {
      super(Naming.PLAIN, false);
    }
  }

  @Nested
  class OnDailyIndices extends Contract {
    OnDailyIndices() {
      super(Naming.DAILY, true);
    }
  }

  @Nested
  class OnADataStream extends Contract {
    OnADataStream() {
      super(Naming.DATA_STREAM, false);
    }
  }

  /** The node is down for whoever comes through a relay. */
  abstract static class Contract extends SinkContract {

    private final Naming naming;
    private final boolean gzip;

    Contract(Naming naming, boolean gzip) {
      this.naming = naming;
      this.gzip = gzip;
    }

    @Override
    protected List<Trait> traits() {
      return List.of(Trait.KNOWS_WHO_SENDS);
    }

    @Override
    protected Stand stand() throws Exception {
      var relay = new Relay(node.port());
      var index = name();
      var gate =
          ScriptedNode.answering(
              401, "{\"error\":{\"type\":\"security_exception\"},\"status\":401}");
      var stand =
          new Stand() {

            @Override
            public ElasticSink sink() {
              return ElasticKit.sink(
                  relay.uri(), Map.of("index", index, "naming", naming.name(), "gzip", gzip));
            }

            // A node with security would be one more; this one answers as it does.
            @Override
            public Sink stranger() {
              return ElasticKit.sink(gate.uri(), Map.of("index", index, "api_key", "not:ours"));
            }

            @Override
            public List<String> arrived() throws Exception {
              return ids(naming == Naming.DAILY ? index + "-*" : index);
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
              gate.close();
            }
          };
      try (var sink = stand.sink()) {
        sink.install();
      }
      return stand;
    }
  }

  @Test
  void whatIsSentAgainIsADuplicateAndThereOnce() throws Exception {
    var index = name();
    var sink = plain(index);
    var flows = Flows.of(20);

    taken(sink.send(Flows.batch(sink, flows.subList(0, 12))));
    var again = taken(sink.send(Flows.batch(sink, flows)));

    assertThat(again.duplicates()).isEqualTo(12);
    assertThat(again.refused()).isEmpty();
    assertThat(again.later().isEmpty()).isTrue();
    assertThat(ids(index)).containsExactlyInAnyOrderElementsOf(ids(flows));
  }

  @Test
  void aDocumentThatDoesNotFitTheMappingIsRefusedAndTheOthersArrive() throws Exception {
    var index = name();
    ask("PUT", "/" + index, "{\"mappings\":{\"properties\":{\"service\":{\"type\":\"long\"}}}}");
    var sink = plain(index);
    var flows = Flows.of(30);

    var delivery = taken(sink.send(Flows.batch(sink, flows)));

    assertThat(delivery.refused())
        .isNotEmpty()
        .hasSizeLessThan(30)
        .allSatisfy(
            refusal -> {
              assertThat(refusal.reason()).isEqualTo("mapper_parsing_exception");
              assertThat(refusal.answer().code()).isEqualTo(400);
              assertThat(refusal.answer().text())
                  .contains("failed to parse field [service] of type [long]", "dns");
            });
    var refused = delivery.refused().stream().map(Refusal::index).toList();
    assertThat(refused).allSatisfy(i -> assertThat(flows.get(i).extra()).isNotEmpty());
    assertThat(ids(index)).hasSize(30 - refused.size());
  }

  @Test
  void aStrictMappingRefusesWhatItDoesNotKnow() throws Exception {
    var index = name();
    ask("PUT", "/" + index, "{\"mappings\":{\"dynamic\":\"strict\"}}");
    var sink = plain(index);

    var delivery = taken(sink.send(Flows.batch(sink, Flows.of(3))));

    assertThat(delivery.refused())
        .extracting(Refusal::reason)
        .containsOnly("strict_dynamic_mapping_exception")
        .hasSize(3);
  }

  @Test
  void anIndexThatIsBlockedHoldsItsEventsUntilItIsNot() throws Exception {
    var index = name();
    var sink = plain(index);
    taken(sink.send(Flows.batch(sink, Flows.of(1))));
    var batch = Flows.batch(sink, Flows.of(10));
    ask("PUT", "/" + index + "/_settings", "{\"index.blocks.write\":true}");

    var blocked = sink.send(batch);
    ask("PUT", "/" + index + "/_settings", "{\"index.blocks.write\":null}");
    var free = taken(sink.send(batch));

    assertThat(taken(blocked).later().cardinality()).isEqualTo(10);
    assertThat(pause(blocked).cause()).isEqualTo(Cause.CONFIGURATION);
    assertThat(pause(blocked).answer().text()).contains("cluster_block_exception", "FORBIDDEN/8");
    assertThat(free.refused()).isEmpty();
    assertThat(ids(index)).hasSize(10);
  }

  @Test
  void anIndexThatMayNotBeMadeHoldsItsEventsForAWhile() throws Exception {
    var index = "absent-" + name();
    var sink = plain(index);
    var batch = Flows.batch(sink, Flows.of(2));
    setting("action.auto_create_index", "\"-absent-*,+*\"");
    try {
      var first = sink.send(batch);
      var last = taken(sink.send(Flows.again(batch, BulkVerdict.INDEX_ATTEMPTS)));

      assertThat(pause(first).cause()).isEqualTo(Cause.CONFIGURATION);
      assertThat(pause(first).answer().text()).contains("index_not_found_exception");
      assertThat(last.refused())
          .extracting(Refusal::reason)
          .containsExactly("index_not_found_exception", "index_not_found_exception");
    } finally {
      setting("action.auto_create_index", "null");
    }
  }

  @Test
  void aClusterWithoutRoomForShardsHoldsItsEvents() throws Exception {
    var sink = plain(name());
    setting("cluster.max_shards_per_node", "1");
    try {
      taken(sink.send(Flows.batch(sink, Flows.of(1))));
      var other = plain(name());

      var full = other.send(Flows.batch(other, Flows.of(2)));

      assertThat(taken(full).later().cardinality()).isEqualTo(2);
      assertThat(pause(full).cause()).isEqualTo(Cause.CONFIGURATION);
      assertThat(pause(full).answer().text()).contains("maximum");
    } finally {
      setting("cluster.max_shards_per_node", "null");
    }
  }

  private static void setting(String name, String value) throws Exception {
    ask("PUT", "/_cluster/settings", "{\"persistent\":{\"" + name + "\":" + value + "}}");
  }

  /** A batch of so many bytes at least. */
  private static Batch bytes(Sink sink, int bytes) {
    var flows = new ArrayList<Event>();
    int size = 0;
    for (var flow : Flows.of(5000)) {
      flows.add(flow);
      size += Flows.batch(sink, List.of(flow)).byteCount();
      if (size >= bytes) {
        return Flows.batch(sink, flows);
      }
    }
    throw new AssertionError("not enough flows");
  }

  @Test
  void aNodeUnderPressureIsBusyAndTakesLess() throws Exception {
    var index = name();
    var sink = plain(index);

    var much = sink.send(bytes(sink, 400_000));
    var little = taken(sink.send(bytes(sink, 50_000)));

    assertThat(much)
        .isInstanceOfSatisfying(
            Later.class,
            later -> {
              assertThat(later.cause()).isEqualTo(Cause.BUSY);
              assertThat(later.answer().code()).isEqualTo(429);
              assertThat(later.answer().text()).contains("rejected_execution_exception");
              assertThat(later.pause()).isNull();
            });
    assertThat(little.refused()).isEmpty();
    assertThat(little.later().isEmpty()).isTrue();
  }

  @Test
  void aBodyThatIsTooLargeIsToBeSplit() throws Exception {
    var sink = plain(name());

    assertThat(sink.send(bytes(sink, 1_200_000)))
        .isInstanceOfSatisfying(
            Split.class, split -> assertThat(split.reason()).isEqualTo(Split.TOO_LARGE));
  }

  @Test
  void linesThatAreNoActionsAreToBeSplit() throws Exception {
    var sink = plain(name());
    var batch = new Batch.Builder(Flows.TENANT, 100);
    batch.add((_, _, out) -> out.put("{\"nonsense\":{}}\n{}\n"), Flows.of(1).getFirst());

    assertThat(sink.send(batch.build()))
        .isInstanceOfSatisfying(
            Split.class,
            split -> {
              assertThat(split.reason()).isEqualTo("malformed");
              assertThat(split.answer().text()).contains("illegal_argument_exception");
            });
  }

  @Test
  void aDataStreamIsMadeByItsTemplate() throws Exception {
    var index = name();
    var sink = opened(sink(node.uri(), index, Naming.DATA_STREAM));
    sink.install();

    taken(sink.send(Flows.batch(sink, Flows.of(5))));
    var again = taken(sink.send(Flows.batch(sink, Flows.of(5))));

    assertThat(again.duplicates()).isEqualTo(5);
    assertThat(String.valueOf(found("/_data_stream/" + index, "data_streams")))
        .contains("template=penstock-" + index);
  }

  @Test
  void aDocumentWithoutATimeStampGetsOneInADataStream() throws Exception {
    var index = name();
    var config =
        ElasticKit.config(List.of(node.uri()), Map.of("index", index, "naming", "data_stream"));
    try (var sink =
        ElasticKit.sink(
            config, (_, event, out) -> out.put("{\"n\":" + event.kind().ordinal() + "}"))) {
      sink.install();

      var delivery = taken(sink.send(Flows.batch(sink, Flows.of(5))));

      assertThat(delivery.refused()).isEmpty();
      assertThat(ids(index)).hasSize(5);
    }
  }

  @Test
  void eventsGoToTheIndexOfTheDayOfTheirReceipt() throws Exception {
    var index = name();
    var sink = opened(sink(node.uri(), index, Naming.DAILY));

    taken(sink.send(Flows.batch(sink, Flows.of(5))));

    assertThat(ids(index + "-2023.11.14")).hasSize(5);
  }

  @ParameterizedTest
  @EnumSource(Naming.class)
  void newIndicesGetOurMappings(Naming naming) throws Exception {
    var index = name();
    var sink = opened(sink(node.uri(), index, naming));

    var first = sink.install();
    var second = sink.install();
    var delivery = taken(sink.send(Flows.batch(sink, Flows.of(100))));

    assertThat(first.server()).isEqualTo("opensearch");
    assertThat(templates(first.steps())).containsExactly(Outcome.INSTALLED, Outcome.INSTALLED);
    assertThat(templates(second.steps())).containsExactly(Outcome.CURRENT, Outcome.CURRENT);
    assertThat(delivery.refused()).isEmpty();
    var mapping =
        node.get("/" + index + "*/_mapping/field/src_ip,start,bytes,@timestamp,service").body();
    assertThat(mapping)
        .contains("\"src_ip\":{\"type\":\"ip\"")
        .contains("\"start\":{\"type\":\"date_nanos\"")
        .contains("\"bytes\":{\"type\":\"long\"")
        .contains("\"@timestamp\":{\"type\":\"date\"")
        .contains("\"service\":{\"type\":\"keyword\"");
  }

  @ParameterizedTest
  @EnumSource(
      value = Schema.class,
      names = {"TELEMETRY", "ECS", "OCSF", "CIM"})
  void documentsOfEverySchemaFitTheirMappings(Schema schema) throws Exception {
    var index = name();
    var config =
        ElasticKit.config(List.of(node.uri()), Map.of("index", index, "naming", "data_stream"));
    var selection = new Selection(schema, null, Set.of(), Set.of(), 1);
    try (var sink = ElasticKit.sink(config, schema, () -> Shapes.of(selection))) {
      sink.install();

      for (int i = 0; i < 5; i++) {
        var flows = Flows.of(500).subList(100 * i, 100 * i + 100);
        assertThat(taken(sink.send(Flows.batch(sink, flows))).refused()).isEmpty();
      }
    }

    assertThat(ids(index)).hasSize(500);
    var ignored = node.get("/" + index + "/_search?q=_exists_:_ignored&size=1").body();
    assertThat(ignored).contains("\"total\":{\"value\":0,");
  }

  @Test
  void aSchemaThatIsNotJsonIsRefused() {
    var config = ElasticKit.config(List.of(node.uri()), Map.of());

    assertThatThrownBy(() -> ElasticKit.sink(config, Schema.GOFLOW2, () -> ElasticKit.DOCUMENT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMemberThatDoesNotFitOurMappingsDoesNotCostTheEvent() throws Exception {
    var index = name();
    var config = ElasticKit.config(List.of(node.uri()), Map.of("index", index, "naming", "plain"));
    var document =
        "{\"@timestamp\":\"2026-11-22T00:00:00Z\",\"src_ip\":\"not an address\",\"bytes\":99999999999999999999}";
    try (var sink = ElasticKit.sink(config, (_, _, out) -> out.put(document))) {
      sink.install();

      assertThat(taken(sink.send(Flows.batch(sink, Flows.of(1)))).refused()).isEmpty();
      assertThat(ids(index)).hasSize(1);
    }
  }

  private static List<Outcome> templates(List<Step> steps) {
    return steps.stream()
        .filter(step -> !step.part().equals("lifecycle"))
        .map(Step::outcome)
        .toList();
  }

  @Test
  void aNodeWithoutLifecyclesGetsTheRest() throws Exception {
    var result = opened(sink(node.uri(), name(), Naming.DAILY)).install();

    assertThat(result.isComplete()).isFalse();
    assertThat(result.steps())
        .extracting(Step::part, Step::outcome)
        .containsExactly(
            tuple("lifecycle", Outcome.FAILED),
            tuple("mappings", Outcome.INSTALLED),
            tuple("template", Outcome.INSTALLED));
  }

  @Test
  void templatesOfOthersStayAsTheyAre() throws Exception {
    var index = name();
    var path = "/_index_template/penstock-" + index;
    ask("PUT", path, "{\"index_patterns\":[\"" + index + "\"],\"priority\":7}");
    var before = node.get(path).body();

    var steps = opened(sink(node.uri(), index, Naming.PLAIN)).install().steps();

    assertThat(templates(steps)).containsExactly(Outcome.INSTALLED, Outcome.FOREIGN);
    assertThat(node.get(path).body()).isEqualTo(before);
  }

  @Test
  void whatANewerVersionHasInstalledStaysAndWhatIsConfiguredAnewIsWritten() throws Exception {
    var index = name();
    var path = "/_component_template/penstock-" + index;
    ask(
        "PUT",
        path,
        "{\"template\":{},\"_meta\":{\"managed_by\":\"penstock\",\"version\":2,\"digest\":\"x\"}}");
    var sink = opened(sink(node.uri(), index, Naming.PLAIN));

    assertThat(templates(sink.install().steps())).containsExactly(Outcome.NEWER, Outcome.INSTALLED);

    var streaming = opened(sink(node.uri(), index, Naming.DATA_STREAM));
    assertThat(templates(streaming.install().steps()))
        .containsExactly(Outcome.NEWER, Outcome.UPDATED);
    assertThat(node.get("/_index_template/penstock-" + index).body()).contains("\"data_stream\"");
  }
}
