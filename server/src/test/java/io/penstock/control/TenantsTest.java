package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class TenantsTest {

  private final InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_800_000));
  private final Tenant acme =
      new Tenant(
          "acme",
          "ACME \"Production\"",
          30,
          new Tenant.Quotas(600, 1_000, 5),
          Set.of("src_ip", "user"),
          clock.instant());

  private final Engine engine;
  @TempDir private Path folder;
  private Database database;
  private Tenants tenants;

  TenantsTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
    tenants = new Tenants(database, 7, clock);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aFreshDatabaseHasTheDefaultTenant() {
    assertThat(tenants.snapshot().current()).containsOnlyKeys("default");
    assertThat(tenants.retentionDays("default")).isEqualTo(7);
  }

  @Test
  void aTenantIsReadBackAsItWasAdded() {
    assertThat(tenants.add(acme)).isTrue();

    assertThat(tenants.find("acme")).contains(acme);
    assertThat(new Tenants(database, 7, clock).find("acme")).contains(acme);
  }

  @Test
  void anIdIsTakenOnce() {
    tenants.add(acme);

    var other = new Tenant("acme", "Other", 1, Tenant.Quotas.NONE, Set.of(), clock.instant());

    assertThat(tenants.add(other)).isFalse();
    assertThat(tenants.find("acme")).contains(acme);
    assertThat(new Tenants(database, 7, clock).find("acme")).contains(acme);
  }

  @Test
  void anotherServerSeesAChangeWhenItLooks() {
    var elsewhere = new Tenants(database, 7, clock);
    tenants.add(acme);
    assertThat(elsewhere.find("acme")).isEmpty();

    assertThat(elsewhere.snapshot().refresh()).isTrue();

    assertThat(elsewhere.find("acme")).contains(acme);
    assertThat(elsewhere.snapshot().refresh()).isFalse();
  }

  @Test
  void aChangeAfterSomebodyElsesShowsBoth() {
    var elsewhere = new Tenants(database, 7, clock);
    tenants.add(acme);
    var zeta = new Tenant("zeta", "Zeta", 1, Tenant.Quotas.NONE, Set.of(), clock.instant());

    elsewhere.add(zeta);

    assertThat(elsewhere.snapshot().current()).containsOnlyKeys("default", "acme", "zeta");
  }

  @Test
  void aChangeThatFailsLeavesEverythingAsItWas() {
    var snapshot = tenants.snapshot();

    assertThatThrownBy(
            () ->
                snapshot.change(
                    handle -> {
                      handle.execute("UPDATE tenants SET name = 'lost'");
                      throw new IllegalStateException("the failure of the test");
                    },
                    (before, _) -> before))
        .hasMessage("the failure of the test");

    assertThat(snapshot.refresh()).isFalse();
    assertThat(new Tenants(database, 7, clock).find("default").orElseThrow().name())
        .isEqualTo("Default");
  }

  @Test
  void aTenantIsChangedAsItStandsInTheTable() {
    tenants.add(acme);
    var elsewhere = new Tenants(database, 7, clock);
    elsewhere.change("acme", tenant -> renamed(tenant, "Elsewhere", tenant.retentionDays()));

    var change = tenants.change("acme", tenant -> renamed(tenant, tenant.name(), 99)).orElseThrow();

    assertThat(change.before().name()).isEqualTo("Elsewhere");
    assertThat(tenants.find("acme")).contains(change.after());
    assertThat(change.after().name()).isEqualTo("Elsewhere");
    assertThat(change.after().retentionDays()).isEqualTo(99);
    assertThat(tenants.change("nobody", tenant -> tenant)).isEmpty();
  }

  private static Tenant renamed(Tenant tenant, String name, int days) {
    return new Tenant(
        tenant.id(), name, days, tenant.quotas(), tenant.redactedFields(), tenant.createdAt());
  }

  @Test
  void aTenantGoesOnlyWhenNothingIsLeftOfIt() {
    tenants.add(acme);
    insert(
        "INSERT INTO api_keys (key_id, tenant_id, hash, prefix, scopes, created_at)"
            + " VALUES ('k', 'acme', 'h', '', '[]', 0)");
    assertThat(tenants.remove("acme")).isEqualTo(Tenants.Removal.IN_USE);
    insert("DELETE FROM api_keys");
    insert(
        "INSERT INTO sources (id, tenant_id, type, display_name, collector, created_at,"
            + " updated_at) VALUES ('s', 'acme', 'udp', 's', 'c', 0, 0)");
    assertThat(tenants.remove("acme")).isEqualTo(Tenants.Removal.IN_USE);
    insert("DELETE FROM sources");

    assertThat(tenants.remove("acme")).isEqualTo(Tenants.Removal.REMOVED);

    assertThat(tenants.find("acme")).isEmpty();
    assertThat(new Tenants(database, 7, clock).find("acme")).isEmpty();
    assertThat(tenants.remove("acme")).isEqualTo(Tenants.Removal.UNKNOWN);
  }

  @Test
  void theIndicatorsOfATenantGoWithIt() {
    tenants.add(acme);
    insert(
        "INSERT INTO indicators (id, tenant_id, value, category, confidence, feed, created_at,"
            + " updated_at) VALUES ('i', 'acme', '192.0.2.1', 'c2', 90, 'f', 0, 0)");
    insert("INSERT INTO indicator_sets (tenant_id, revision, size) VALUES ('acme', 4, 1)");

    tenants.remove("acme");

    var left =
        database.read(
            handle -> handle.select("SELECT COUNT(*) FROM indicators").mapTo(Long.class).one());
    var revision =
        database.read(
            handle ->
                handle
                    .select("SELECT number FROM revisions WHERE name = 'indicators'")
                    .mapTo(Long.class)
                    .one());
    assertThat(left).isZero();
    assertThat(revision).isEqualTo(1);
    var limits = new Indicators.Limits(1, 1);
    assertThat(new Indicators(database, limits, clock).snapshot().current())
        .containsEntry("acme", new Indicators.Held(5, 0));
  }

  @Test
  void theJobsOfATenantGoWithIt() {
    tenants.add(acme);
    insert(
        "INSERT INTO jobs (job_id, tenant_id, server, type, args, status, created_at, beat_at)"
            + " VALUES ('j', 'acme', 's', 't', '{}', 'success', 0, 0)");

    tenants.remove("acme");

    assertThat(tenants.find("acme")).isEmpty();
    var left =
        database.read(handle -> handle.select("SELECT COUNT(*) FROM jobs").mapTo(Long.class).one());
    assertThat(left).isZero();
  }

  @Test
  void aRemovalIsWrittenDownInItsOrder() {
    var removals = new Removals(database);
    assertThat(removals.latest()).isZero();
    tenants.add(acme);
    tenants.add(new Tenant("zeta", "Zeta", 1, Tenant.Quotas.NONE, Set.of(), clock.instant()));

    tenants.remove("zeta");
    tenants.remove("acme");
    tenants.remove("nobody");

    var all = removals.after(0);
    assertThat(all).extracting(Removals.Removal::tenant).containsExactly("zeta", "acme");
    assertThat(removals.latest()).isEqualTo(all.getLast().number());
    assertThat(removals.after(all.getFirst().number())).containsExactly(all.getLast());
  }

  @Test
  void anIdIsFreeAgainAWhileAfterItsTenantWasRemoved() {
    tenants.add(acme);
    tenants.remove("acme");

    assertThat(tenants.add(acme)).isFalse();

    var later = InstantSource.fixed(clock.instant().plusSeconds(200));
    assertThat(new Tenants(database, 7, later).add(acme)).isTrue();
  }

  @Test
  void oldRemovalsAreForgotten() {
    tenants.add(acme);
    tenants.remove("acme");
    var later = new Tenants(database, 7, InstantSource.offset(clock, Duration.ofDays(401)));
    later.add(new Tenant("zeta", "Zeta", 1, Tenant.Quotas.NONE, Set.of(), clock.instant()));

    later.remove("zeta");

    assertThat(new Removals(database).after(0))
        .extracting(Removals.Removal::tenant)
        .containsExactly("zeta");
  }

  @Test
  void everyDatabaseIsToldFromTheOthers() {
    try (var other = engine.open(folder)) {
      assertThat(new Removals(other).installation())
          .hasSize(36)
          .isNotEqualTo(new Removals(database).installation());
    }
  }

  @Test
  void theDefaultTenantStays() {
    assertThat(tenants.remove("default")).isEqualTo(Tenants.Removal.IN_USE);
    assertThat(tenants.find("default")).isPresent();
  }

  private void insert(String statement) {
    var _ = database.write(handle -> handle.execute(statement));
  }
}
