package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Asked;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceSurfaceTest {

  private static final String HOST = "https://cdn.cribl.io";

  private static Desk desk(boolean isMarked) {
    var desk = new Desk();
    assertThat(desk.stubs.replace(Stubs.Layer.BUILT_IN, ReferenceSurface.stubs(isMarked)))
        .isEmpty();
    return desk;
  }

  private static Answer answer(Asked asked) {
    return Objects.requireNonNull(desk(false).stubs.answer(asked, "cribl"));
  }

  private static String body(Answer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  @Test
  void healthIsTwentyOctets() {
    var answer = answer(Requests.get("http://localhost:8000/health"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers().first("content-type")).contains("application/json");
    assertThat(body(answer)).isEqualTo("{\"status\":\"healthy\"}").hasSize(20);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/telemetry/",
        "/telemetry/index.html",
        "/telemetry/index.html?v=1",
        "/telemetry/index.html?v=4.16.1&guid=b117a3cd&fc.giv=9&blank=&v=2"
      })
  void theTwentyNineOctetsAreExact(String target) {
    var answer = answer(Requests.get(HOST + target));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers().all("content-type")).containsExactly("text/html; charset=utf-8");
    assertThat(body(answer)).isEqualTo("cribl /// living the stream!\n").hasSize(29);
  }

  @Test
  void withoutItsSlashItIsFoundElsewhere() {
    var answer = answer(Requests.get(HOST + "/telemetry"));

    assertThat(answer.status()).isEqualTo(302);
    assertThat(answer.headers().first("location")).contains("/telemetry/");
  }

  @Test
  void theScriptHasAFunction() {
    var answer = answer(Requests.get(HOST + "/telemetry/cribl.js"));

    assertThat(answer.headers().first("content-type").orElse("")).contains("javascript");
    assertThat(body(answer)).contains("function");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"a": 1}         | 202 | {"accepted":1,"rejected":0}
          [{"a": 1}, {}]   | 202 | {"accepted":2,"rejected":0}
          []               | 202 | {"accepted":0,"rejected":0}
          {"a":            | 400 | {"detail":"expected a JSON object, or an array of them"}
          "text"           | 400 | {"detail":"expected a JSON object, or an array of them"}
          ''               | 400 | {"detail":"expected a JSON object, or an array of them"}
          """)
  void eventsAreCountedAndBadOnesRefused(String events, int status, String expected) {
    var answer = answer(Requests.post(HOST + "/telemetry/events", events));

    assertThat(answer.status()).isEqualTo(status);
    assertThat(body(answer)).isEqualTo(expected);
  }

  @Test
  void theConfigurationSaysWhatThereIs() throws Exception {
    var answer = answer(Requests.get(HOST + "/telemetry/config"));

    assertThat(io.penstock.json.JsonTree.parse(answer.body()))
        .extracting("intercepted", "host", "time")
        .containsExactly(true, "cdn.cribl.io", "2026-11-22T10:15:30.123Z");
  }

  @Test
  void metricsAreShown() {
    var answer = answer(Requests.get(HOST + "/metrics"));

    assertThat(answer.headers().first("content-type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(body(answer)).isEqualTo("mock_requests_total 3\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /health               | GET, HEAD, OPTIONS
          /metrics              | GET, HEAD, OPTIONS
          /telemetry            | GET, HEAD, OPTIONS
          /telemetry/           | GET, HEAD, OPTIONS
          /telemetry/index.html | GET, HEAD, OPTIONS
          /telemetry/cribl.js   | GET, HEAD, OPTIONS
          /telemetry/config     | GET, HEAD, OPTIONS
          /telemetry/events     | OPTIONS, POST
          """)
  void otherMethodsAreNotAllowedAndOptionsSaysWhichAre(String path, String allow) {
    var put = answer(Requests.asked("PUT", HOST + path, new byte[0]));
    var options = answer(Requests.asked("OPTIONS", HOST + path, new byte[0]));

    assertThat(put.status()).isEqualTo(405);
    assertThat(put.headers().first("allow")).contains(allow);
    assertThat(body(put)).isEqualTo("{\"detail\":\"Method Not Allowed\"}");
    assertThat(options.status()).isEqualTo(204);
    assertThat(options.headers().first("allow")).contains(allow);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/health", "/telemetry/", "/telemetry/index.html", "/telemetry", "/metrics"})
  void headIsAnsweredAsGetIs(String path) {
    var head = answer(Requests.asked("HEAD", HOST + path, new byte[0]));
    var get = answer(Requests.get(HOST + path));

    assertThat(head.status()).isEqualTo(get.status());
    assertThat(head.headers()).isEqualTo(get.headers());
    assertThat(head.body()).isEqualTo(get.body());
  }

  @Test
  void whatIsNotThereIsNotFound() {
    var answer = answer(Requests.get(HOST + "/telemetry/nothing"));

    assertThat(answer.status()).isEqualTo(404);
    assertThat(body(answer)).isEqualTo("{\"detail\":\"Not Found\"}");
  }

  @Test
  void otherProductsNeverSeeIt() {
    assertThat(
            desk(false).stubs.answer(Requests.get("https://stats.grafana.org/health"), "grafana"))
        .isNull();
    assertThat(desk(false).stubs.answer(Requests.get("http://localhost/health"), null)).isNotNull();
    assertThat(desk(false).stubs.answer(Requests.get("http://localhost/other"), null)).isNull();
  }

  @Test
  void theMarksAreAChoice() {
    var asked = Requests.get(HOST + "/telemetry/index.html");

    var plain = answer(asked);
    var marked = Objects.requireNonNull(desk(true).stubs.answer(asked, "cribl"));

    assertThat(plain.headers().first("server")).isEmpty();
    assertThat(plain.headers().first("x-intercepted")).isEmpty();
    assertThat(marked.headers().first("Server")).contains("cribl-mock");
    assertThat(marked.headers().first("X-Intercepted")).contains("true");
    assertThat(marked.body()).isEqualTo(plain.body());
  }

  @Test
  void anOperatorsOwnStubGoesBefore() {
    var desk = desk(false);
    desk.stubs.put(
        Stubs.Layer.FILES,
        Stub.parse("{name: own, request: {path: /health}, answer: {}}").stubs().getFirst());

    assertThat(desk.who(Requests.get("http://h/health"))).isEqualTo("own");
  }
}
