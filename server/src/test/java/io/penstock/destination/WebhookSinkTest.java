package io.penstock.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.config.Secret;
import io.penstock.destination.PostReceiver.Asked;
import io.penstock.destination.PostReceiver.Said;
import io.penstock.destination.SinkConfig.Read.Faulty;
import io.penstock.destination.WebhookConfig.Body;
import io.penstock.dial.Dialer;
import io.penstock.dial.Tls;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.HastyShipper;
import io.penstock.sink.Hold;
import io.penstock.sink.Shipper;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookSinkTest {

  private static final String TOKEN = "Bearer 5ecret-of-the-hook";

  private final Dialer dialer = Reach.dialer();

  @AfterEach
  void hangUp() {
    dialer.close();
  }

  @Nested
  class Lines extends Contract {
    @Override
    Body form() {
      return Body.NDJSON;
    }
  }

  @Nested
  class PackedLines extends Contract {
    @Override
    Body form() {
      return Body.NDJSON;
    }

    @Override
    boolean isPacked() {
      return true;
    }
  }

  @Nested
  class Arrays extends Contract {
    @Override
    Body form() {
      return Body.ARRAY;
    }
  }

  /** An endpoint that takes nothing but what the configuration says. */
  abstract static class Contract extends SinkContract {

    abstract Body form();

    boolean isPacked() {
      return false;
    }

    @Override
    protected List<Trait> traits() {
      return List.of(Trait.KNOWS_WHO_SENDS);
    }

    @Override
    protected Stand stand() throws IOException {
      var ids = new CopyOnWriteArrayList<String>();
      var receiver = new PostReceiver(asked -> take(asked, ids));
      var dialer = Reach.dialer();
      return new Stand() {

        @Override
        public Sink sink() {
          return open(TOKEN);
        }

        @Override
        public Sink stranger() {
          return open("Bearer of-somebody-else");
        }

        private Sink open(String token) {
          return WebhookSinkTest.open(
              receiver.uri("/hook"), form(), isPacked(), Map.of("Authorization", token), dialer);
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

    private Said take(Asked asked, List<String> ids) {
      if (!asked.header("Authorization").equals(TOKEN)) {
        return new Said(401, "who are you?");
      }
      var type = form() == Body.NDJSON ? "application/x-ndjson" : "application/json";
      boolean isAsAgreed =
          asked.method().equals("POST")
              && asked.header("Content-Type").equals(type)
              && asked.headers().containsKey("Content-Encoding") == isPacked();
      if (!isAsAgreed) {
        return new Said(415, asked.headers().toString());
      }
      try {
        ids.addAll(ids(form(), asked.text()));
        return new Said(204, "");
      } catch (MalformedJsonException | IllegalArgumentException e) {
        return new Said(400, e.toString());
      }
    }
  }

  /** The ids of the events in a body that is exactly of a form. */
  private static List<String> ids(Body form, String text) throws MalformedJsonException {
    var documents = new ArrayList<@Nullable Object>();
    if (form == Body.ARRAY) {
      if (!(JsonTree.parse(text) instanceof List<?> list)) {
        throw new IllegalArgumentException("no array");
      }
      documents.addAll(list);
    } else {
      if (!text.endsWith("\n") || text.startsWith("\n") || text.contains("\n\n")) {
        throw new IllegalArgumentException("not a line for each");
      }
      for (var line : text.lines().toList()) {
        documents.add(JsonTree.parse(line));
      }
    }
    var ids = new ArrayList<String>();
    for (var document : documents) {
      if (document instanceof Map<?, ?> members && members.get("id") instanceof String id) {
        ids.add(id);
      } else {
        throw new IllegalArgumentException("not an event: " + document);
      }
    }
    return ids;
  }

  private static Sink open(
      URI url, Body form, boolean gzip, Map<String, String> headers, Dialer dialer) {
    var secrets = new HashMap<String, Secret>();
    headers.forEach((name, value) -> secrets.put(name, new Secret(value)));
    try {
      return new WebhookSink(
          new WebhookConfig(url, form, secrets, Tls.DEFAULT, gzip), Reach.DOCUMENTS, dialer);
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Delivery answered(Said said) throws Exception {
    try (var receiver = new PostReceiver(_ -> said);
        var sink = open(receiver.uri("/"), Body.NDJSON, false, Map.of(), dialer)) {
      return sink.send(Flows.batch(sink, Flows.of(3)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 201, 202, 204})
  void everySuccessMeansThatAllWasTaken(int status) throws Exception {
    assertThat(answered(new Said(status, "")))
        .isInstanceOfSatisfying(
            Taken.class,
            taken -> {
              assertThat(taken.later().isEmpty()).isTrue();
              assertThat(taken.refused()).isEmpty();
              assertThat(taken.answer().code()).isEqualTo(status);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "301,CONFIGURATION",
    "302,CONFIGURATION",
    "304,CONFIGURATION",
    "307,CONFIGURATION",
    "308,CONFIGURATION",
    "401,CREDENTIALS",
    "403,CREDENTIALS",
    "407,CREDENTIALS",
    "404,CONFIGURATION",
    "405,CONFIGURATION",
    "410,CONFIGURATION",
    "415,CONFIGURATION",
    "408,BUSY",
    "425,BUSY",
    "429,BUSY",
    "503,BUSY",
    "500,FAILING",
    "502,FAILING",
    "504,FAILING",
    "599,FAILING",
    "501,CONFIGURATION"
  })
  void whatIsNotAboutTheEventsIsSentAgain(int status, Cause cause) throws Exception {
    assertThat(answered(new Said(status, "no")))
        .isInstanceOfSatisfying(
            Later.class,
            later -> {
              assertThat(later.cause()).isEqualTo(cause);
              assertThat(later.answer().code()).isEqualTo(status);
              assertThat(later.answer().text()).isNotBlank();
            });
  }

  @ParameterizedTest
  @CsvSource({"413,payload_too_large", "400,refused", "409,refused", "422,refused", "451,refused"})
  void whatMayBeAboutAnEventIsHalved(int status, String reason) throws Exception {
    assertThat(answered(new Said(status, "what is this?")))
        .isInstanceOfSatisfying(Split.class, split -> assertThat(split.reason()).isEqualTo(reason));
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void theDestinationSaysWhenToComeAgain(int status) throws Exception {
    assertThat(answered(new Said(status, "", Map.of("Retry-After", "7"))))
        .isInstanceOfSatisfying(
            Later.class, later -> assertThat(later.pause()).isEqualTo(Duration.ofSeconds(7)));
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    try (var elsewhere = new PostReceiver(_ -> new Said(200, ""))) {
      answered(new Said(307, "", Map.of("Location", elsewhere.uri("/").toString())));

      assertThat(elsewhere.asked).isEmpty();
    }
  }

  @Test
  void anAnswerNeverRepeatsASecret() throws Exception {
    try (var receiver =
            new PostReceiver(
                asked -> new Said(400, asked.uri() + " " + asked.header("Authorization")));
        var sink =
            open(
                receiver.uri("/hook?token=0123456789abcdef"),
                Body.NDJSON,
                false,
                Map.of("Authorization", TOKEN),
                dialer)) {
      var delivery = sink.send(Flows.batch(sink, Flows.of(1)));

      assertThat(receiver.asked.getFirst().header("Authorization")).isEqualTo(TOKEN);
      assertThat(delivery.answer().text())
          .startsWith("/hook")
          .contains(Secret.MASK)
          .doesNotContain("5ecret", "0123456789");
    }
  }

  @Test
  void aLongAnswerIsCutAndChangesNothing() throws Exception {
    var delivery = answered(new Said(200, "<p>thanks</p> ".repeat(100_000)));

    assertThat(delivery).isInstanceOf(Taken.class);
    assertThat(delivery.answer().text()).startsWith("thanks thanks").hasSizeLessThan(600);
  }

  @Test
  void aSuccessThatBreaksOffBehindItsStatusIsASuccess() throws Exception {
    try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var _ = Thread.ofVirtual().start(() -> answerHalf(server));
      var url = URI.create("http://localhost:" + server.getLocalPort() + "/");
      try (var sink = open(url, Body.NDJSON, false, Map.of(), dialer)) {
        assertThat(sink.send(Flows.batch(sink, Flows.of(1)))).isInstanceOf(Taken.class);
      }
    }
  }

  private static void answerHalf(ServerSocket server) {
    try (var connection = server.accept()) {
      var buffer = new byte[64 * 1024];
      var read = new StringBuilder();
      while (!read.toString().endsWith("}\n")) {
        int count = connection.getInputStream().read(buffer);
        read.append(new String(buffer, 0, count, UTF_8));
      }
      connection
          .getOutputStream()
          .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".getBytes(UTF_8));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aMetadataAddressIsNotCalled() throws Exception {
    var url = URI.create("http://169.254.169.254/latest");
    try (var sink = open(url, Body.NDJSON, false, Map.of(), dialer)) {
      assertThat(sink.send(Flows.batch(sink, Flows.of(1))))
          .isInstanceOfSatisfying(
              Later.class, later -> assertThat(later.cause()).isEqualTo(Cause.FORBIDDEN));
    }
  }

  @Test
  void aPoisonEventIsFoundAndTheOthersArrive(@TempDir Path folder) throws Exception {
    var flows = Flows.of(200);
    var poison = Flows.id(flows.get(77));
    var arrived = new CopyOnWriteArrayList<String>();
    try (var receiver = new PostReceiver(asked -> takeUnlessPoisoned(asked, poison, arrived));
        var sink = open(receiver.uri("/"), Body.NDJSON, true, Map.of(), dialer);
        var log = log(folder.resolve("log"));
        var shipper = shipper(sink, log, folder.resolve("dlq"))) {
      log.append(new EventBatch(Flows.TENANT, flows, null)).join();
      shipper.start();

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                assertThat(letters(folder.resolve("dlq")).depth(Flows.TENANT, "hook")).isOne();
                assertThat(arrived).hasSize(199);
              });
      assertThat(arrived)
          .containsExactlyInAnyOrderElementsOf(
              flows.stream().map(Flows::id).filter(id -> !id.equals(poison)).toList());
    }
  }

  private static Said takeUnlessPoisoned(Asked asked, String poison, List<String> arrived) {
    if (asked.text().contains(poison)) {
      return new Said(422, "one of these is bad, guess which");
    }
    try {
      arrived.addAll(ids(Body.NDJSON, asked.text()));
      return new Said(200, "");
    } catch (MalformedJsonException e) {
      return new Said(500, e.toString());
    }
  }

  private static SegmentLog log(Path folder) throws IOException {
    return SegmentLog.open(LogConfig.in(folder), new PrometheusRegistry(), InstantSource.system());
  }

  private static DeadLetters letters(Path folder) {
    var limits = new DeadLetters.Limits(1 << 30, Duration.ofDays(7), _ -> 0);
    return new DeadLetters(folder, limits, new PrometheusRegistry(), InstantSource.system());
  }

  private static Shipper shipper(Sink sink, SegmentLog log, Path letters) {
    var plan =
        new Shipper.Plan(
            Flows.TENANT, "hook", (Event _) -> true, Duration.ofMillis(5), Hold.FOREVER);
    return HastyShipper.of(plan, sink, log, letters(letters), InstantSource.system());
  }

  @Test
  void headersThatWouldChangeTheRequestAreNotTaken() {
    for (var headers :
        List.of(
            Map.<String, @Nullable Object>of("Host", "elsewhere"),
            Map.<String, @Nullable Object>of("Content-Length", "1"),
            Map.<String, @Nullable Object>of("Transfer-Encoding", "chunked"),
            Map.<String, @Nullable Object>of("X-One", "a\r\nX-Two: b"),
            Map.<String, @Nullable Object>of("X One", "a"))) {
      var posted = new HashMap<String, @Nullable Object>();
      posted.put("url", "https://hook.example/in");
      posted.put("headers", headers);

      assertThat(SinkConfig.read("webhook", posted))
          .as(headers.toString())
          .isInstanceOfSatisfying(
              Faulty.class,
              faulty -> assertThat(faulty.faults().getFirst().getKey()).isEqualTo("headers"));
    }
  }

  @Test
  void aBinarySchemaIsNotTaken() {
    var posted = new HashMap<String, @Nullable Object>();
    posted.put("url", "https://hook.example/in");
    posted.put("schema", "goflow2");

    assertThat(SinkConfig.read("webhook", posted)).isInstanceOf(Faulty.class);
  }
}
