package io.penstock.destination;

import static io.penstock.destination.ElasticKit.sink;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Secret;
import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.destination.ScriptedNode.Reply;
import io.penstock.dial.Authority;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.Tls;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real node cannot be made to answer, and what stands before one. */
class ElasticScriptTest {

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (var closeable : open.reversed()) {
      closeable.close();
    }
  }

  private <T extends AutoCloseable> T opened(T closeable) {
    open.add(closeable);
    return closeable;
  }

  private ScriptedNode node(ScriptedNode.Script script) throws IOException {
    return opened(ScriptedNode.answering(script));
  }

  private ScriptedNode node(int status, String body) throws IOException {
    return node(_ -> Reply.of(status, body));
  }

  private Sink to(ScriptedNode node) {
    return opened(sink(node.uri()));
  }

  private static Batch batch(Sink sink, int size) {
    return Flows.batch(sink, Flows.of(size));
  }

  private Delivery answered(int status, String body, int events) throws Exception {
    var sink = to(node(status, body));
    return sink.send(batch(sink, events));
  }

  private static String items(String... items) {
    return "{\"errors\":true,\"items\":[{\"create\":{"
        + String.join("}},{\"create\":{", items)
        + "}}]}";
  }

  private static String created(int count) {
    var items = new String[count];
    Arrays.fill(items, "\"status\":201");
    return items(items);
  }

  private static String error(int status, String type, String reason) {
    return "\"status\":%d,\"error\":{\"type\":\"%s\",\"reason\":\"%s\"}"
        .formatted(status, type, reason);
  }

  private static Taken taken(Delivery delivery) {
    assertThat(delivery).isInstanceOf(Taken.class);
    return (Taken) delivery;
  }

  /** Why some items are to be sent again. */
  private static Later pause(Taken taken) {
    var pause = taken.pause();
    if (pause == null) {
      throw new AssertionError("nothing is to be sent again");
    }
    return pause;
  }

  private static Later later(Delivery delivery) {
    assertThat(delivery).isInstanceOf(Later.class);
    return (Later) delivery;
  }

  @Test
  void aRequestIsLinesOfCreatesThatEndWithALineEnd() throws Exception {
    var node = node(200, created(2));
    var sink = to(node);
    var flows = Flows.of(2);

    sink.send(Flows.batch(sink, flows));

    var asked = node.asked.getFirst();
    assertThat(asked.method()).isEqualTo("POST");
    assertThat(asked.target())
        .startsWith("/events/_bulk?filter_path=errors,")
        .contains("items.*.status", "items.*.failure_store", "items.*.error.type")
        .doesNotContain("require_data_stream");
    assertThat(asked.headers())
        .containsEntry("Content-Type", "application/x-ndjson")
        .containsEntry("User-Agent", "penstock/test")
        .doesNotContainKeys("Authorization", "Content-Encoding");
    assertThat(asked.text()).endsWith("}\n").doesNotContain("_type");
    var lines = asked.text().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(2)).isEqualTo("{\"create\":{\"_id\":\"" + Flows.id(flows.get(1)) + "\"}}");
  }

  @Test
  void aPathBeforeTheNodesIsKept() throws Exception {
    var node = node(200, created(1));
    var sink = opened(sink(URI.create(node.uri() + "/search/"), "events", Naming.DAILY));

    sink.send(batch(sink, 1));

    assertThat(node.asked.getFirst().target()).startsWith("/search/_bulk?filter_path=");
  }

  @Test
  void aCompressedBodyIsTheSame() throws Exception {
    var node = node(200, created(50));
    var plain = to(node);
    var gzip = opened(sink(node.uri(), Map.of("index", "events", "naming", "plain", "gzip", true)));

    plain.send(batch(plain, 50));
    gzip.send(batch(gzip, 50));

    var compressed = node.asked.get(1);
    assertThat(compressed.headers()).containsEntry("Content-Encoding", "gzip");
    assertThat(compressed.body().length).isLessThan(node.asked.get(0).body().length / 3);
    try (var in = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
      assertThat(in.readAllBytes()).isEqualTo(node.asked.get(0).body());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "api_key, id:key, ApiKey aWQ6a2V5",
    "api_key, aWQ6a2V5, ApiKey aWQ6a2V5",
    "bearer_token, abc.def, Bearer abc.def",
  })
  void credentialsAreSentAsTheServerWantsThem(String name, String value, String header)
      throws Exception {
    var node = node(200, created(1));
    var sink = opened(sink(node.uri(), Map.of(name, value)));

    sink.send(batch(sink, 1));

    assertThat(node.asked.getFirst().headers()).containsEntry("Authorization", header);
  }

  @Test
  void aUserHasAPassword() throws Exception {
    var node = node(200, created(1));
    var sink = opened(sink(node.uri(), Map.of("username", "me", "password", "pässword:1")));

    sink.send(batch(sink, 1));

    var expected =
        Base64.getEncoder().encodeToString("me:pässword:1".getBytes(StandardCharsets.UTF_8));
    assertThat(node.asked.getFirst().headers()).containsEntry("Authorization", "Basic " + expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void wrongCredentialsAskForAPersonAndAreNotRepeatedInTheAnswer(int status) throws Exception {
    var node = node(asked -> Reply.of(status, "you sent " + asked.headers().get("Authorization")));
    var sink = opened(sink(node.uri(), Map.of("api_key", "id:very-secret")));

    var later = later(sink.send(batch(sink, 3)));

    assertThat(later.cause()).isEqualTo(Cause.CREDENTIALS);
    assertThat(later.answer().code()).isEqualTo(status);
    assertThat(later.answer().text()).isEqualTo("you sent ApiKey ***");
  }

  @ParameterizedTest
  @CsvSource({
    "404, FAILING",
    "408, BUSY",
    "429, BUSY",
    "500, FAILING",
    "502, FAILING",
    "503, FAILING",
    "504, FAILING",
    "501, CONFIGURATION",
    "301, CONFIGURATION",
    "405, CONFIGURATION",
    "406, CONFIGURATION",
    "415, CONFIGURATION",
    "400, CONFIGURATION",
  })
  void aStatusThatSaysNothingOfTheEventsLosesNone(int status, Cause cause) throws Exception {
    var later = later(answered(status, "<html><body><h1>No\n</h1> backend</body></html>", 3));

    assertThat(later.cause()).isEqualTo(cause);
    assertThat(later.answer().code()).isEqualTo(status);
    assertThat(later.answer().text()).isEqualTo("No backend");
    assertThat(later.pause()).isNull();
  }

  @Test
  void retryAfterIsHonouredWhereAProxyAddsIt() throws Exception {
    var sink = to(node(_ -> Reply.of(503, "busy").with("Retry-After", "7")));

    assertThat(later(sink.send(batch(sink, 1))).pause()).isEqualTo(Duration.ofSeconds(7));
  }

  @Test
  void aBodyThatTheServerCannotReadIsHalved() throws Exception {
    var body =
        "{\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":\"Malformed action\"},\"status\":400}";

    assertThat(answered(400, body, 3))
        .isInstanceOfSatisfying(
            Split.class,
            split -> {
              assertThat(split.reason()).isEqualTo("malformed");
              assertThat(split.answer().text())
                  .isEqualTo("illegal_argument_exception: Malformed action");
            });
  }

  @Test
  void aBodyThatIsTooLargeIsHalved() throws Exception {
    assertThat(answered(413, "", 3))
        .isInstanceOfSatisfying(
            Split.class, split -> assertThat(split.reason()).isEqualTo(Split.TOO_LARGE));
  }

  @Test
  void aWholeRequestThatABlockForbidsWaitsForAPerson() throws Exception {
    var body =
        "{\"error\":{\"type\":\"cluster_block_exception\",\"reason\":\"blocked by: [FORBIDDEN/12]\"}}";

    assertThat(later(answered(403, body, 1)).cause()).isEqualTo(Cause.CONFIGURATION);
  }

  @Test
  void eachItemHasItsOwnFate() throws Exception {
    var taken =
        taken(
            answered(
                200,
                items(
                    "\"status\":201",
                    error(429, "rejected_execution_exception", "rejected execution"),
                    error(400, "mapper_parsing_exception", "failed to parse field [a]"),
                    error(409, "version_conflict_engine_exception", "already exists"),
                    "\"status\":201,\"failure_store\":\"used\"",
                    error(503, "unavailable_shards_exception", "primary shard is not active"),
                    "\"status\":200"),
                7));

    assertThat(taken.later().stream()).containsExactly(1, 5);
    assertThat(taken.refused()).extracting(Refusal::index).containsExactly(2);
    assertThat(taken.refused().getFirst().reason()).isEqualTo("mapper_parsing_exception");
    assertThat(taken.refused().getFirst().answer().code()).isEqualTo(400);
    assertThat(taken.refused().getFirst().answer().text()).contains("failed to parse field [a]");
    assertThat(taken.duplicates()).isEqualTo(1);
    assertThat(taken.redirected()).isEqualTo(1);
    assertThat(taken.answer().text())
        .isEqualTo(
            "3 created, 1 there before, 1 of them in the failure store, 2 to send again, 1 refused");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "429 | rejected_execution_exception | rejected execution of primary | BUSY",
        "429 | es_rejected_execution_exception | rejected execution of primary | BUSY",
        "429 | circuit_breaking_exception | Data too large | BUSY",
        "429 | cluster_block_exception | FORBIDDEN/12/disk usage exceeded | BUSY",
        "500 | null_pointer_exception | null | FAILING",
        "503 | unavailable_shards_exception | primary shard is not active | FAILING",
        "503 | cluster_block_exception | SERVICE_UNAVAILABLE/1/state not recovered | FAILING",
        "403 | cluster_block_exception | FORBIDDEN/8/index write (api) | CONFIGURATION",
        "403 | security_exception | action is unauthorized for API key | CREDENTIALS",
        "401 | security_exception | missing authentication | CREDENTIALS",
        "404 | index_not_found_exception | no such index | CONFIGURATION",
        "400 | validation_exception | Validation Failed: 1: this action would add [2] shards, but this"
            + " cluster currently has [1000]/[1000] maximum normal shards open; | CONFIGURATION",
        "400 | illegal_argument_exception | Validation Failed: 1: this action would add [2] total"
            + " shards, but this cluster currently has [1]/[1] maximum shards open; | CONFIGURATION",
      })
  void anItemThatMayBeTakenLaterIsSentAgain(int status, String type, String reason, Cause cause)
      throws Exception {
    var taken = taken(answered(200, items("\"status\":201", error(status, type, reason)), 2));

    assertThat(taken.later().stream()).containsExactly(1);
    assertThat(taken.refused()).isEmpty();
    assertThat(pause(taken).cause()).isEqualTo(cause);
    assertThat(pause(taken).answer().code()).isEqualTo(status);
    assertThat(pause(taken).answer().text()).isEqualTo(type + ": " + reason);
  }

  @ParameterizedTest
  @CsvSource({
    "400, mapper_parsing_exception, mapper_parsing_exception",
    "400, document_parsing_exception, document_parsing_exception",
    "400, strict_dynamic_mapping_exception, strict_dynamic_mapping_exception",
    "400, illegal_argument_exception, illegal_argument_exception",
    "400, invalid_index_name_exception, invalid_index_name_exception",
    "400, NOT a Type!, refused",
    "403, index_create_block_exception, index_create_block_exception",
    "404, document_missing_exception, document_missing_exception",
    "409, another_conflict_exception, another_conflict_exception",
    "413, '', refused",
    "301, '', refused",
  })
  void anItemThatWillNeverBeTakenIsRefused(int status, String type, String reason)
      throws Exception {
    var taken = taken(answered(200, items("\"status\":201", error(status, type, "because")), 2));

    assertThat(taken.later().isEmpty()).isTrue();
    assertThat(taken.refused()).extracting(Refusal::index).containsExactly(1);
    assertThat(taken.refused().getFirst().reason()).isEqualTo(reason);
  }

  @Test
  void anIndexThatIsStillMissingAfterSomeTriesRefusesItsEvents() throws Exception {
    var sink = to(node(200, items(error(404, "index_not_found_exception", "no such index"))));
    var batch = batch(sink, 1);

    var early = taken(sink.send(Flows.again(batch, BulkVerdict.INDEX_ATTEMPTS - 1)));
    var late = taken(sink.send(Flows.again(batch, BulkVerdict.INDEX_ATTEMPTS)));

    assertThat(early.later().cardinality()).isEqualTo(1);
    assertThat(late.refused()).hasSize(1);
  }

  @Test
  void ofSeveralCausesTheOneForAPersonIsTold() throws Exception {
    var taken =
        taken(
            answered(
                200,
                items(
                    error(429, "rejected_execution_exception", "full"),
                    error(403, "cluster_block_exception", "read-only"),
                    error(503, "unavailable_shards_exception", "away")),
                3));

    assertThat(taken.later().cardinality()).isEqualTo(3);
    assertThat(pause(taken).cause()).isEqualTo(Cause.CONFIGURATION);
    assertThat(pause(taken).answer().text()).contains("read-only");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 5})
  void anAnswerAboutAnotherNumberOfItemsSaysNothing(int items) throws Exception {
    var later = later(answered(200, created(items), 3));

    assertThat(later.cause()).isEqualTo(Cause.FAILING);
    assertThat(later.answer().code()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "OK",
        "<html>Welcome</html>",
        "{}",
        "{\"errors\":false}",
        "{\"errors\":false,\"items\":[]}",
        "{\"errors\":false,\"items\":[{\"create\":{}}]}",
        "{\"errors\":false,\"items\":[{\"create\":{\"status\":99}}]}",
        "{\"errors\":false,\"items\":[{\"create\":{\"status\":201}}",
      })
  void aSuccessThatIsNoneSaysNothing(String body) throws Exception {
    assertThat(later(answered(200, body, 1)).cause()).isEqualTo(Cause.FAILING);
  }

  @Test
  void anAnswerWithoutEndIsGivenUp() throws Exception {
    var sink =
        to(
            node(
                _ ->
                    new Reply(
                        200,
                        Map.of(),
                        out -> {
                          out.write("{\"items\":[".getBytes(StandardCharsets.UTF_8));
                          while (true) {
                            out.write(
                                "{\"create\":{\"status\":201}},"
                                    .repeat(100)
                                    .getBytes(StandardCharsets.UTF_8));
                          }
                        })));

    assertThat(later(sink.send(batch(sink, 3))).cause()).isEqualTo(Cause.FAILING);
  }

  @Test
  void aTextWithoutEndIsGivenUp() throws Exception {
    var megabyte = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
    var sink =
        to(
            node(
                _ ->
                    new Reply(
                        200,
                        Map.of(),
                        out -> {
                          out.write("{\"took\":\"".getBytes(StandardCharsets.UTF_8));
                          while (true) {
                            out.write(megabyte);
                          }
                        })));

    var later = later(sink.send(batch(sink, 1)));

    assertThat(later.cause()).isEqualTo(Cause.FAILING);
    assertThat(later.answer().text()).contains("longer");
  }

  @Test
  void aLongAnswerIsReadWhole() throws Exception {
    var failed =
        error(400, "mapper_parsing_exception", "failed to parse " + "because ".repeat(500));
    var all = new String[3000];
    Arrays.fill(all, failed);

    var taken = taken(answered(200, items(all), 3000));

    assertThat(taken.refused()).hasSize(3000);
    assertThat(taken.refused().getLast().answer().text()).hasSizeLessThan(600);
  }

  private static final HttpLimits HASTY =
      HttpLimits.DEFAULT.withTimes(
          Duration.ofSeconds(5), Duration.ofMillis(300), Duration.ofMillis(600));

  @Test
  void aNodeThatNeverAnswersIsGivenUp() throws Exception {
    var end = new CountDownLatch(1);
    opened(end::countDown);
    var node =
        node(
            _ -> {
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return Reply.of(200, "");
            });
    var sink = opened(sink(ElasticKit.config(List.of(node.uri()), Map.of()), HASTY));

    var later = later(sink.send(batch(sink, 1)));

    assertThat(later.cause()).isEqualTo(Cause.UNREACHABLE);
    assertThat(later.answer().text()).contains("no answer after 300 ms");
    end.countDown();
  }

  /** Reads so many octets of what comes, says something, and resets the connection. */
  private ServerSocket resetting(String answer, int octets) throws IOException {
    var server = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try (var connection = server.accept()) {
                  connection.setSoLinger(true, 0);
                  var _ = connection.getInputStream().readNBytes(octets);
                  connection.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                  if (!answer.isEmpty()) {
                    connection.setSoLinger(false, 0);
                    connection.shutdownOutput();
                    connection.getInputStream().readNBytes(100_000);
                  }
                } catch (IOException _) {
                  // The next one.
                }
              }
            });
    return server;
  }

  private static URI uri(ServerSocket server) {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  @Test
  void aStatusThatComesInTheMiddleOfTheUploadIsHeard() throws Exception {
    var server =
        resetting(
            "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            10_000);
    var sink = opened(sink(uri(server)));

    assertThat(sink.send(batch(sink, 20_000)))
        .isInstanceOfSatisfying(
            Split.class, split -> assertThat(split.reason()).isEqualTo(Split.TOO_LARGE));
  }

  @Test
  void resetsInTheMiddleOfTheUploadHalveABatchAfterAWhileButLoseNothing() throws Exception {
    // Fewer than even the request of one event has.
    var sink = opened(sink(uri(resetting("", 100))));
    var batch = batch(sink, 20_000);

    assertThat(later(sink.send(batch)).cause()).isEqualTo(Cause.UNREACHABLE);
    assertThat(sink.send(Flows.again(batch, 3)))
        .isInstanceOfSatisfying(
            Split.class, split -> assertThat(split.reason()).isEqualTo("reset_during_upload"));
    assertThat(sink.send(Flows.again(batch(sink, 1), 9))).isInstanceOf(Later.class);
  }

  @Test
  void anotherNodeIsCalledWhereOneIsNotThere() throws Exception {
    var node = node(200, created(1));
    URI nobody;
    try (var gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = uri(gone);
    }
    var config =
        ElasticKit.config(
            List.of(nobody, URI.create("http://169.254.169.254"), node.uri()), Map.of());
    var sink = opened(sink(config, HttpLimits.DEFAULT));

    for (int i = 0; i < 10; i++) {
      taken(sink.send(batch(sink, 1)));
    }

    assertThat(node.asked).hasSize(10);
  }

  @Test
  void nodesThatWorkTakeTurns() throws Exception {
    var first = node(200, created(1));
    var second = node(200, created(1));
    var config = ElasticKit.config(List.of(first.uri(), second.uri()), Map.of());
    var sink = opened(sink(config, HttpLimits.DEFAULT));

    for (int i = 0; i < 10; i++) {
      taken(sink.send(batch(sink, 1)));
    }

    assertThat(first.asked).hasSize(5);
    assertThat(second.asked).hasSize(5);
  }

  @Test
  void aNodeThatFailsIsLeftAlone() throws Exception {
    var broken = node(502, "bad gateway");
    var works = node(200, created(1));
    var config = ElasticKit.config(List.of(broken.uri(), works.uri()), Map.of());
    var sink = opened(sink(config, HttpLimits.DEFAULT));

    for (int i = 0; i < 20; i++) {
      sink.send(batch(sink, 1));
    }

    assertThat(works.asked).hasSizeGreaterThanOrEqualTo(15);
    assertThat(broken.asked).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void anAddressThatMayNotBeConnectedToIsSaid() throws Exception {
    var sink = opened(sink(URI.create("http://169.254.169.254:9200")));

    assertThat(later(sink.send(batch(sink, 1))).cause()).isEqualTo(Cause.FORBIDDEN);
  }

  @Test
  void aNodeThatWantsACertificateGetsOurs() throws Exception {
    var authority = new Authority("an authority");
    var node = opened(ScriptedNode.secured(context(authority), _ -> Reply.of(200, created(1))));
    var ours = authority.issue("penstock");
    var plain = ElasticKit.config(List.of(node.uri()), Map.of());
    var trusted = new Tls(true, authority.certificatePem(), null, null);
    var known =
        new Tls(true, authority.certificatePem(), ours.certificatePem(), new Secret(ours.keyPem()));
    var untrusting = opened(sink(plain, HttpLimits.DEFAULT));
    var stranger = opened(sink(ElasticKit.with(plain, trusted), HttpLimits.DEFAULT));
    var friend = opened(sink(ElasticKit.with(plain, known), HttpLimits.DEFAULT));

    assertThat(later(untrusting.send(batch(untrusting, 1))).cause()).isEqualTo(Cause.UNREACHABLE);
    assertThat(later(stranger.send(batch(stranger, 1))).cause()).isEqualTo(Cause.UNREACHABLE);
    taken(friend.send(batch(friend, 1)));
  }

  private static SSLContext context(Authority authority) throws Exception {
    var own = authority.issue("localhost");
    var certificates = CertificateFactory.getInstance("X.509");
    var chain = certificates.generateCertificate(new ByteArrayInputStream(own.certificate()));
    var trusted =
        certificates.generateCertificate(new ByteArrayInputStream(authority.certificate()));
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null);
    keys.setKeyEntry("own", own.keys().getPrivate(), new char[0], new Certificate[] {chain});
    keys.setCertificateEntry("authority", trusted);
    var identity = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    identity.init(keys, new char[0]);
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    var context = SSLContext.getInstance("TLS");
    context.init(identity.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static Reply version(String distribution, String number) {
    return Reply.of(
        200,
        "{\"version\":{%s\"number\":\"%s\"}}"
            .formatted(
                distribution.isEmpty() ? "" : "\"distribution\":\"" + distribution + "\",",
                number));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 8.13.0, true",
    "'', 9.1.2, true",
    "'', 8.12.2, false",
    "opensearch, 3.8.0, false",
  })
  void aDataStreamIsRequiredWhereTheServerKnowsHow(
      String distribution, String number, boolean isRequired) throws Exception {
    var node =
        node(
            asked ->
                asked.method().equals("GET")
                    ? version(distribution, number)
                    : Reply.of(200, created(1)));
    var sink = opened(sink(node.uri(), "events", Naming.DATA_STREAM));

    taken(sink.send(batch(sink, 1)));
    taken(sink.send(batch(sink, 1)));

    assertThat(node.asked).hasSize(3);
    assertThat(node.asked.getLast().target().contains("&require_data_stream=true"))
        .isEqualTo(isRequired);
  }

  @Test
  void aNodeWithoutAFrontPageTellsItsVersionElsewhere() throws Exception {
    var node =
        node(
            asked ->
                switch (asked.target()) {
                  case "/" -> Reply.of(405, "");
                  case "/_nodes/http?filter_path=nodes.*.version" ->
                      Reply.of(200, "{\"nodes\":{\"x\":{\"version\":\"8.19.21\"}}}");
                  default -> Reply.of(200, created(1));
                });
    var sink = opened(sink(node.uri(), "events", Naming.DATA_STREAM));

    taken(sink.send(batch(sink, 1)));

    assertThat(node.asked.getLast().target()).endsWith("&require_data_stream=true");
  }
}
