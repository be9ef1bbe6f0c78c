package io.penstock.intercept;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.exchange.Headers;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.stub.Answer;
import io.penstock.stub.Answer.Fault;
import io.penstock.stub.Answer.Pace;
import io.penstock.stub.ReferenceSurface;
import io.penstock.stub.StubConfig;
import io.penstock.stub.Stubs;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How answers are made, and what of them goes out. */
@Timeout(30)
class AnsweringTest {

  private static final byte[] BODY = "0123456789".getBytes(UTF_8);

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  private static String ask(String method, String path) {
    return method + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  private static Answers always(Headers trailers, Duration over) {
    var pace = new Pace(Duration.ZERO, over, Fault.NONE);
    return (_, _) -> new Answer("stub", 200, Headers.NONE, BODY, trailers, pace);
  }

  private static List<Answers> shapes() {
    return List.of(
        always(Headers.NONE, Duration.ZERO),
        always(Headers.of("grpc-status", "0"), Duration.ZERO),
        always(Headers.NONE, Duration.ofMillis(20)));
  }

  @Test
  void anAnswerToHeadHasItsLengthButNoBody() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      int asked = 0;
      for (var shape : shapes()) {
        rig.answers = shape;
        talk.say(ask("HEAD", "/"));
        assertThat(talk.head())
            .startsWith("HTTP/1.1 200 OK\r\n")
            .contains("content-length: 10\r\n");
        // Whatever came behind the head would stand in front of the next one.
        rig.answers = Rig::echo;
        talk.say(ask("GET", "/"));
        assertThat(talk.head()).startsWith("HTTP/1.1 200 OK\r\n");
        talk.read("GET http://a/ 0".length());
        asked += 2;
        var head = rig.exchanges(asked).get(asked - 2);
        assertThat(Objects.requireNonNull(head.response()).body().length()).isZero();
      }
    }
  }

  @Test
  void anAnswerToHeadHasNoDataInHttp2Either() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say(Http2.PREFACE);
      int stream = 1;
      for (var shape : shapes()) {
        rig.answers = shape;
        talk.say(Http2.head(stream));
        // The end of the stream may be a frame of its own, in which there is nothing.
        assertThat(Http2.lengthOfData(talk, stream)).isZero();
        stream += 2;
      }
    }
  }

  @Test
  void theSurfaceOfTheReferenceKeepsToIt() throws IOException {
    var stubs =
        new Stubs(
            StubConfig.DEFAULT,
            new PrometheusRegistry(),
            InstantSource.system(),
            new Random(7),
            () -> "");
    assertThat(stubs.replace(Stubs.Layer.BUILT_IN, ReferenceSurface.stubs(false))).isEmpty();
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers = stubs::answer;
      for (var path : List.of("/health", "/telemetry/index.html", "/telemetry/")) {
        talk.say(ask("HEAD", path));
        assertThat(talk.head()).matches("(?s)HTTP/1.1 (200|405) .*content-length: [1-9].*");
      }
      talk.say(ask("GET", "/telemetry/index.html"));
      assertThat(talk.head()).startsWith("HTTP/1.1 200 ");
      assertThat(talk.read(29)).hasSize(29);
    }
  }

  @Test
  void anAnswerToALargeBodyIsNotMadeOnTheEventLoop() throws IOException {
    var threads = new CopyOnWriteArrayList<String>();
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers =
          (asked, product) -> {
            threads.add(Thread.currentThread().getName());
            return Rig.echo(asked, product);
          };
      for (int length :
          new int[] {Answering.LOOP_BODY_BYTES_MAX, Answering.LOOP_BODY_BYTES_MAX + 1}) {
        talk.say(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n".formatted(length)
                + "x".repeat(length));
        assertThat(talk.head()).startsWith("HTTP/1.1 200 ");
        assertThat(talk.read(("POST http://a/ " + length).length())).endsWith(" " + length);
      }
      assertThat(threads.getFirst()).startsWith("intercept-").doesNotContain("answers");
      assertThat(threads.getLast()).startsWith("intercept-answers-");
    }
  }

  @Test
  void aSlowAnswerIsTheLastOneThatAnEventLoopWaitsFor() throws IOException {
    var threads = new CopyOnWriteArrayList<String>();
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers =
          (asked, product) -> {
            threads.add(Thread.currentThread().getName());
            long until = System.nanoTime() + Duration.ofMillis(11).toNanos();
            while (System.nanoTime() < until) {
              Thread.onSpinWait();
            }
            return Rig.echo(asked, product);
          };
      for (int i = 0; i < 3; i++) {
        talk.say(ask("GET", "/"));
        talk.head();
        talk.read("GET http://a/ 0".length());
      }
      assertThat(threads.getFirst()).doesNotContain("answers");
      assertThat(threads.subList(1, 3)).allMatch(name -> name.startsWith("intercept-answers-"));
      assertThat(Scrape.counter(rig.registry, "intercept_slow_answers")).isEqualTo(3);
    }
  }

  @Test
  void otherConnectionsAreAnsweredWhileWorkersAreBusy() throws IOException {
    var go = new CountDownLatch(1);
    try (var rig = new Rig();
        var quick = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers =
          (asked, product) -> {
            if (asked.body().length() > 0) {
              await().until(() -> go.getCount() == 0);
            }
            return Rig.echo(asked, product);
          };
      var slow = new ArrayList<Talk>();
      for (int i = 0; i < 50; i++) {
        var talk = Talk.to(rig.port(Kind.MOCK));
        int length = Answering.LOOP_BODY_BYTES_MAX + 1;
        talk.say(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n".formatted(length)
                + "x".repeat(length));
        slow.add(talk);
      }
      quick.say(ask("GET", "/"));
      assertThat(quick.head()).startsWith("HTTP/1.1 200 ");
      // One that goes while its answer is made costs nobody anything.
      slow.removeLast().close();
      go.countDown();
      for (var talk : slow) {
        assertThat(talk.head()).startsWith("HTTP/1.1 200 ");
        talk.close();
      }
      rig.exchanges(51);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100_000})
  void anAnswerThatCannotBeMadeIsABugThatCostsOneRequest(int length) throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers =
          (_, _) -> {
            throw new IllegalStateException("broken");
          };
      talk.say(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n".formatted(length)
              + "x".repeat(length));

      assertThat(talk.head()).startsWith("HTTP/1.1 500 ");
      rig.exchanges(1);
    }
  }
}
