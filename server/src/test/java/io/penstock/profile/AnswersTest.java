package io.penstock.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Asked;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.stub.Answer;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AnswersTest {

  private final Profiles profiles = TestProfiles.shipped();

  @Test
  void checkpointTellsTheProductThatItsVersionIsTheNewest() throws MalformedJsonException {
    var answer =
        answer(
            "hashicorp",
            TestProfiles.get(
                "checkpoint-api.hashicorp.com", "/v1/check/terraform?version=1.9.0&os=linux"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(json(answer))
        .containsEntry("product", "terraform")
        .containsEntry("current_version", "1.9.0")
        .containsEntry("outdated", false);
  }

  @Test
  void whatARequestSaysCannotBreakOutOfTheAnswer() throws MalformedJsonException {
    var answer =
        answer(
            "hashicorp",
            TestProfiles.get(
                "checkpoint-api.hashicorp.com",
                "/v1/check/x?version=1%22%2C%22outdated%22%3Atrue%2C%22a%22%3A%22%0D%0A"));

    assertThat(json(answer))
        .containsEntry("outdated", false)
        .containsEntry("current_version", "1\",\"outdated\":true,\"a\":\"\r\n");
  }

  @Test
  void checkpointTelemetryWantsCreated() {
    var asked = TestProfiles.post("checkpoint-api.hashicorp.com", "/v1/telemetry/terraform", "{}");

    assertThat(answer("hashicorp", asked).status()).isEqualTo(201);
  }

  @Test
  void gitlabGetsThePositiveNumberWithoutWhichItsJobFails() throws MalformedJsonException {
    var answer =
        answer("gitlab", TestProfiles.post("version.gitlab.com", "/usage_data", "{\"uuid\":1}"));

    assertThat(answer.status()).isBetween(200, 299);
    assertThat(json(answer)).containsEntry("conv_index", Map.of("usage_data_id", 1L));
  }

  @Test
  void kibanaIsAnsweredWhenItProbesAndWhenItPosts() {
    var host = "telemetry.elastic.co";
    var probe =
        answer(
            "kibana", TestProfiles.asked("OPTIONS", host, "/v3/send/kibana-snapshot", new byte[0]));
    var post = answer("kibana", TestProfiles.post(host, "/v3/send/kibana-snapshot", "AAAA"));

    assertThat(probe.status()).isEqualTo(204);
    assertThat(probe.headers().first("Access-Control-Allow-Methods").orElse("")).contains("POST");
    assertThat(post.status()).isEqualTo(200);
  }

  @Test
  void sentryGetsBackTheIdOfItsEvent() throws MalformedJsonException {
    var host = "o1.ingest.de.sentry.io";
    var envelope =
        "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\"}\n{}\n";

    var known = answer("sentry", TestProfiles.post(host, "/api/7/envelope/", envelope));
    var unknown = answer("sentry", TestProfiles.post(host, "/api/7/envelope/", "{}\n"));

    assertThat(json(known)).containsEntry("id", "9ec79c33ec9942ab8353589fcb2e04dc");
    assertThat((String) json(unknown).get("id")).matches("[0-9a-f]{32}");
  }

  @Test
  void applicationInsightsGetsTheNumberOfItsItems() throws MalformedJsonException {
    var host = "southcentralus-0.in.applicationinsights.azure.com";

    var lines = answer("dotnet", TestProfiles.post(host, "/v2/track", "{\"a\":1}\n{\"a\":2}\n"));
    var array = answer("dotnet", TestProfiles.post(host, "/v2/track", "[{\"a\":1},{},{\"b\":1}]"));

    assertThat(json(lines)).containsEntry("itemsReceived", 2L).containsEntry("itemsAccepted", 2L);
    assertThat(json(array)).containsEntry("itemsReceived", 3L);
  }

  @Test
  void otlpIsAnsweredInTheFormOfTheRequest() {
    var host = "otel.example";
    var protobuf =
        answer(
            "otlp",
            TestProfiles.post(host, "/v1/traces", "x", "Content-Type", "application/x-protobuf"));
    var json =
        answer(
            "otlp", TestProfiles.post(host, "/v1/logs", "{}", "Content-Type", "application/json"));
    var grpc =
        answer(
            "otlp",
            TestProfiles.post(
                host,
                "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
                "x",
                "Content-Type",
                "application/grpc"));

    assertThat(protobuf.body()).isEmpty();
    assertThat(protobuf.headers().first("Content-Type")).contains("application/x-protobuf");
    assertThat(new String(json.body(), UTF_8)).isEqualTo("{\"partialSuccess\":{}}");
    assertThat(grpc.body()).containsExactly(0, 0, 0, 0, 0);
    assertThat(grpc.trailers().first("grpc-status")).contains("0");
  }

  @Test
  void influxGetsTheOnlyStatusThatItTakes() {
    var asked = TestProfiles.post("telemetry.influxdata.com", "/metrics/job/influxdb", "up 1\n");

    assertThat(answer("influxdb", asked).status()).isEqualTo(202);
  }

  @Test
  void everyEndpointAnswersTheMethodsOfItsClients() {
    for (var profile : profiles.all()) {
      for (var endpoint : profile.endpoints()) {
        for (var method : endpoint.methods()) {
          var host = endpoint.hosts().isEmpty() ? "any" : endpoint.hosts().getFirst().name();
          var path = endpoint.paths().getFirst().text().replace("*", "x");

          var answer = answer(profile.name(), TestProfiles.asked(method, host, path, new byte[0]));

          assertThat(answer.status()).as(profile.name() + " " + method + path).isLessThan(400);
          assertThat(new String(answer.body(), UTF_8)).doesNotContain("{{");
        }
      }
    }
  }

  @Test
  void whatNoProfileKnowsHasNoAnswer() {
    var asked = TestProfiles.get("cdn.cribl.io", "/dl/latest");

    assertThat(profiles.answer(asked, "cribl")).isNull();
    assertThat(profiles.answer(asked, "nothing")).isNull();
  }

  private Answer answer(String product, Asked asked) {
    return TestProfiles.answer(profiles, asked, product);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> json(Answer answer) throws MalformedJsonException {
    return (Map<String, Object>) Objects.requireNonNull(JsonTree.parse(answer.body()));
  }
}
