package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.json.mapper.JsonMapper;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tenants and keys over HTTP. */
final class KeysApiTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ApiServer server = new ApiServer();

  @BeforeEach
  void makeATenant() {
    var made =
        server.post(
            "/v1/admin/tenants",
            "{\"tenant_id\":\"acme-prod\",\"name\":\"ACME Production\",\"retention_days\":30}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> call(String method, String path, String body) {
    return server.send(server.asAdmin(path).method(method, BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> delete(String path) {
    return server.send(server.asAdmin(path).DELETE());
  }

  private static Map<String, Object> json(HttpResponse<String> answer) {
    return JSON.fromJsonObject(answer.body());
  }

  private static String text(Map<String, Object> object, String name) {
    return String.valueOf(object.get(name));
  }

  private Map<String, Object> key(String body) {
    var made = server.post("/v1/admin/keys", body);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return json(made);
  }

  private int statusWith(String secret, String path) {
    return server.send(server.request(path).header("X-API-Key", secret).GET()).statusCode();
  }

  private HttpRequest.Builder inAcme(String path) {
    return server.asAdmin(path).header("X-Tenant-ID", "acme-prod");
  }

  @Test
  void theReadmesCommandsMakeATenantAndItsKey() {
    var key = key("{\"tenant_id\":\"acme-prod\",\"scopes\":[\"ingest\",\"read_metrics\"]}");

    assertThat(key)
        .containsEntry("tenant_id", "acme-prod")
        .containsEntry("scopes", List.of("ingest", "read_metrics"))
        .containsEntry("disabled", false)
        .containsEntry("is_active", true)
        .containsEntry("created_by", "admin")
        .containsKeys("key_id", "created_at", "api_key");
    assertThat(statusWith(text(key, "api_key"), "/v1/metrics")).isEqualTo(200);
    assertThat(statusWith(text(key, "api_key"), "/v1/events")).isEqualTo(403);
    assertThat(statusWith(text(key, "api_key"), "/v1/admin/keys")).isEqualTo(403);
  }

  @Test
  void aSecretIsShownOnce() {
    var key = key("{\"tenant_id\":\"acme-prod\"}");
    var secret = text(key, "api_key");

    for (var path : List.of("/v1/admin/keys", "/v1/admin/keys/" + text(key, "key_id"))) {
      assertThat(server.get(path).body())
          .contains("\"prefix\":\"" + secret.substring(0, 12) + "\"")
          .doesNotContain(secret)
          .doesNotContain("hash");
    }
  }

  @Test
  void theFamilyOfATenantSeesThatTenantOnly() {
    var own = json(server.post("/v1/keys", "{\"scopes\":[\"ingest\"],\"note\":\"\"}"));
    var other =
        json(
            server.send(
                inAcme("/v1/keys")
                    .POST(BodyPublishers.ofString("{\"scopes\":[\"export\"],\"note\":\"x\"}"))));

    assertThat(own).containsEntry("tenant_id", "default").containsKeys("api_key", "note");
    assertThat(other).containsEntry("tenant_id", "acme-prod").containsEntry("note", "x");
    assertThat(server.get("/v1/keys").body())
        .contains(text(own, "key_id"))
        .doesNotContain(text(other, "key_id"));
    assertThat(json(server.send(inAcme("/v1/keys").GET()))).containsEntry("total", 1L);
    var foreign = "/v1/keys/" + text(other, "key_id");
    assertThat(server.get(foreign).statusCode()).isEqualTo(404);
    assertThat(call("POST", foreign + "/rotate", "").statusCode()).isEqualTo(404);
    assertThat(call("PATCH", foreign, "{\"disabled\":true}").statusCode()).isEqualTo(404);
    assertThat(delete(foreign).body())
        .startsWith("{\"error\":\"not_found\",\"detail\":\"API key not found\",");
    assertThat(statusWith(text(other, "api_key"), "/v1/schema")).isEqualTo(200);
  }

  @Test
  void theAdminsListCanBeNarrowedAndTurned() {
    var first = key("{\"tenant_id\":\"acme-prod\"}");
    var second = key("{\"tenant_id\":\"acme-prod\"}");
    var ids = List.of(text(first, "key_id"), text(second, "key_id")).stream().sorted().toList();

    var page = json(server.get("/v1/admin/keys?tenant_id=acme-prod&limit=1"));
    var next =
        json(server.get("/v1/admin/keys?tenant_id=acme-prod&limit=1&cursor=" + ids.getFirst()));

    assertThat(page).containsEntry("total", 2L).containsEntry("next_cursor", ids.getFirst());
    assertThat(text(next, "keys")).contains(ids.getLast()).doesNotContain(ids.getFirst());
    assertThat(next.get("next_cursor")).isNull();
  }

  @Test
  void theLastUseOfAKeyIsShown() {
    var key = key("{\"tenant_id\":\"acme-prod\",\"scopes\":\"ingest, read_metrics\"}");
    var path = "/v1/admin/keys/" + text(key, "key_id");
    assertThat(json(server.get(path)).get("last_used_at")).isNull();

    statusWith(text(key, "api_key"), "/v1/metrics");

    assertThat(json(server.get(path)).get("last_used_at")).isNotNull();
  }

  @Test
  void aKeyIsChangedAtOnce() {
    var key = key("{\"tenant_id\":\"acme-prod\",\"scopes\":[\"read_metrics\"]}");
    var path = "/v1/admin/keys/" + text(key, "key_id");
    var secret = text(key, "api_key");

    assertThat(call("PATCH", path, "{\"disabled\":true}").statusCode()).isEqualTo(200);
    var refused = server.send(server.request("/v1/metrics").header("X-API-Key", secret));
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body())
        .startsWith("{\"error\":\"unauthorized\",\"detail\":\"Invalid API key\",");

    call("PUT", path, "{\"is_active\":true,\"scopes\":[\"INGEST\"],\"note\":\"new\"}");
    assertThat(statusWith(secret, "/v1/metrics")).isEqualTo(403);
    var expiring = json(call("PATCH", path, "{\"expires_at\":\"2100-01-01T00:00:00Z\"}"));
    assertThat(expiring)
        .containsEntry("expires_at", "2100-01-01T00:00:00Z")
        .containsEntry("note", "new")
        .containsEntry("scopes", List.of("ingest"));
    assertThat(json(call("PATCH", path, "{\"expires_at\":null}")).get("expires_at")).isNull();
  }

  @Test
  void aRotatedKeyHasTwoSecretsForAWhile() {
    var key = key("{\"tenant_id\":\"acme-prod\",\"scopes\":[\"read_metrics\"]}");
    var path = "/v1/admin/keys/" + text(key, "key_id") + "/rotate";

    var rotated = json(call("POST", path, ""));

    assertThat(rotated).containsKeys("key_id", "api_key", "scopes", "note", "rotated_at");
    assertThat(rotated.get("previous_valid_until")).isNotNull();
    assertThat(statusWith(text(key, "api_key"), "/v1/metrics")).isEqualTo(200);
    assertThat(statusWith(text(rotated, "api_key"), "/v1/metrics")).isEqualTo(200);

    var again = json(call("POST", path, "{\"overlap_seconds\":0}"));
    assertThat(statusWith(text(key, "api_key"), "/v1/metrics")).isEqualTo(401);
    assertThat(statusWith(text(rotated, "api_key"), "/v1/metrics")).isEqualTo(401);
    assertThat(statusWith(text(again, "api_key"), "/v1/metrics")).isEqualTo(200);
    assertThat(call("POST", path + "?overlap_seconds=-1", "").statusCode()).isEqualTo(422);
  }

  @Test
  void aDeletedKeyOpensNothing() {
    var key = key("{\"tenant_id\":\"acme-prod\",\"scopes\":[\"read_metrics\"]}");
    var path = "/v1/admin/keys/" + text(key, "key_id");

    assertThat(delete(path).body())
        .isEqualTo("{\"status\":\"deleted\",\"key_id\":\"%s\"}".formatted(key.get("key_id")));

    assertThat(statusWith(text(key, "api_key"), "/v1/metrics")).isEqualTo(401);
    assertThat(delete(path).statusCode()).isEqualTo(404);
  }

  @Test
  void aConfiguredKeyIsShownAndNotChanged() {
    assertThat(server.get("/v1/keys").body()).contains("\"key_id\":\"ingester\"");

    for (var answer :
        List.of(
            delete("/v1/keys/ingester"),
            call("PATCH", "/v1/keys/ingester", "{\"scopes\":[\"admin\"]}"),
            call("POST", "/v1/keys/ingester/rotate", ""))) {
      assertThat(answer.statusCode()).isEqualTo(409);
      assertThat(answer.body()).contains("\"error\":\"configured_key\"");
    }
  }

  @Test
  void theScopesAreListed() {
    assertThat(json(server.get("/v1/keys/scopes"))).containsEntry("total", 8L);
    assertThat(server.get("/v1/keys/scopes").body())
        .contains("\"admin\":\"Full administrative access\"")
        .contains("\"export\":\"Export data to external systems\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"scopes\":[\"x\"]}                                | 400 | Invalid scope: x",
        "{\"scopes\":[]}                                     | 422 | [\"body\",\"scopes\"]",
        "{\"scopes\":[1]}                                    | 422 | [\"body\",\"scopes\"]",
        "{\"note\":7}                                        | 422 | [\"body\",\"note\"]",
        "{\"tenant_id\":\"nobody\"}                          | 404 | Tenant not found",
        "{\"expires_at\":\"tomorrow\"}                       | 422 | [\"body\",\"expires_at\"]",
        "{\"expires_at\":\"2020-01-01T00:00:00Z\"}           | 422 | in the future",
        "[]                                                  | 400 | Payload must be JSON object",
        "{                                                   | 400 | Invalid JSON"
      })
  void aMistakeInAKeyIsNamed(String body, int status, String detail) {
    var answer = server.post("/v1/admin/keys", body);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body()).contains(detail);
  }

  @Test
  void aTenantIsChangedReadAndDeleted() {
    var path = "/v1/admin/tenants/acme-prod";

    var changed =
        json(
            call(
                "PATCH",
                path,
                """
                {"name":"Acme","quotas":{"eps":600},"redaction":{"fields":["src_ip"]}}"""));

    assertThat(changed)
        .containsEntry("name", "Acme")
        .containsEntry("retention_days", 30L)
        .containsEntry("quotas", Map.of("eps", 600L, "batch_max", 10_000L, "dlq_max", 100_000L))
        .containsEntry("redaction", Map.of("fields", List.of("src_ip")));
    assertThat(json(server.get(path))).isEqualTo(changed);
    assertThat(json(server.get("/v1/admin/tenants"))).containsEntry("total", 2L);
    var twice = server.post("/v1/admin/tenants", "{\"tenant_id\":\"acme-prod\"}");
    assertThat(twice.statusCode()).isEqualTo(409);

    var key = key("{\"tenant_id\":\"acme-prod\"}");
    assertThat(delete(path).statusCode()).isEqualTo(409);
    delete("/v1/admin/keys/" + text(key, "key_id"));
    assertThat(delete(path).body())
        .isEqualTo(
            "{\"status\":\"deleted\",\"tenant_id\":\"acme-prod\",\"events\":\"being_deleted\"}");
    assertThat(server.get(path).statusCode()).isEqualTo(404);
    assertThat(server.send(inAcme("/v1/metrics")).statusCode()).isEqualTo(404);
    var soon = server.post("/v1/admin/tenants", "{\"tenant_id\":\"acme-prod\"}");
    assertThat(soon.statusCode()).isEqualTo(409);
    assertThat(soon.body()).contains("\"error\":\"tenant_being_deleted\"");
    assertThat(soon.headers().firstValue("Retry-After")).contains("60");
  }

  @Test
  void anIdOfWhichEventsAreLeftIsGivenToNobody() {
    server.left.add("zeta");

    var answer = server.post("/v1/admin/tenants", "{\"tenant_id\":\"zeta\"}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("\"error\":\"tenant_being_deleted\"");
    server.left.clear();
    assertThat(server.post("/v1/admin/tenants", "{\"tenant_id\":\"zeta\"}").statusCode())
        .isEqualTo(201);
  }

  @Test
  void theDefaultTenantStays() {
    assertThat(delete("/v1/admin/tenants/default").statusCode()).isEqualTo(409);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"x\"}",
        "{\"tenant_id\":\"Upper\"}",
        "{\"tenant_id\":\"../x\"}",
        "{\"tenant_id\":\"a\",\"retention_days\":0}",
        "{\"tenant_id\":\"a\",\"quotas\":{\"eps\":-1}}",
        "{\"tenant_id\":\"a\",\"quotas\":[]}",
        "{\"tenant_id\":\"a\",\"redaction\":{\"fields\":[\"\"]}}"
      })
  void aMistakeInATenantIsNamed(String body) {
    var answer = server.post("/v1/admin/tenants", body);

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("\"loc\":[\"body\",");
  }

  @Test
  void everyActIsInTheAuditWithoutSecrets() {
    var key = key("{\"tenant_id\":\"acme-prod\",\"note\":\"audited\"}");
    var path = "/v1/admin/keys/" + text(key, "key_id");
    var rotated = json(call("POST", path + "/rotate", ""));
    call("PATCH", path, "{\"disabled\":true}");
    delete(path);
    delete("/v1/admin/tenants/acme-prod");

    var acts = server.audit.latest("default", 100);

    assertThat(acts)
        .extracting(act -> act.action() + " " + act.target())
        .containsExactly(
            "tenant_delete acme-prod",
            "api_key_delete " + key.get("key_id"),
            "api_key_update " + key.get("key_id"),
            "api_key_rotate " + key.get("key_id"),
            "api_key_create " + key.get("key_id"),
            "tenant_create acme-prod");
    assertThat(acts).allMatch(act -> act.actor().keyId().equals("admin"));
    assertThat(acts.toString())
        .contains("audited")
        .doesNotContain(text(key, "api_key"), text(rotated, "api_key"));
  }
}
