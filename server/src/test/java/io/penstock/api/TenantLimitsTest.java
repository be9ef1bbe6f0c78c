package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.Tenant.Quotas;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Collections;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What a tenant may post. */
final class TenantLimitsTest {

  private static final String FLOW =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}""";

  private static ApiServer server(Quotas quotas) {
    return new ApiServer(UnaryOperator.identity(), UnaryOperator.identity(), _ -> quotas);
  }

  private static String flows(int count) {
    return "[" + String.join(",", Collections.nCopies(count, FLOW)) + "]";
  }

  @Test
  void aTenantThatSendsTooMuchIsToldWhenToComeBack() {
    try (var server = server(new Quotas(5, 10_000, 0))) {
      assertThat(server.post("/v1/ingest", flows(60)).statusCode()).isEqualTo(202);

      var answer = server.post("/v1/ingest", flows(1));

      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(answer.body())
          .startsWith("{\"error\":\"quota_exceeded\"")
          .contains("\"limit_eps\":5", "\"title\":\"Too Many Requests\"");
      var wait = Integer.parseInt(answer.headers().firstValue("Retry-After").orElse(""));
      assertThat(wait).isBetween(9, 11);
      assertThat(server.store.events()).hasSize(60);
    }
  }

  @Test
  void aRepeatedRequestIsAnsweredWithoutBeingPaidForAgain() {
    try (var server = server(new Quotas(1, 10_000, 0))) {
      var first = postWithKey(server);
      var again = postWithKey(server);

      assertThat(first).isEqualTo(202);
      assertThat(again).isEqualTo(202);
      assertThat(server.store.events()).hasSize(5);
      assertThat(server.post("/v1/ingest", FLOW).statusCode()).isEqualTo(429);
    }
  }

  private static int postWithKey(ApiServer server) {
    return server
        .send(
            server
                .asAdmin("/v1/ingest")
                .header("Idempotency-Key", "k")
                .POST(BodyPublishers.ofString(flows(5))))
        .statusCode();
  }

  @Test
  void aTenantsBatchesHaveItsOwnLimit() {
    try (var server = server(new Quotas(0, 2, 0))) {
      var answer = server.post("/v1/ingest", flows(3));

      assertThat(answer.statusCode()).isEqualTo(413);
      assertThat(answer.body())
          .startsWith("{\"error\":\"too_many_records\"")
          .contains("\"limit\":2", "\"observed\":3");
      assertThat(server.store.batches()).isEmpty();
      assertThat(server.post("/v1/ingest", flows(2)).statusCode()).isEqualTo(202);
    }
  }

  @Test
  void whatThisServerDoesNotDoIsSaidSo() {
    try (var server = server(Quotas.NONE)) {
      var rules = server.post("/v1/alerts/rules", "{}");
      assertThat(rules.statusCode()).isEqualTo(501);
      assertThat(rules.body()).contains("\"status\":\"not_implemented\"", "\"error\":\"not_");

      assertThat(server.post("/v1/admin/update", "").statusCode()).isEqualTo(501);
      assertThat(server.get("/v1/updates/check").body())
          .isEqualTo("{\"enabled\":false,\"status\":\"disabled\"}");
    }
  }

  @Test
  void aClientIsToldItsAddress() {
    try (var server = server(Quotas.NONE)) {
      for (var path : new String[] {"/v1/utils/client-ip", "/v1/v1/utils/client-ip"}) {
        var answer = server.send(server.asAdmin(path).header("X-Forwarded-For", "6.6.6.6").GET());
        assertThat(answer.body()).containsAnyOf("\"127.0.0.1\"", "\"::1\"");
      }
    }
  }
}
