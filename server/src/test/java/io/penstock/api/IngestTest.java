package io.penstock.api;

import static io.penstock.api.ApiServer.gzip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.event.Event;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IngestTest {

  private static final String FLOW =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}""";
  private static final String ALL_FOUR =
      "/v1/ingest,/v1/ingest/zeek,/v1/ingest/netflow,/v1/ingest/bulk";

  private ApiServer server = new ApiServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> postWithKey(String path, String key, String body) {
    return server.send(
        server.asAdmin(path).header("Idempotency-Key", key).POST(BodyPublishers.ofString(body)));
  }

  @Test
  void theAnswerLeavesAfterTheBatchIsDurable() {
    var durable = new CompletableFuture<Void>();
    server.store.hold(durable);

    var answer = CompletableFuture.supplyAsync(() -> server.post("/v1/ingest", FLOW));
    await().until(() -> server.store.waiting() == 1);
    assertThat(server.store.batches()).isEmpty();
    assertThat(answer).isNotDone();
    durable.complete(null);

    assertThat(answer.join().statusCode()).isEqualTo(202);
    assertThat(server.store.events()).hasSize(1);
  }

  @Test
  void whatCannotBeKeptIsAnsweredWithBackpressure() {
    server.store.fill();

    var answer = server.post("/v1/ingest", FLOW);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("2");
    assertThat(answer.body())
        .startsWith(
            "{\"error\":\"backpressure\",\"detail\":\"Ingest temporarily overloaded, please"
                + " retry\",\"retry_after\":2,");
    assertThat(server.store.batches()).isEmpty();
  }

  @Test
  void gzipIsReadWithAndWithoutItsHeader() {
    var zipped = BodyPublishers.ofByteArray(gzip("[" + FLOW + "]"));

    var said = server.asAdmin("/v1/ingest").header("Content-Encoding", "gzip").POST(zipped);
    var unsaid = server.asAdmin("/v1/ingest").POST(zipped);

    assertThat(server.send(said).statusCode()).isEqualTo(202);
    assertThat(server.send(unsaid).statusCode()).isEqualTo(202);
    assertThat(server.store.events()).hasSize(2);
  }

  @Test
  void damagedGzipAndOtherEncodingsAreRefused() {
    byte[] torn = Arrays.copyOf(gzip("[" + FLOW.repeat(50) + "]"), 60);

    var damaged =
        server.send(
            server
                .asAdmin("/v1/ingest")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(torn)));
    var liar =
        server.send(
            server
                .asAdmin("/v1/ingest")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofString(FLOW)));
    var other =
        server.send(
            server
                .asAdmin("/v1/ingest")
                .header("Content-Encoding", "br")
                .POST(BodyPublishers.ofString(FLOW)));

    assertThat(damaged.statusCode()).isEqualTo(400);
    assertThat(damaged.body()).contains("\"error\":\"decompress_failed\"");
    assertThat(liar.statusCode()).isEqualTo(400);
    assertThat(liar.body()).contains("\"error\":\"decompress_failed\"");
    assertThat(other.statusCode()).isEqualTo(415);
  }

  @Test
  void aGzipBombIsRefusedWhileItInflates() {
    byte[] bomb = gzip(new byte[100_000_000]);
    assertThat(bomb.length).isLessThan(200_000);

    var answer =
        server.send(
            server
                .asAdmin("/v1/ingest/zeek")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(bomb)));

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("\"error\":\"batch_too_large\"", "\"limit_bytes\":67108864");
  }

  @Test
  void tenThousandRecordsAreTakenAndOneMoreIsNot() {
    String all = IntStream.range(0, 10_000).mapToObj(_ -> FLOW).collect(Collectors.joining("\n"));

    var taken = server.post("/v1/ingest/netflow", all);
    var refused =
        server.send(
            server
                .asAdmin("/v1/ingest/netflow")
                .POST(BodyPublishers.ofByteArray(gzip(all + "\n" + FLOW))));

    assertThat(taken.statusCode()).isEqualTo(200);
    assertThat(taken.body()).contains("\"accepted\":10000");
    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(refused.body())
        .contains("\"error\":\"too_many_records\"", "\"limit\":10000", "\"observed\":10001");
    assertThat(server.store.events()).hasSize(10_000);
  }

  @Test
  void aBatchIsTakenWholeOrRefusedWhole() {
    String bad = "{\"ts\":1,\"src_ip\":\"10.0.0.1\"}";

    var ingest = server.post("/v1/ingest", "[" + FLOW + "," + bad + "]");
    var netflow = server.post("/v1/ingest/netflow", "[" + FLOW + "," + bad + "]");
    var zeek = server.post("/v1/ingest/zeek", "[{\"uid\":\"C1\"},3]");
    var bulk = server.post("/v1/ingest/bulk", "{\"type\":\"netflow\",\"records\":[" + bad + "]}");

    assertThat(ingest.statusCode()).isEqualTo(400);
    assertThat(ingest.body())
        .contains(
            "\"accepted\":0,\"rejected\":2,\"total\":2,\"invalid\":1",
            "\"errors\":[{\"index\":1,\"reason\":\"Missing required flow fields: dst_ip\"}]");
    assertThat(netflow.statusCode()).isEqualTo(207);
    assertThat(netflow.body())
        .contains(
            "\"validation_errors\":[\"Record 2: missing required fields (timestamp, src_ip,"
                + " dst_ip)\"]");
    assertThat(zeek.statusCode()).isEqualTo(207);
    assertThat(zeek.body())
        .contains(
            "\"accepted\":0,\"rejected\":2,\"total\":2",
            "\"validation_errors\":[\"Record 1: missing required fields (ts or id.orig_h)\","
                + "\"Record 2: must be JSON object\"]");
    assertThat(bulk.statusCode()).isEqualTo(207);
    assertThat(bulk.body()).contains("Record 1: missing required NetFlow fields");
    assertThat(server.store.batches()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/ingest", "/v1/ingest/zeek", "/v1/ingest/netflow", "/v1/ingest/bulk"})
  void aRepeatedKeyGetsTheFirstAnswerAndStoresNothingTwice(String path) {
    var first = postWithKey(path, "\"key-1\"", FLOW);
    var again = postWithKey(path, "key-1", FLOW);
    var other = postWithKey(path, "key-2", FLOW);

    assertThat(first.statusCode()).isIn(200, 202);
    assertThat(again.statusCode()).isEqualTo(first.statusCode());
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("Idempotent-Replayed")).contains("true");
    assertThat(other.headers().firstValue("Idempotent-Replayed")).isEmpty();
    assertThat(server.store.events()).hasSize(2);
    var receipt = Objects.requireNonNull(server.store.batches().getFirst().receipt());
    assertThat(receipt.endpoint()).isEqualTo(path);
    assertThat(receipt.key()).isEqualTo("key-1");
    assertThat(receipt.body()).isEqualTo(first.body());
  }

  @Test
  void aKeyIsWorthOneBody() {
    postWithKey("/v1/ingest", "key", FLOW);

    var answer = postWithKey("/v1/ingest", "key", FLOW.replace("120", "121"));

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(server.store.events()).hasSize(1);
  }

  @Test
  void aKeyThatIsBeingWorkedOnIsAConflict() {
    var durable = new CompletableFuture<Void>();
    server.store.hold(durable);
    var first = CompletableFuture.supplyAsync(() -> postWithKey("/v1/ingest", "key", FLOW));
    await().until(() -> server.store.waiting() == 1);

    var second = postWithKey("/v1/ingest", "key", FLOW);

    assertThat(second.statusCode()).isEqualTo(409);
    durable.complete(null);
    assertThat(first.join().statusCode()).isEqualTo(202);
  }

  @Test
  void aRefusedBatchLeavesItsKeyFree() {
    assertThat(postWithKey("/v1/ingest", "key", "[{}]").statusCode()).isEqualTo(400);

    assertThat(postWithKey("/v1/ingest", "key", FLOW).statusCode()).isEqualTo(202);
  }

  @Test
  void equalBodiesAreHonestUnlessConfiguredOtherwise() {
    assertThat(server.post("/v1/ingest", FLOW).statusCode()).isEqualTo(202);
    assertThat(server.post("/v1/ingest", FLOW).statusCode()).isEqualTo(202);
    server.close();

    server =
        new ApiServer(
            c ->
                new ApiConfig(
                    c.recordsMax(),
                    c.wireBytesMax(),
                    c.inflatedBytesMax(),
                    c.workingBytesMax(),
                    200,
                    true,
                    c.publicPrometheus(),
                    c.retryAfterSeconds(),
                    c.version()),
            http -> http);

    assertThat(server.post("/v1/ingest", FLOW).statusCode()).isEqualTo(200);
    var duplicate = server.post("/v1/ingest", FLOW);
    assertThat(duplicate.statusCode()).isEqualTo(209);
    assertThat(duplicate.body()).isEqualTo("{\"status\":\"duplicate\"}");
    assertThat(server.store.events()).hasSize(1);
  }

  @Test
  void anEventRemembersWhoSentIt() {
    server.send(
        server
            .asAdmin("/v1/ingest")
            .header("X-Request-ID", "trace-7")
            .header("X-Collector-ID", "c-1")
            .header("X-Source-Id", "s-1")
            .POST(BodyPublishers.ofString(FLOW)));

    Event event = server.store.events().getFirst();
    assertThat(event.origin().requestId()).isEqualTo("trace-7");
    assertThat(event.origin().collector()).isEqualTo("c-1");
    assertThat(event.origin().sourceId()).isEqualTo("s-1");
    assertThat(event.origin().exporter().toString()).isIn("127.0.0.1", "::1");
  }

  @Test
  void malformedBodiesOfEverySortGetAnAnswerOfTheirOwn() {
    for (var path : ALL_FOUR.split(",")) {
      var latin1 =
          server.send(
              server
                  .asAdmin(path)
                  .POST(
                      BodyPublishers.ofByteArray(
                          "[\"\u00fc\"]".getBytes(StandardCharsets.ISO_8859_1))));
      assertThat(latin1.statusCode()).isEqualTo(400);
      assertThat(latin1.body())
          .startsWith("{\"error\":\"invalid_encoding\",\"detail\":\"Body is not valid UTF-8\",");

      assertThat(server.post(path, "not json").body())
          .contains("\"error\":\"bad_batch_shape\"", "\"hint\":\"expected JSON array or JSONL\"");
      assertThat(server.post(path, "[{\"a\":").body()).contains("\"error\":\"invalid_json\"");
      assertThat(server.post(path, "").body())
          .startsWith("{\"error\":\"empty_batch\",\"detail\":\"Empty batch\",");
    }
  }
}
