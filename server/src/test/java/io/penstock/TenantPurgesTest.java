package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.control.Database;
import io.penstock.control.Engine;
import io.penstock.control.Removals;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class TenantPurgesTest {

  private final InstantSource clock = InstantSource.system();
  private final Engine engine;
  private final List<String> purged = new CopyOnWriteArrayList<>();
  private final List<String> forgotten = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> indexing = new CompletableFuture<>();
  @TempDir private Path folder;
  private Database database;
  private Tenants tenants;

  TenantPurgesTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
    tenants = new Tenants(database, 7, clock);
    for (var id : List.of("acme", "zeta")) {
      tenants.add(new Tenant(id, id, 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));
    }
  }

  @AfterEach
  void close() {
    database.close();
  }

  /** As a server that starts has it. */
  private TenantPurges start(Database database, CompletableFuture<Void> done) {
    var purges =
        new TenantPurges(
            new Removals(database),
            tenant -> {
              purged.add(tenant);
              return done;
            },
            forgotten::add,
            folder.resolve("purges"),
            Duration.ZERO,
            new PrometheusRegistry());
    purges.clear();
    return purges;
  }

  private TenantPurges start() {
    return start(database, CompletableFuture.completedFuture(null));
  }

  private static void awaitEnd(TenantPurges purges, String tenant) {
    await().until(() -> !purges.has(tenant));
  }

  @Test
  void aRemovedTenantIsPurgedNowAndOnceMoreLater() {
    var purges = start();

    tenants.remove("acme");
    purges.clear();

    awaitEnd(purges, "acme");
    assertThat(purged).containsExactly("acme", "acme");
    assertThat(forgotten).containsExactly("acme");
  }

  @Test
  void theIdIsReservedUntilItsEventsAreGone() {
    var purges = start(database, indexing);
    tenants.remove("acme");
    purges.clear();
    assertThat(purges.has("acme")).isTrue();
    assertThat(purges.has("zeta")).isFalse();

    indexing.complete(null);

    awaitEnd(purges, "acme");
  }

  @Test
  void aRemovalBySomebodyElseIsNoticedByTheTablesRevision() {
    var purges = start();
    long before = new Removals(database).revision();
    assertThat(purges.isAt(before)).isTrue();
    new Tenants(database, 7, clock).remove("zeta");
    assertThat(purges.isAt(before + 1)).isFalse();

    assertThat(purges.refresh()).isTrue();

    assertThat(purges.refresh()).isFalse();
    awaitEnd(purges, "zeta");
    assertThat(purged).containsExactly("zeta", "zeta");
  }

  @Test
  void whatACrashCutShortIsDoneAfterTheNextStart() {
    var crashed = start(database, indexing);
    tenants.remove("acme");
    tenants.remove("zeta");
    crashed.clear();
    assertThat(purged).containsExactly("acme", "zeta");
    purged.clear();

    var purges = start();

    awaitEnd(purges, "acme");
    awaitEnd(purges, "zeta");
    assertThat(purged).containsExactlyInAnyOrder("acme", "acme", "zeta", "zeta");
  }

  @Test
  void aRemovalWhileTheServerWasOffIsMadeGood() {
    start();
    tenants.remove("acme");

    awaitEnd(start(), "acme");

    assertThat(purged).containsExactly("acme", "acme");
  }

  @Test
  void nothingIsPurgedTwiceOverRestarts() {
    var purges = start();
    tenants.remove("acme");
    purges.clear();
    awaitEnd(purges, "acme");
    purged.clear();

    start();

    assertThat(purged).isEmpty();
  }

  @Test
  void anotherDatabaseCostsNoEvents() {
    start();
    try (var other = engine.open(folder)) {
      var others = new Tenants(other, 7, clock);
      others.add(new Tenant("acme", "acme", 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));
      others.remove("acme");

      start(other, CompletableFuture.completedFuture(null));
    }

    assertThat(purged).isEmpty();
    // And what its own database says meanwhile is not lost.
    tenants.remove("zeta");
    awaitEnd(start(), "zeta");
    assertThat(purged).containsExactly("zeta", "zeta");
  }

  @Test
  void aTenantThatIsInNoTableIsNotARemovedOne() {
    var purges = start();
    var _ = database.write(handle -> handle.execute("DELETE FROM tenants"));
    var _ =
        database.write(
            handle ->
                handle.execute("UPDATE revisions SET number = number + 1 WHERE name = 'tenants'"));

    assertThat(purges.refresh()).isTrue();

    assertThat(purged).isEmpty();
  }
}
