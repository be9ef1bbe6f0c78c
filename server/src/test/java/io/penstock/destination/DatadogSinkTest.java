package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Secret;
import io.penstock.destination.PostReceiver.Asked;
import io.penstock.destination.PostReceiver.Said;
import io.penstock.destination.SinkConfig.Read.Sound;
import io.penstock.dial.Dialer;
import io.penstock.dial.Tls;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.shape.Schema;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatadogSinkTest {

  private static final String KEY = "0123456789abcdef0123456789abcdef";

  private final Dialer dialer = Reach.dialer();

  @AfterEach
  void hangUp() {
    dialer.close();
  }

  @Nested
  class Packed extends Contract {}

  @Nested
  class Plain extends Contract {
    @Override
    boolean isPacked() {
      return false;
    }
  }

  /** An intake that holds to every limit that Datadog's documentation names. */
  abstract static class Contract extends SinkContract {

    boolean isPacked() {
      return true;
    }

    @Override
    protected List<Trait> traits() {
      return List.of(Trait.KNOWS_WHO_SENDS);
    }

    @Override
    protected Stand stand() throws IOException {
      var ids = new CopyOnWriteArrayList<String>();
      var receiver = new PostReceiver(asked -> intake(asked, ids));
      var dialer = Reach.dialer();
      return new Stand() {

        @Override
        public Sink sink() {
          return open(receiver.uri("/api/v2/logs"), KEY, isPacked(), Reach.DOCUMENTS, dialer);
        }

        @Override
        public Sink stranger() {
          return open(receiver.uri("/api/v2/logs"), "expired", isPacked(), Reach.DOCUMENTS, dialer);
        }

        @Override
        public List<String> arrived() {
          return ids;
        }

        @Override
        public void down() {
          receiver.down();
        }

        @Override
        public void up() throws IOException {
          receiver.up();
        }

        @Override
        public void close() {
          receiver.close();
          dialer.close();
        }
      };
    }
  }

  private static Said intake(Asked asked, List<String> ids) {
    if (!asked.header("DD-API-KEY").equals(KEY)) {
      return new Said(403, "{\"errors\":[{\"status\":\"403\",\"title\":\"Forbidden\"}]}");
    }
    if (asked.body().length > 5_000_000) {
      return new Said(413, "{\"errors\":[{\"status\":\"413\",\"title\":\"Payload too large\"}]}");
    }
    try {
      var taken = logs(asked);
      taken.forEach(log -> ids.add(String.valueOf(log.get("event_id"))));
      return new Said(202, "{}");
    } catch (MalformedJsonException | IllegalArgumentException e) {
      return new Said(400, "{\"errors\":[{\"detail\":\"" + e.getMessage() + "\"}]}");
    }
  }

  /** The logs of a body of which nothing would be cut or left out. */
  private static List<Map<?, ?>> logs(Asked asked) throws MalformedJsonException {
    demand(asked.method().equals("POST"), "method");
    demand(asked.header("Content-Type").equals("application/json"), "type");
    demand(JsonTree.parse(asked.body()) instanceof List<?>, "no array");
    var logs = new ArrayList<Map<?, ?>>();
    if (JsonTree.parse(asked.body()) instanceof List<?> list) {
      demand(!list.isEmpty() && list.size() <= 1_000, "entries");
      for (var item : list) {
        if (item instanceof Map<?, ?> log) {
          demand(log.get("message") instanceof String text && !text.isBlank(), "message");
          demand(log.get("ddsource") instanceof String, "ddsource");
          demand(log.get("ddtags") instanceof String, "ddtags");
          demand(log.get("service") instanceof String, "service");
          demand(log.get("timestamp") instanceof Long, "timestamp");
          demand(log.get("event") instanceof Map<?, ?>, "event");
          logs.add(log);
        }
      }
      demand(logs.size() == list.size(), "no object");
    }
    return logs;
  }

  private static void demand(boolean isThere, String what) {
    if (!isThere) {
      throw new IllegalArgumentException(what);
    }
  }

  private static DatadogConfig config(URI url, String key, boolean gzip) {
    return new DatadogConfig(
        url, new Secret(key), "flows", Map.of("env", "prod, eu", "a", "b"), Tls.DEFAULT, gzip);
  }

  private static Sink open(
      URI url, String key, boolean gzip, Supplier<Shape> documents, Dialer dialer) {
    return open(url, key, gzip, Selection.ALL, documents, dialer);
  }

  private static Sink open(
      URI url,
      String key,
      boolean gzip,
      Selection selection,
      Supplier<Shape> documents,
      Dialer dialer) {
    try {
      return new DatadogSink(config(url, key, gzip), selection, documents, dialer);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Delivery answered(Said said) throws Exception {
    try (var receiver = new PostReceiver(_ -> said);
        var sink = open(receiver.uri("/"), KEY, true, Reach.DOCUMENTS, dialer)) {
      return sink.send(Flows.batch(sink, Flows.of(3)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "401,CREDENTIALS",
    "403,CREDENTIALS",
    "404,CONFIGURATION",
    "408,BUSY",
    "429,BUSY",
    "500,FAILING",
    "503,BUSY"
  })
  void whatIsNotAboutTheEventsIsSentAgain(int status, Cause cause) throws Exception {
    assertThat(answered(new Said(status, "{\"errors\":[]}")))
        .isInstanceOfSatisfying(Later.class, later -> assertThat(later.cause()).isEqualTo(cause));
  }

  @ParameterizedTest
  @CsvSource({"400,refused", "413,payload_too_large"})
  void whatMayBeAboutAnEventIsHalved(int status, String reason) throws Exception {
    assertThat(answered(new Said(status, "{\"errors\":[]}")))
        .isInstanceOfSatisfying(Split.class, split -> assertThat(split.reason()).isEqualTo(reason));
  }

  @Test
  void aPageOfSomebodyElseIsNoSuccess() throws Exception {
    assertThat(answered(new Said(200, "<html><body>Please log in</body></html>")))
        .isInstanceOfSatisfying(
            Later.class,
            later -> {
              assertThat(later.cause()).isEqualTo(Cause.FAILING);
              assertThat(later.answer().text()).contains("proxy", "Please log in");
            });
  }

  @Test
  void aLogThatTheIntakeWouldCutIsRefusedAndTheOthersArrive() throws Exception {
    var flows = Flows.of(3);
    var large = "\"" + "x".repeat(1_000_000) + "\"";
    Supplier<Shape> documents =
        () ->
            (_, event, out) ->
                out.put(
                    "{\"of\":" + (event.equals(flows.get(1)) ? large : "\"normal size\"") + "}");
    var ids = new CopyOnWriteArrayList<String>();
    try (var receiver = new PostReceiver(asked -> intake(asked, ids));
        var sink = open(receiver.uri("/"), KEY, true, documents, dialer)) {
      var delivery = sink.send(Flows.batch(sink, flows));
      var alone = sink.send(Flows.batch(sink, flows.subList(1, 2)));

      assertThat(delivery)
          .isInstanceOfSatisfying(
              Taken.class,
              taken -> {
                assertThat(taken.refused()).hasSize(1);
                assertThat(taken.refused().getFirst().index()).isOne();
                assertThat(taken.refused().getFirst().reason()).isEqualTo(Split.TOO_LARGE);
              });
      assertThat(ids).containsExactly(Flows.id(flows.get(0)), Flows.id(flows.get(2)));
      assertThat(alone)
          .isInstanceOfSatisfying(Taken.class, taken -> assertThat(taken.refused()).hasSize(1));
      assertThat(receiver.asked).hasSize(1);
    }
  }

  @Test
  void whatIsRefusedHereIsOnlyToldWithWhatArrived() throws Exception {
    Supplier<Shape> documents =
        () ->
            (_, event, out) ->
                out.put("{\"of\":\"" + "x".repeat(event.idLow() % 2 == 0 ? 1 : 1_000_000) + "\"}");
    var flows = Flows.of(30);
    try (var receiver = new PostReceiver(_ -> new Said(503, ""));
        var sink = open(receiver.uri("/"), KEY, true, documents, dialer)) {
      var mixed = new ArrayList<Event>();
      mixed.add(flows.stream().filter(f -> f.idLow() % 2 == 0).findFirst().orElseThrow());
      mixed.add(flows.stream().filter(f -> f.idLow() % 2 != 0).findFirst().orElseThrow());

      assertThat(sink.send(Flows.batch(sink, mixed))).isInstanceOf(Later.class);
    }
  }

  @Test
  void theIntakesLimitsAreKept() throws Exception {
    var words = ("\"" + "x".repeat(97) + "\",").repeat(9_000);
    Supplier<Shape> documents = () -> (_, _, out) -> out.put("{\"of\":[" + words + "1]}");
    var ids = new CopyOnWriteArrayList<String>();
    try (var receiver = new PostReceiver(asked -> intake(asked, ids));
        var sink = open(receiver.uri("/"), KEY, true, documents, dialer)) {
      var limits = sink.limits();
      // As the shipper fills a batch: it ends with the event that reaches the limit.
      int fit = limits.batchBytes() / 900_000 + 1;

      assertThat(sink.send(Flows.batch(sink, Flows.of(fit)))).isInstanceOf(Taken.class);
      assertThat(sink.send(Flows.batch(sink, Flows.of(6))))
          .isInstanceOfSatisfying(
              Split.class, split -> assertThat(split.reason()).isEqualTo(Split.TOO_LARGE));
      assertThat(limits.batchEvents()).isEqualTo(1_000);
      assertThat(receiver.asked).hasSize(1);
    }
  }

  @Test
  void aLogSaysWhatDatadogHasNamesFor() throws Exception {
    var flow =
        Flows.of(100).stream()
            .filter(f -> f.source().hasIp() && !f.origin().exporter().equals(Ip.NONE))
            .findFirst()
            .orElseThrow();

    var log = log(flow, Selection.ALL);

    assertThat(log.get("ddsource")).isEqualTo("penstock");
    assertThat(log.get("service")).isEqualTo("flows");
    assertThat(log.get("ddtags")).isEqualTo("tenant:acme,a:b,env:prod_eu");
    assertThat(log.get("hostname")).isEqualTo(flow.origin().exporter().toString());
    assertThat(log.get("timestamp")).isEqualTo(Math.floorDiv(flow.startNanos(), 1_000_000));
    assertThat(String.valueOf(log.get("message"))).contains(flow.source().ip().toString());
    assertThat(log.get("event"))
        .isInstanceOfSatisfying(
            Map.class, event -> assertThat(event.get("id")).isEqualTo(Flows.id(flow)));
  }

  @Test
  void nothingBesideTheDocumentTellsWhatIsRedacted() throws Exception {
    var flow = Flows.of(1).getFirst();
    var source = flow.source().ip().toString();
    for (var schema : List.of(Schema.TELEMETRY, Schema.ECS)) {
      var selection = new Selection(schema, null, Set.of(), Set.of("src_ip", "exporter"), 1);

      var log = new HashMap<Object, @Nullable Object>(log(flow, selection));

      log.remove("event");
      assertThat(log.toString())
          .doesNotContain(source, flow.origin().exporter().toString())
          .contains("network flow");
    }
  }

  private Map<?, ?> log(Event event, Selection selection) throws Exception {
    try (var receiver = new PostReceiver(_ -> new Said(202, "{}"));
        var sink = open(receiver.uri("/"), KEY, true, selection, Reach.DOCUMENTS, dialer)) {
      sink.send(Flows.batch(sink, List.of(event)));
      return logs(receiver.asked.getFirst()).getFirst();
    }
  }

  @Test
  void theSiteDecidesWhereTheIntakeIs() {
    var posted = new HashMap<String, @Nullable Object>();
    posted.put("api_key", KEY);
    posted.put("site", "datadoghq.eu");

    assertThat(SinkConfig.read("datadog", posted))
        .isInstanceOfSatisfying(
            Sound.class,
            sound ->
                assertThat(((DatadogConfig) sound.config().destination()).url())
                    .hasToString("https://http-intake.logs.datadoghq.eu/api/v2/logs"));
    posted.put("site", "evil.example/x?");
    assertThat(SinkConfig.read("datadog", posted)).isNotInstanceOf(Sound.class);
  }
}
