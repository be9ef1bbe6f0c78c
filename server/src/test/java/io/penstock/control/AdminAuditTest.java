package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.control.AdminAudit.Act;
import io.penstock.control.AdminAudit.Actor;
import io.penstock.json.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class AdminAuditTest {

  private final Engine engine;
  private final Instant now = Instant.ofEpochSecond(1_800_000);
  @TempDir private Path folder;

  AdminAuditTest(Engine engine) {
    this.engine = engine;
  }

  @Test
  void anActIsReadBackNewestFirstByItsTenantAlone() {
    try (var database = engine.open(folder)) {
      var audit = new AdminAudit(database, InstantSource.fixed(now));
      var actor = new Actor("key-1", "acme", "192.0.2.7", "curl/8");
      var flag = Json.object("ADMISSION_HTTP_ENABLED", true);

      audit.record(new Act(actor, "tenant_create", "acme", null, Json.object("name", "ACME")));
      audit.record(new Act(actor, "feature_flag_update", "x".repeat(300), flag, null));

      var latest = audit.latest("acme", 10);
      assertThat(latest).hasSize(2);
      var newest = latest.getFirst();
      assertThat(newest.action()).isEqualTo("feature_flag_update");
      assertThat(newest.at()).isEqualTo(now);
      assertThat(newest.actor()).isEqualTo(actor);
      assertThat(newest.target()).hasSize(255);
      assertThat(newest.before()).isEqualTo("{\"ADMISSION_HTTP_ENABLED\":true}");
      assertThat(newest.after()).isNull();
      assertThat(audit.latest("acme", 1)).containsExactly(newest);
      assertThat(audit.latest("default", 10)).isEmpty();
    }
  }

  private static Act act(String action) {
    var actor = new Actor("key-1", "acme", "192.0.2.7", "curl/8");
    return new Act(actor, action, "target", null, null);
  }

  @Test
  void actsBeforeATimeAreDeletedAndNoOthers() {
    try (var database = engine.open(folder)) {
      // More than one statement deletes.
      var _ =
          database.write(
              handle -> {
                for (int i = 0; i < 2_500; i++) {
                  handle.execute(
                      "INSERT INTO admin_audit_logs (at, tenant_id, actor_key_id, action, target,"
                          + " client_ip, user_agent) VALUES (?, 'acme', 'k', 'old', 't', '', '')",
                      now.toEpochMilli() - 1 - i);
                }
                return true;
              });
      var audit = new AdminAudit(database, InstantSource.fixed(now));
      audit.record(act("young"));

      assertThat(audit.expire(now)).isEqualTo(2_500);

      assertThat(audit.expire(now)).isZero();
      assertThat(audit.latest("acme", 10))
          .extracting(AdminAudit.Entry::action)
          .containsOnly("young");
    }
  }

  @Test
  void whatIsOlderThanItIsKeptGoesAtTheStart() {
    var kept = Duration.ofDays(400);
    try (var database = engine.open(folder);
        var retention =
            new AdminAuditRetention(
                new AdminAudit(database, InstantSource.fixed(now)), kept, () -> now)) {
      var before = now.minus(kept);
      new AdminAudit(database, () -> before.minusMillis(1)).record(act("too old"));
      new AdminAudit(database, () -> before).record(act("just young enough"));
      var audit = new AdminAudit(database, () -> now);

      retention.start();

      await()
          .untilAsserted(
              () ->
                  assertThat(audit.latest("acme", 10))
                      .extracting(AdminAudit.Entry::action)
                      .containsExactly("just young enough"));
    }
  }
}
