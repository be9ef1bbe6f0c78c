package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Two servers with one database. */
@ParameterizedClass
@EnumSource
class FollowerTest {

  /** What is promised is a second; a machine that is busy with other tests is given three. */
  private static final Duration SOON = Duration.ofSeconds(3);

  private final InstantSource clock = InstantSource.system();
  private final Engine engine;
  private final List<AutoCloseable> open = new ArrayList<>();
  @TempDir private Path folder;
  private Database here;
  private Database there;

  FollowerTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    var config = engine.fresh(folder);
    here = Database.open(config, new PrometheusRegistry());
    there = Database.open(config, new PrometheusRegistry());
  }

  @AfterEach
  void close() throws Exception {
    for (var one : open.reversed()) {
      one.close();
    }
    here.close();
    there.close();
  }

  private void follow(Followed... followed) {
    var follower = new Follower(there, List.of(followed));
    open.add(follower);
    follower.start();
  }

  private Keys keys(Database database) {
    var keys = new Keys(database, new KeyConfig(List.of(), false), clock, new PrometheusRegistry());
    open.add(keys);
    return keys;
  }

  @Test
  void aKeyThatWasMadeHereOpensThereWithinASecond() {
    var tenants = new Tenants(here, 7, clock);
    tenants.add(new Tenant("acme", "Acme", 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));
    var made = keys(here);
    var known = keys(there);
    follow(new Tenants(there, 7, clock).snapshot(), known.snapshot());
    var secret = Secret.random();
    assertThat(known.authenticate(secret.text())).isEmpty();

    made.add(secret, new Keys.Draft("acme", Set.of("ingest"), "", "the test", null));

    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(SOON)
        .until(() -> known.authenticate(secret.text()).isPresent());
  }

  @Test
  void onlyWhatChangedIsLookedAt() {
    var tenants = new Tenants(here, 7, clock);
    var looked = new CopyOnWriteArrayList<String>();
    follow(listening("flags", "feature_flags", looked), listening("tenants", "tenants", looked));

    tenants.change("default", tenant -> tenant);

    await().atMost(SOON).until(() -> looked.contains("tenants"));
    assertThat(looked).doesNotContain("flags");
  }

  /** At the first revision of its table: 1 for the tenants, of which one was made. */
  private static Followed listening(String name, String table, List<String> looked) {
    return new Followed() {
      @Override
      public String table() {
        return table;
      }

      @Override
      public boolean isAt(long revision) {
        return revision == (table.equals("tenants") ? 1 : 0);
      }

      @Override
      public boolean refresh() {
        return looked.add(name);
      }
    };
  }
}
