package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.backend.OpenSearchNode;
import io.penstock.backend.UnrulyProxy;
import io.penstock.backend.UnrulyProxy.Mood;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything that can happen between a server and an OpenSearch node happens while flows are
 * posted: the way is cut, slow, resets, swallows answers, lies; the node refuses some events; both
 * are killed. In the end each event is in the node once, or in the dead letters.
 */
class OutageDrillTest {

  /** Flows of a post; one of them, now and then, is one that the node refuses. */
  private static final int POST = 20;

  private static final Duration LONG = Duration.ofMinutes(2);

  /** Rounds of all moods; the long form is for {@code ./dev drill}. */
  private static final int ROUNDS = Integer.getInteger("drill.rounds", 1);

  @TempDir Path data;
  private final HttpClient client = HttpClient.newHttpClient();
  private final TreeSet<Integer> posted = new TreeSet<>();
  private final TreeSet<Integer> poisoned = new TreeSet<>();
  private int next;

  @Test
  void whateverHappensEachEventIsThereOnceOrAmongTheDeadLetters() throws Exception {
    try (var node = OpenSearchNode.start();
        var proxy = new UnrulyProxy(node::port)) {
      var environment =
          Map.of("ELASTIC_URL", "http://127.0.0.1:" + proxy.port(), "TELEMETRY_DLQ_DIR", dlq());
      var server = ServerProcess.start(data, environment);
      try {
        post(server);
        awaitShipped(server);
        for (int round = 0; round < ROUNDS; round++) {
          for (var mood : Mood.values()) {
            post(server);
            proxy.mood(mood);
            post(server);
            awaitNoticed(proxy, mood);
            if (mood == Mood.AWAY || mood == Mood.SWALLOWING_ANSWERS) {
              server.kill();
              server = ServerProcess.start(data, environment);
              post(server);
            }
            proxy.mood(Mood.CALM);
            post(server);
          }
          node.kill();
          post(server);
          node.restart();
          post(server);
        }
        awaitShipped(server);
        compare(server, node);
        install(server, node);
      } finally {
        server.close();
      }
    }
  }

  private String dlq() {
    return data.resolve("dead-letters").toString();
  }

  /** Posts numbered flows until the server says that it has them. */
  private void post(ServerProcess server) throws Exception {
    var records = new ArrayList<String>();
    int poison = next + 7;
    for (int i = 0; i < POST; i++) {
      int number = next++;
      // The node learns that "number" is a number, and refuses what is none.
      var value = number == poison ? "\"no number\"" : Integer.toString(number);
      records.add(
          """
          {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":%d,\
          "dst_port":53,"protocol":"udp","bytes":120,"packets":1,"number":%s,"serial":%d}"""
              .formatted(1024 + number % 60_000, value, number));
      posted.add(number);
    }
    poisoned.add(poison);
    var body =
        "{\"collector_id\":\"drill\",\"format\":\"flows.v1\",\"records\":[%s]}"
            .formatted(String.join(",", records));
    var request =
        HttpRequest.newBuilder(uri(server, "/v1/ingest"))
            .header("Authorization", "Bearer " + ServerProcess.KEY)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "\"drill-" + poison + "\"")
            .POST(BodyPublishers.ofString(body))
            .build();
    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(202);
  }

  private static URI uri(ServerProcess server, String path) {
    return URI.create("http://127.0.0.1:" + server.httpPort() + path);
  }

  /** The mood has had an effect on somebody who tried. */
  private static void awaitNoticed(UnrulyProxy proxy, Mood mood) {
    if (mood == Mood.CALM) {
      return;
    }
    int before = proxy.connections();
    await().atMost(LONG).until(() -> proxy.connections() > before);
  }

  private void awaitShipped(ServerProcess server) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> number(status(server), "backlog") == 0);
  }

  private Map<?, ?> status(ServerProcess server) throws Exception {
    var request =
        HttpRequest.newBuilder(uri(server, "/v1/outputs/elastic"))
            .header("Authorization", "Bearer " + ServerProcess.KEY)
            .build();
    var answer = client.send(request, BodyHandlers.ofString()).body();
    return object(object(JsonTree.parse(answer)).get("health"));
  }

  private static Map<?, ?> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static long number(Map<?, ?> map, String name) {
    return map.get(name) instanceof Long number ? number : -1;
  }

  private void compare(ServerProcess server, OpenSearchNode node) throws Exception {
    var arrived = new TreeMap<Integer, Integer>();
    for (var serial : serials(node)) {
      arrived.merge(serial, 1, Integer::sum);
    }
    var expected = new TreeSet<>(posted);
    expected.removeAll(poisoned);

    assertThat(arrived.keySet()).containsExactlyElementsOf(expected);
    assertThat(arrived.values()).allMatch(count -> count == 1);
    assertThat(number(status(server), "dlq_depth")).isEqualTo(poisoned.size());
  }

  private void install(ServerProcess server, OpenSearchNode node) throws Exception {
    var request =
        HttpRequest.newBuilder(uri(server, "/v1/outputs/elastic/install"))
            .header("Authorization", "Bearer " + ServerProcess.KEY)
            .POST(BodyPublishers.noBody())
            .build();
    var told = object(JsonTree.parse(client.send(request, BodyHandlers.ofString()).body()));
    var steps = told.get("steps") instanceof List<?> all ? all : List.of();

    assertThat(steps).anySatisfy(step -> assertInstalled(object(step), "mappings"));
    assertThat(steps).anySatisfy(step -> assertInstalled(object(step), "template"));
    assertThat(node.get("/_index_template").body()).contains("telemetry-events");
  }

  private static void assertInstalled(Map<?, ?> step, String part) {
    assertThat(String.valueOf(step.get("part"))).isEqualTo(part);
    assertThat(String.valueOf(step.get("outcome"))).isEqualTo("installed");
  }

  /** Serial numbers of everything in the node. */
  private static List<Integer> serials(OpenSearchNode node)
      throws IOException, InterruptedException, MalformedJsonException {
    node.send("POST", "/telemetry-events*/_refresh", "");
    var found = new ArrayList<Integer>();
    var query = "{\"size\":10000,\"_source\":[\"serial\"],\"sort\":[\"_doc\"]}";
    var page = object(node.send("POST", "/telemetry-events*/_search?scroll=1m", query));
    for (var hits = hits(page); !hits.isEmpty(); hits = hits(page)) {
      for (var hit : hits) {
        found.add((int) number(object(object(hit).get("_source")), "serial"));
      }
      var more = Json.text(Json.object("scroll", "1m", "scroll_id", page.get("_scroll_id")));
      page = object(node.send("POST", "/_search/scroll", more));
    }
    return found;
  }

  private static Map<?, ?> object(HttpResponse<String> answer) throws MalformedJsonException {
    return object(JsonTree.parse(answer.body()));
  }

  private static List<?> hits(Map<?, ?> page) {
    return object(page.get("hits")).get("hits") instanceof List<?> all ? all : List.of();
  }
}
