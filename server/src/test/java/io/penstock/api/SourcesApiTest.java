package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.control.Flag;
import io.penstock.control.Source;
import io.penstock.control.Tenant;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sources, flags, the record of acts, and what admission answers. */
final class SourcesApiTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String FLOW =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}""";

  private final ApiServer server = new ApiServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private static Map<String, Object> object(HttpResponse<String> answer) {
    return JSON.fromJsonObject(answer.body());
  }

  private HttpResponse<String> send(String method, String path, String body) {
    return server.send(server.asAdmin(path).method(method, BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> create(String body) {
    return server.post("/v1/sources", body);
  }

  private void acme() {
    server.tenants.add(new Tenant("acme", "ACME", 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));
  }

  @Test
  void aSourceIsAddedShownAndRemoved() {
    var created =
        create(
            """
            {"id":"edge-1","type":"udp","display_name":"Edge","collector":"udp_head","site":"B",
            "tags":["core","v9"],"notes":"n","allowed_ips":["192.0.2.7/24","2001:db8::1"],
            "max_eps":500}""");

    assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
    var shown = object(server.get("/v1/sources/edge-1"));
    assertThat(shown)
        .isEqualTo(object(created))
        .containsOnlyKeys(
            "id",
            "tenant_id",
            "type",
            "origin",
            "display_name",
            "collector",
            "site",
            "tags",
            "health_status",
            "last_seen",
            "notes",
            "status",
            "allowed_ips",
            "max_eps",
            "block_on_exceed",
            "enabled",
            "eps_cap",
            "last_seen_ts",
            "eps_1m",
            "error_pct_1m",
            "created_at",
            "updated_at")
        .containsEntry("tenant_id", "default")
        .containsEntry("tags", "[\"core\",\"v9\"]")
        .containsEntry("allowed_ips", "[\"192.0.2.0/24\",\"2001:db8::1\"]")
        .containsEntry("health_status", "stale")
        .containsEntry("block_on_exceed", true)
        .containsEntry("last_seen", null);
    assertThat(create("{\"id\":\"edge-1\"}").statusCode()).isEqualTo(409);

    assertThat(send("DELETE", "/v1/sources/edge-1", "").body())
        .contains("Source deleted successfully");
    var gone = server.get("/v1/sources/edge-1");
    assertThat(gone.statusCode()).isEqualTo(404);
    assertThat(object(gone)).containsEntry("detail", "Source not found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "PATCH"})
  void aChangeTouchesWhatWasSent(String method) {
    create("{\"id\":\"edge-1\",\"type\":\"udp\",\"site\":\"B\",\"notes\":\"n\",\"max_eps\":5}");

    var changed =
        send(
            method,
            "/v1/sources/edge-1",
            """
            {"display_name":"Edge","status":"disabled","allowed_ips":"[\\"10.0.0.0/8\\"]",
            "block_on_exceed":false,"notes":null,"tags":[],"unheard_of":1}""");

    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    assertThat(object(changed))
        .containsEntry("display_name", "Edge")
        .containsEntry("status", "disabled")
        .containsEntry("enabled", false)
        .containsEntry("allowed_ips", "[\"10.0.0.0/8\"]")
        .containsEntry("block_on_exceed", false)
        .containsEntry("notes", null)
        .containsEntry("site", "B")
        .containsEntry("max_eps", 5L);
    assertThat(send(method, "/v1/sources/nobody", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void aSourceCanBeSentBackAsItWasReadWithOneOfTwoWordsChanged() {
    create("{\"id\":\"edge-1\"}");
    var read = server.get("/v1/sources/edge-1").body();

    var off =
        send("PUT", "/v1/sources/edge-1", read.replace("\"enabled\":true", "\"enabled\":false"));
    assertThat(object(off)).containsEntry("status", "disabled");
    var on =
        send(
            "PUT",
            "/v1/sources/edge-1",
            off.body().replace("\"status\":\"disabled\"", "\"status\":\"enabled\""));
    assertThat(object(on)).containsEntry("enabled", true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"allowed_ips\":[\"zz\"]}|allowed_ips|allowed_ips validation failed: Invalid CIDR at index 0: 'zz'",
        "{\"allowed_ips\":[\"10.0.0.0/8\",\"10.0.0.0/33\"]}|allowed_ips|allowed_ips validation failed: Invalid CIDR at index 1: '10.0.0.0/33'",
        "{\"allowed_ips\":\"not json\"}|allowed_ips|Invalid allowed_ips JSON format",
        "{\"allowed_ips\":[1]}|allowed_ips|allowed_ips must be a list of CIDRs",
        "{\"max_eps\":-1}|max_eps|max_eps must be a non-negative integer",
        "{\"max_eps\":\"5\"}|max_eps|max_eps must be a non-negative integer",
        "{\"max_eps\":1000001}|max_eps|max_eps cannot exceed 1,000,000",
        "{\"block_on_exceed\":\"false\"}|block_on_exceed|block_on_exceed must be a boolean",
        "{\"enabled\":\"false\"}|enabled|enabled must be a boolean",
        "{\"status\":\"off\"}|status|status must be enabled or disabled",
        "{\"type\":\"tcp\"}|type|type must be udp or http",
      })
  void whatASourceCannotBeIsNamed(String body, String field, String message) {
    create("{\"id\":\"edge-1\"}");

    var changed = send("PATCH", "/v1/sources/edge-1", body);
    var created = create(body.replace("{", "{\"id\":\"edge-2\","));

    assertThat(changed.statusCode()).isEqualTo(400);
    assertThat(object(changed)).containsEntry("detail", message).containsEntry("field", field);
    assertThat(created.statusCode()).isEqualTo(422);
    assertThat(created.body())
        .contains("\"loc\":[\"body\",\"" + field + "\"]")
        .contains("\"msg\":\"" + message + "\"");
    assertThat(server.get("/v1/sources/edge-2").statusCode()).isEqualTo(404);
  }

  @Test
  void networksAreLimitedBySourceAndByTenant() {
    var tooMany = networks(0, 129);
    assertThat(create("{\"id\":\"big\",\"allowed_ips\":" + tooMany + "}").statusCode())
        .isEqualTo(422);

    for (int i = 0; i < 16; i++) {
      var body = "{\"id\":\"s" + i + "\",\"allowed_ips\":" + networks(i, 128) + "}";
      assertThat(create(body).statusCode()).isEqualTo(200);
    }
    assertThat(create("{\"id\":\"last\",\"allowed_ips\":[\"10.0.0.0/8\"]}").body())
        .contains("Too many CIDRs (max 2048");
    assertThat(send("PATCH", "/v1/sources/s3", "{\"allowed_ips\":[]}").statusCode()).isEqualTo(200);
    assertThat(create("{\"id\":\"last\",\"allowed_ips\":[\"10.0.0.0/8\"]}").statusCode())
        .isEqualTo(200);
  }

  private static String networks(int net, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"10." + net + "." + i + ".0/24\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "ä", "a\\nb", "\\\"; flush ruleset"})
  void anIdHasPlainCharacters(String id) {
    assertThat(create("{\"id\":\"" + id + "\"}").statusCode()).isEqualTo(422);
  }

  @Test
  void aListIsPagedAndFiltered() {
    for (int i = 0; i < 5; i++) {
      create(
          """
          {"id":"s%d","type":"%s","site":"%s","enabled":%b}"""
              .formatted(i, i % 2 == 0 ? "udp" : "api", i < 2 ? "A" : "B", i != 4));
    }

    var first = object(server.get("/v1/sources?size=3"));
    assertThat(first)
        .containsEntry("total", 7L)
        .containsEntry("page", 1L)
        .containsEntry("size", 3L)
        .containsEntry("page_size", 3L)
        .containsEntry("pages", 3L)
        .containsEntry("items", first.get("sources"));
    assertThat(ids("page=3&page_size=3")).containsExactly("s4");
    assertThat(ids("page=9")).isEmpty();
    assertThat(ids("type=udp&site=B")).containsExactly("s2", "s4");
    assertThat(ids("type=api&site=A")).containsExactly("s1");
    assertThat(ids("enabled=false")).containsExactly("s4");
    assertThat(ids("status=disabled")).containsExactly("s4");
    assertThat(ids("status=stale")).hasSize(7);
    assertThat(ids("status=healthy")).isEmpty();
    for (var wrong : List.of("size=0", "size=101", "page=0", "enabled=maybe")) {
      assertThat(server.get("/v1/sources?" + wrong).statusCode()).isEqualTo(422);
    }
  }

  private List<Object> ids(String query) {
    var sources = (List<?>) object(server.get("/v1/sources?" + query)).get("sources");
    var ids = new ArrayList<Object>();
    for (var source : sources == null ? List.of() : sources) {
      ids.add(String.valueOf(((Map<?, ?>) source).get("id")));
    }
    return ids;
  }

  @Test
  void aTenantHasItsOwnSources() {
    acme();
    server.sources.add(
        Source.named(
            new Source.Key("acme", "theirs"), Source.Type.HTTP, true, Instant.ofEpochSecond(9)));

    assertThat(server.get("/v1/sources/theirs").statusCode()).isEqualTo(404);
    assertThat(send("PATCH", "/v1/sources/theirs", "{}").statusCode()).isEqualTo(404);
    assertThat(send("DELETE", "/v1/sources/theirs", "").statusCode()).isEqualTo(404);
    assertThat(server.get("/v1/sources/theirs/status").statusCode()).isEqualTo(404);
    assertThat(server.get("/v1/sources/theirs/metrics").statusCode()).isEqualTo(404);
    assertThat(ids("")).doesNotContain("theirs");
    assertThat(ids("tenant=acme")).containsExactly("theirs");
    assertThat(server.get("/v1/sources?tenant=nobody").statusCode()).isEqualTo(404);
    assertThat(create("{\"id\":\"theirs\"}").statusCode()).isEqualTo(200);
  }

  @Test
  void whatASourceSentIsInItsFigures() {
    create("{\"id\":\"edge-1\"}");
    server.send(
        server
            .asAdmin("/v1/ingest")
            .header("X-Source-Id", "edge-1")
            .POST(BodyPublishers.ofString("[" + FLOW + "," + FLOW + "]")));

    await()
        .until(
            () ->
                server
                    .get("/v1/sources/edge-1/metrics?window=600")
                    .body()
                    .contains("\"records_24h\":2,"));
    assertThat(object(server.get("/v1/sources/edge-1")))
        .containsEntry("origin", "http")
        .containsEntry("health_status", "healthy");
    assertThat(object(server.get("/v1/sources/edge-1/status")).get("last_seen_ts")).isNotNull();
    assertThat(server.get("/v1/sources/edge-1/metrics").body())
        .contains("\"error_pct_15m\":0.0", "\"window_seconds\":900");
    for (var wrong : List.of("59", "3601", "x")) {
      assertThat(server.get("/v1/sources/edge-1/metrics?window=" + wrong).statusCode())
          .isEqualTo(422);
    }
  }

  @Test
  void admissionAnswersAsItsClientsKnowIt() {
    create("{\"id\":\"gw\",\"type\":\"http\",\"max_eps\":2,\"allowed_ips\":[\"192.0.2.0/24\"]}");
    var batch = "{\"collector_id\":\"gw\",\"records\":[" + FLOW + "]}";
    assertThat(server.post("/v1/ingest", batch).statusCode()).isEqualTo(202);

    send(
        "PATCH",
        "/v1/admin/featureflags",
        "{\"ADMISSION_HTTP_ENABLED\":true,\"HTTP_IP_ALLOWLIST_ENABLED\":true}");
    var elsewhere = server.post("/v1/ingest", batch);
    assertThat(elsewhere.statusCode()).isEqualTo(403);
    assertThat(elsewhere.body())
        .startsWith("{\"error\":\"ip_not_allowed\",\"detail\":\"Client IP not in allowed list\"");

    send("PATCH", "/v1/sources/gw", "{\"allowed_ips\":[\"127.0.0.0/8\",\"::1\"]}");
    var statuses =
        IntStream.range(0, 10)
            .mapToObj(_ -> server.post("/v1/ingest", batch))
            .map(answer -> answer.statusCode() + " " + answer.body())
            .toList();
    assertThat(statuses.getFirst()).startsWith("202");
    assertThat(statuses)
        .anyMatch(
            answer ->
                answer.startsWith(
                    "429 {\"error\":\"rate_limit\",\"detail\":\"Rate limit exceeded\""));

    send("PATCH", "/v1/sources/gw", "{\"status\":\"disabled\"}");
    var disabled = server.post("/v1/ingest", batch);
    assertThat(disabled.statusCode()).isEqualTo(403);
    assertThat(disabled.body())
        .startsWith("{\"error\":\"disabled\",\"detail\":\"Source is disabled\"");
    assertThat(
            server
                .send(
                    server
                        .asAdmin("/v1/ingest/netflow")
                        .header("X-Source-Id", "gw")
                        .POST(BodyPublishers.ofString("[" + FLOW + "]")))
                .statusCode())
        .isEqualTo(403);
    assertThat(server.post("/v1/ingest", "[" + FLOW + "]").statusCode()).isEqualTo(202);
  }

  @Test
  void aRefusedBatchMayComeAgainUnderItsKey() {
    create("{\"id\":\"gw\",\"enabled\":false}");
    server.flags.set(Map.of(Flag.ADMISSION_HTTP_ENABLED, true), "test");
    var batch = "{\"collector_id\":\"gw\",\"records\":[" + FLOW + "]}";

    assertThat(keyed(batch).statusCode()).isEqualTo(403);
    send("PATCH", "/v1/sources/gw", "{\"enabled\":true}");

    assertThat(keyed(batch).statusCode()).isEqualTo(202);
    assertThat(server.store.events()).hasSize(1);
  }

  private HttpResponse<String> keyed(String batch) {
    return server.send(
        server
            .asAdmin("/v1/ingest")
            .header("Idempotency-Key", "k-1")
            .POST(BodyPublishers.ofString(batch)));
  }

  @Test
  void admissionCanBeAskedBeforehand() {
    create("{\"id\":\"gw\",\"allowed_ips\":[\"192.0.2.0/24\"]}");

    assertThat(server.post("/v1/sources/gw/admission/test", "{\"client_ip\":\"10.1.1.1\"}").body())
        .isEqualTo(
            "{\"allowed\":false,\"reason\":\"ip_not_allowed\",\"source_id\":\"gw\","
                + "\"client_ip\":\"10.1.1.1\",\"source_status\":\"enabled\","
                + "\"source_allowed_ips\":[\"192.0.2.0/24\"],\"enforced\":false}");
    assertThat(server.post("/v1/sources/gw/admission/test", "{\"client_ip\":\"192.0.2.9\"}").body())
        .contains("\"allowed\":true,\"reason\":\"allowed\"");
    assertThat(object(server.post("/v1/sources/gw/admission/test", "{}")))
        .containsEntry("detail", "client_ip is required");
    assertThat(
            server.post("/v1/sources/gw/admission/test", "{\"client_ip\":\"host\"}").statusCode())
        .isEqualTo(400);
    assertThat(server.post("/v1/sources/no/admission/test", "{\"client_ip\":\"::1\"}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void flagsAreSetAndTheirOriginIsShown() {
    var changed =
        send(
            "PATCH",
            "/v1/admin/featureflags",
            "{\"TRUST_PROXY\":true,\"SOMETHING_ELSE\":1,\"ADMISSION_LOG_ONLY\":false}");

    assertThat(object(changed))
        .hasSize(10)
        .containsEntry("TRUST_PROXY", true)
        .containsEntry("HTTP_TRUST_XFF", false)
        .containsEntry("ADMISSION_BLOCK_ON_EXCEED_DEFAULT", true);
    assertThat(server.get("/v1/admin/featureflags").body())
        .isEqualTo(changed.body())
        .contains("\"TRUST_PROXY\":\"runtime\"", "\"HTTP_TRUST_XFF\":\"standard\"");
    for (var wrong : List.of("\"false\"", "0", "null", "[]")) {
      var answer = send("PATCH", "/v1/admin/featureflags", "{\"TRUST_PROXY\":" + wrong + "}");
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(String.valueOf(object(answer).get("detail")))
          .startsWith("Invalid feature flags payload: ");
    }
    assertThat(server.flags.isOn(Flag.TRUST_PROXY)).isTrue();
  }

  @Test
  void actsAreRecordedWithWhoDidThem() {
    create("{\"id\":\"gw\",\"max_eps\":5}");
    send("PATCH", "/v1/sources/gw", "{\"max_eps\":6}");
    send("PATCH", "/v1/admin/featureflags", "{\"TRUST_PROXY\":true,\"ADMISSION_FAIL_OPEN\":false}");
    send("DELETE", "/v1/sources/gw", "");
    server.post("/v1/admin/security/sync-allowlist", "");

    var audit = object(server.get("/v1/admin/audit"));
    var acts = List.<Object>copyOf((List<?>) Objects.requireNonNull(audit.get("audit_logs")));

    assertThat(audit).containsEntry("count", 5L);
    assertThat(acts)
        .extracting(act -> String.valueOf(((Map<?, ?>) act).get("action")))
        .containsExactly(
            "firewall_sync",
            "source_delete",
            "feature_flag_update",
            "source_update",
            "source_create");
    assertThat(acts)
        .allSatisfy(
            act ->
                assertThat(String.valueOf(((Map<?, ?>) act).get("actor_key_id")))
                    .isEqualTo("admin"));
    assertThat(server.get("/v1/admin/audit?limit=3").body())
        .contains("\"before_value\":{\"value\":false}", "\"count\":3")
        .doesNotContain(ApiServer.ADMIN);
    assertThat(server.get("/v1/admin/audit?limit=1001").statusCode()).isEqualTo(422);
  }

  @Test
  void withoutNftTheAllowListSaysSo() {
    create(
        "{\"id\":\"r\",\"type\":\"udp\",\"allowed_ips\":[\"10.1.0.0/16\",\"10.0.0.0/8\",\"::1\"]}");

    var dry = object(server.post("/v1/admin/security/sync-allowlist?dry_run=true", ""));
    assertThat(dry)
        .containsEntry("status", "dry_run")
        .containsEntry("ipv4_cidrs", List.of("10.0.0.0/8"))
        .containsEntry("ipv6_added", 1L)
        .containsEntry("dry_run", true);
    assertThat(String.valueOf(dry.get("nft_script")))
        .contains("add element inet telemetry exporters { 10.0.0.0/8 }");
    assertThat(object(server.post("/v1/admin/security/sync-allowlist", "")))
        .containsEntry("status", "nftables_not_available");
    assertThat(object(server.get("/v1/admin/security/allowlist/status")))
        .containsEntry("nft_available", false)
        .containsEntry("udp_port", "2055")
        .containsEntry("synced", false)
        .containsEntry("configured_ipv4_cidrs", 1L)
        .containsEntry("enabled_sources", 3L);
  }
}
