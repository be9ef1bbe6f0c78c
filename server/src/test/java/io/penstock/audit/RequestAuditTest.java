package io.penstock.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.http.Finished;
import io.penstock.http.Trail;
import io.penstock.json.Json;
import io.penstock.logs.Redaction;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RequestAuditTest {

  private static final long START = 1_795_000_000_000L;
  private static final Duration NOT_AT_ALL = Duration.ZERO;

  private long now = START;
  private RequestAudit audit = audit(3, 1 << 20);

  private RequestAudit audit(int entriesMax, long bytesMax) {
    return new RequestAudit(
        new AuditConfig(entriesMax, Duration.ofMinutes(60), bytesMax, Redaction.STANDARD),
        () -> Instant.ofEpochMilli(now),
        new PrometheusRegistry());
  }

  private void request(String id, String tenant, Trail.Fact... facts) {
    var steps = new ArrayList<Trail.Step>();
    for (var fact : facts) {
      steps.add(new Trail.Step(1_000_000L * (steps.size() + 1), fact));
    }
    audit.accept(
        new Finished(
            "POST",
            "/v1/ingest",
            "/v1/ingest",
            202,
            Duration.ofMillis(5),
            tenant,
            "192.0.2.7",
            id,
            "key-1",
            now,
            steps));
  }

  private void stored(String id, long position) {
    request(
        id,
        "default",
        new Validated(true, "flows.v1", 2),
        new Enriched(2, 1, 0, 2, 31),
        new Stored(position, 2_000_000, 2));
  }

  private List<String> ids(String tenant) {
    return audit.newest(tenant, _ -> true).stream().map(Audited::id).toList();
  }

  private String only() {
    return Json.text(
        audit.newest("default", _ -> true).getFirst().json(Redaction.STANDARD).get("timeline"));
  }

  @Test
  void theNewestComeFirstAndEachTenantHasItsOwn() {
    request("a", "default");
    request("b", "acme");
    request("c", "default");

    assertThat(ids("default")).containsExactly("c", "a");
    assertThat(ids("acme")).containsExactly("b");
    assertThat(audit.newest(null, _ -> true))
        .extracting(Audited::id)
        .containsExactly("c", "b", "a");
  }

  @Test
  void aTenantHasOnlySoManyAndTakesNobodyElsesPlace() {
    request("other", "acme");
    for (int i = 0; i < 10; i++) {
      request("r" + i, "default");
    }

    assertThat(ids("default")).containsExactly("r9", "r8", "r7");
    assertThat(ids("acme")).containsExactly("other");
  }

  @Test
  void overAllTenantsTheBytesAreBounded() {
    audit = audit(1_000, 10_000);

    for (int i = 0; i < 1_000; i++) {
      request("r" + i, "tenant-" + i % 100);
    }

    assertThat(audit.size()).isBetween(1, 25);
    assertThat(ids("tenant-99")).containsExactly("r999");
  }

  @Test
  void oldRequestsAreForgotten() {
    request("a", "default");
    now += Duration.ofMinutes(61).toMillis();

    assertThat(ids("default")).isEmpty();
    assertThat(audit.size()).isZero();
  }

  @Test
  void theTimelineHasWhatHappenedAndNothingElse() {
    stored("a", 100);

    assertThat(only())
        .contains("\"event\":\"received\",\"meta\":{\"tenant\":\"default\",\"auth\":\"ingest\"}")
        .contains("\"meta\":{\"ok\":true,\"schema\":\"flows.v1\",\"records\":2}")
        .contains("\"meta\":{\"geo\":2,\"asn\":1,\"ti\":0,\"risk_avg\":15.5}")
        .contains("\"meta\":{\"position\":100,\"durable_ms\":2.0}")
        .contains("\"meta\":{\"status\":202,\"latency_ms\":5.0}")
        .doesNotContain("exported", "indexed");
  }

  @Test
  void itIsIndexedOnceTheStoreHasPassedIt() {
    stored("a", 100);
    now += 250;
    audit.indexed(99);
    assertThat(only()).doesNotContain("indexed");

    now += 750;
    audit.indexed(100);
    now += 1_000;
    audit.indexed(200);

    assertThat(only()).contains("\"event\":\"indexed\",\"meta\":{\"ms\":1000.0}");
  }

  @Test
  void aStoreThatIsQuickerThanTheAuditIsNotMissed() {
    now += 10;
    audit.indexed(150);
    now = START;
    stored("a", 100);

    assertThat(only()).contains("\"event\":\"indexed\",\"meta\":{\"ms\":10.0}");
  }

  @Test
  void anExportIsTheRealOne() {
    stored("a", 100);
    audit.exported("splunk", 100, "ok");
    audit.exported("elastic", 100, "refused");

    assertThat(only()).contains("\"splunk\":\"ok\"", "\"elastic\":\"refused\"", "\"count\":2");
    assertThat(audit.newest("default", _ -> true).getFirst().fitness()).isEqualTo(0.8);

    stored("b", 200);
    assertThat(only()).doesNotContain("exported");
  }

  @Test
  void whoWaitsIsWokenByTheNextRequest() throws Exception {
    var waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return audit.after(0, "default", 10, Duration.ofSeconds(30));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
              }
            });

    request("a", "default");

    var batch = waiting.get(30, TimeUnit.SECONDS);
    assertThat(batch.requests()).extracting(Audited::id).containsExactly("a");
    assertThat(audit.after(batch.last(), "default", 10, NOT_AT_ALL).requests()).isEmpty();
  }

  @Test
  void whoFollowsATenantPassesOverOthers() throws Exception {
    request("a", "acme");
    request("b", "default");

    var batch = audit.after(0, "default", 10, NOT_AT_ALL);

    assertThat(batch.requests()).extracting(Audited::id).containsExactly("b");
    assertThat(batch.last()).isEqualTo(2);
  }

  @Test
  void aLongPathIsCut() {
    audit.accept(
        new Finished(
            "GET",
            "/" + "x".repeat(8_000),
            "",
            404,
            Duration.ofMillis(1),
            "default",
            "192.0.2.7",
            "id",
            "",
            now,
            List.of()));

    assertThat(audit.newest("default", _ -> true).getFirst().path()).hasSize(513);
  }

  @Test
  void aTenantThatIsForgottenHasNoRequestsAndOthersKeepTheirs() {
    request("one", "acme");
    request("two", "zeta");
    request("three", "acme");

    audit.forget("acme");
    audit.forget("nobody");

    assertThat(audit.newest("acme", _ -> true)).isEmpty();
    assertThat(audit.newest("zeta", _ -> true)).hasSize(1);
    assertThat(audit.size()).isEqualTo(1);
  }
}
