package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class KeysTest {

  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final KeyConfig ADMIN_CONFIGURED =
      new KeyConfig(
          List.of(KeyConfig.configured("config-api-key", "a configured key", Set.of("admin"))),
          false);

  private Instant now = START;
  private final InstantSource clock = () -> now;
  private final Engine engine;
  @TempDir private Path folder;
  private Database database;
  private Keys keys;

  KeysTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
    var tenants = new Tenants(database, 7, clock);
    tenants.add(new Tenant("acme", "Acme", 7, Tenant.Quotas.NONE, Set.of(), START));
    keys = keys(KeyConfig.NONE);
  }

  @AfterEach
  void close() {
    keys.close();
    database.close();
  }

  /** The keys as another server on the same database has them. */
  private Keys keys(KeyConfig config) {
    return new Keys(database, config, clock, new PrometheusRegistry());
  }

  private static Keys.Draft draft(String tenant, @Nullable Instant expiry, String... scopes) {
    return new Keys.Draft(tenant, Set.of(scopes), "of the test", "key-0", expiry);
  }

  private ApiKey add(Secret secret, String tenant, String... scopes) {
    return keys.add(secret, draft(tenant, null, scopes)).orElseThrow();
  }

  private static ApiKey disabled(ApiKey key) {
    return key.with(key.scopes(), key.note(), true, key.expiresAt());
  }

  @Test
  void aKeyOpensAndIsReadBackAsItWasMade() {
    var secret = Secret.random();
    var expiry = START.plus(Duration.ofDays(90));

    var key = keys.add(secret, draft("acme", expiry, "ingest", "read_metrics")).orElseThrow();

    assertThat(keys.authenticate(secret.text())).contains(key);
    assertThat(key.tenant()).isEqualTo("acme");
    assertThat(key.scopes()).containsExactlyInAnyOrder("ingest", "read_metrics");
    assertThat(secret.text()).startsWith("psk_").hasSize(47).startsWith(key.prefix());
    assertThat(keys(KeyConfig.NONE).find(key.keyId())).contains(key);
    assertThat(key.facts(now).toString() + key).doesNotContain(secret.text(), key.hash().hex());
  }

  @Test
  void onlyTheHashOfASecretIsInTheTable() {
    var secret = Secret.random();
    add(secret, "acme", "ingest");

    var columns =
        database.read(
            handle -> handle.createQuery("SELECT * FROM api_keys").mapToMap().one().toString());

    assertThat(columns).contains(secret.hash().hex()).doesNotContain(secret.text());
  }

  @Test
  void aKeyOfNobodysTenantIsNotMade() {
    assertThat(keys.add(Secret.random(), draft("nobody", null, "ingest"))).isEmpty();
  }

  @Test
  void noKeyIsKnownToEverybody() {
    keys.firstAdmin();

    for (var secret :
        List.of("TEST_KEY", "TEST_ADMIN_KEY", "admin-key", "DEV_ADMIN_KEY_5a8f9ffdc3", "", "x")) {
      assertThat(keys.authenticate(secret)).isEmpty();
    }
    assertThat(keys.authenticate("k".repeat(10_000))).isEmpty();
  }

  @Test
  void aKeyStopsToOpenWhenItExpires() {
    var secret = Secret.random();
    var _ = keys.add(secret, draft("acme", START.plusSeconds(60), "ingest"));

    now = START.plusSeconds(59);
    assertThat(keys.authenticate(secret.text())).isPresent();
    now = START.plusSeconds(60);

    assertThat(keys.authenticate(secret.text())).isEmpty();
  }

  @Test
  void aDisabledKeyOpensNothingAtOnceAndAgainWhenItIsEnabled() {
    var secret = Secret.random();
    var key = add(secret, "acme", "ingest");

    keys.change(key.keyId(), KeysTest::disabled);
    assertThat(keys.authenticate(secret.text())).isEmpty();

    keys.change(key.keyId(), now -> now.with(now.scopes(), now.note(), false, now.expiresAt()));
    assertThat(keys.authenticate(secret.text())).contains(key);
  }

  @Test
  void aRotatedSecretOpensUntilTheOverlapEnds() {
    var old = Secret.random();
    var key = add(old, "acme", "ingest");
    var fresh = Secret.random();

    var change = keys.rotate(key.keyId(), fresh, Duration.ofHours(1));

    assertThat(change).isInstanceOf(KeyChange.Done.class);
    assertThat(keys.authenticate(fresh.text()).orElseThrow().keyId()).isEqualTo(key.keyId());
    assertThat(keys.authenticate(old.text())).isEqualTo(keys.authenticate(fresh.text()));
    assertThat(keys(KeyConfig.NONE).authenticate(old.text())).isPresent();
    now = START.plus(Duration.ofHours(1));
    assertThat(keys.authenticate(old.text())).isEmpty();
    assertThat(keys.authenticate(fresh.text())).isPresent();
  }

  @Test
  void withoutOverlapTheOldSecretStopsAtOnce() {
    var old = Secret.random();
    var key = add(old, "acme", "ingest");

    keys.rotate(key.keyId(), Secret.random(), Duration.ZERO);

    assertThat(keys.authenticate(old.text())).isEmpty();
  }

  @Test
  void ofTwoRotationsTheFirstSecretStopsWithTheSecond() {
    var first = Secret.random();
    var second = Secret.random();
    var third = Secret.random();
    var key = add(first, "acme", "ingest");

    keys.rotate(key.keyId(), second, Keys.OVERLAP);
    keys.rotate(key.keyId(), third, Keys.OVERLAP);

    assertThat(keys.authenticate(first.text())).isEmpty();
    assertThat(keys.authenticate(second.text())).isPresent();
    assertThat(keys.authenticate(third.text())).isPresent();
  }

  @Test
  void aRemovedKeyIsGoneWithBothItsSecrets() {
    var old = Secret.random();
    var fresh = Secret.random();
    var key = add(old, "acme", "ingest");
    keys.rotate(key.keyId(), fresh, Keys.OVERLAP);

    keys.remove(key.keyId());

    assertThat(keys.authenticate(old.text())).isEmpty();
    assertThat(keys.authenticate(fresh.text())).isEmpty();
    assertThat(keys.remove(key.keyId())).isEqualTo(new KeyChange.Refused(KeyChange.Reason.UNKNOWN));
  }

  @Test
  void anotherServerFollows() {
    var elsewhere = keys(KeyConfig.NONE);
    var secret = Secret.random();
    var key = add(secret, "acme", "ingest");

    elsewhere.snapshot().refresh();
    assertThat(elsewhere.authenticate(secret.text())).contains(key);

    keys.change(key.keyId(), KeysTest::disabled);
    elsewhere.snapshot().refresh();
    assertThat(elsewhere.authenticate(secret.text())).isEmpty();
  }

  @Test
  void theLastKeyThatMayAdministerStays() {
    var secret = keys.firstAdmin().orElseThrow();
    var admin = keys.authenticate(secret.text()).orElseThrow();
    add(Secret.random(), "acme", "ingest");
    var expired = keys.add(Secret.random(), draft("acme", START.minusSeconds(1), "admin"));
    var refused = new KeyChange.Refused(KeyChange.Reason.LAST_ADMIN);

    assertThat(keys.remove(admin.keyId())).isEqualTo(refused);
    assertThat(keys.change(admin.keyId(), KeysTest::disabled)).isEqualTo(refused);
    assertThat(keys.change(admin.keyId(), key -> key.with(Set.of("ingest"), "", false, null)))
        .isEqualTo(refused);
    assertThat(keys.change(admin.keyId(), key -> key.with(key.scopes(), "", false, START)))
        .isEqualTo(refused);
    assertThat(keys.remove(expired.orElseThrow().keyId())).isInstanceOf(KeyChange.Done.class);
    assertThat(keys.authenticate(secret.text())).contains(admin);
  }

  @Test
  void theLastAdminInTheTableMayGoWhereAnotherIsConfigured() {
    var secret = keys.firstAdmin().orElseThrow();
    var admin = keys.authenticate(secret.text()).orElseThrow();

    assertThat(keys(ADMIN_CONFIGURED).remove(admin.keyId())).isInstanceOf(KeyChange.Done.class);
  }

  @Test
  void aStarIsAnAdminToo() {
    add(Secret.random(), "acme", "*");

    assertThat(keys.firstAdmin()).isEmpty();
  }

  @Test
  void anAdminKeyIsMadeOnce() {
    var secret = keys.firstAdmin().orElseThrow();
    var key = keys.authenticate(secret.text()).orElseThrow();

    assertThat(key.tenant()).isEqualTo("default");
    assertThat(key.scopes()).containsExactly("admin");
    assertThat(keys.firstAdmin()).isEmpty();
    assertThat(keys(KeyConfig.NONE).firstAdmin()).isEmpty();
    assertThat(keys(KeyConfig.NONE).authenticate(secret.text())).contains(key);
  }

  @Test
  void ofTwoServersThatStartAtOnceOneMakesTheKey() {
    var elsewhere = keys(KeyConfig.NONE);

    assertThat(keys.firstAdmin()).isPresent();
    assertThat(elsewhere.firstAdmin()).isEmpty();
  }

  @Test
  void whereAnAdminIsConfiguredNoneIsMade() {
    assertThat(keys(ADMIN_CONFIGURED).firstAdmin()).isEmpty();
  }

  @Test
  void aConfiguredKeyIsInNoTableAndEndsWithTheConfiguration() {
    var configured = keys(ADMIN_CONFIGURED);
    assertThat(configured.authenticate("a configured key")).isPresent();
    var refused = new KeyChange.Refused(KeyChange.Reason.CONFIGURED);
    assertThat(configured.remove("config-api-key")).isEqualTo(refused);
    assertThat(configured.rotate("config-api-key", Secret.random(), Duration.ZERO))
        .isEqualTo(refused);
    assertThat(configured.list()).extracting(ApiKey::keyId).containsExactly("config-api-key");
    configured.close();

    assertThat(keys(KeyConfig.NONE).authenticate("a configured key")).isEmpty();
    assertThat(keys(KeyConfig.NONE).list()).isEmpty();
  }

  @Test
  void theLastUseIsShownAtOnceAndWrittenDown() {
    var secret = Secret.random();
    var key = add(secret, "acme", "ingest");
    assertThat(keys.lastUses()).isEmpty();

    keys.authenticate(secret.text());
    assertThat(keys.lastUses()).containsEntry(key.keyId(), START);
    keys.close();

    assertThat(keys(KeyConfig.NONE).lastUses()).containsEntry(key.keyId(), START);
    // Uses are no change that other servers would have to read all keys again for.
    assertThat(keys.snapshot().refresh()).isFalse();
  }

  @Test
  void anEarlierUseDoesNotOverwriteALaterOneOfAnotherServer() {
    var secret = Secret.random();
    var key = add(secret, "acme", "ingest");
    var elsewhere = keys(KeyConfig.NONE);
    keys.authenticate(secret.text());
    now = START.plusSeconds(5);
    elsewhere.authenticate(secret.text());

    elsewhere.close();
    keys.close();

    assertThat(keys(KeyConfig.NONE).lastUses()).containsEntry(key.keyId(), START.plusSeconds(5));
  }

  @Test
  void theOldFileIsTakenOverOnce() throws IOException {
    var file = folder.resolve("keys");
    Files.writeString(file, "# SHA-256\n" + SecretHash.of("psk_of_the_file").hex() + "\n");

    keys.importFile(file);

    var key = keys.authenticate("psk_of_the_file").orElseThrow();
    assertThat(key.scopes()).containsExactly("admin");
    assertThat(file).doesNotExist();
    assertThat(keys.firstAdmin()).isEmpty();
    keys.importFile(file);
    assertThat(keys.list()).containsExactly(key);
  }

  @Test
  void theOldFileOpensNothingWhereKeysAreConfigured() throws IOException {
    var file = folder.resolve("keys");
    Files.writeString(file, SecretHash.of("psk_of_the_file").hex());
    var configured = keys(ADMIN_CONFIGURED);

    configured.importFile(file);

    assertThat(configured.authenticate("psk_of_the_file")).isEmpty();
    assertThat(configured.list()).anyMatch(ApiKey::isDisabled);
  }

  @Test
  void aDamagedFileIsSaidToBeSoAndStays() throws IOException {
    var file = folder.resolve("keys");
    Files.writeString(file, "not a hash\n");

    assertThatThrownBy(() -> keys.importFile(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is damaged: remove it");
    assertThat(file).exists();
  }

  @Test
  void scopesAsOlderProductsWroteThemAreRead() {
    int number = 0;
    for (var column :
        List.of("[\"admin\",\"ingest\"]", "ADMIN, ingest", "\"[\\\"admin\\\",\\\"ingest\\\"]\"")) {
      insert("key-" + number, SecretHash.of("secret-" + number).hex(), column);
      number++;
    }
    insert("key-damaged", SecretHash.of("damaged").hex(), "{\"admin\":true}");

    keys.snapshot().refresh();

    for (int i = 0; i < number; i++) {
      assertThat(keys.authenticate("secret-" + i).orElseThrow().scopes())
          .containsExactlyInAnyOrder("admin", "ingest");
    }
    assertThat(keys.authenticate("damaged").orElseThrow().scopes()).isEmpty();
  }

  @Test
  void aRowWhoseHashIsNoneIsLeftOut() {
    insert("key-odd", "no hash", "[\"admin\"]");

    keys.snapshot().refresh();

    assertThat(keys.list()).isEmpty();
  }

  private void insert(String keyId, String hash, String scopes) {
    database.write(
        handle -> {
          handle.execute(
              """
              INSERT INTO api_keys (key_id, tenant_id, hash, prefix, scopes, created_at)
              VALUES (?, 'acme', ?, '', ?, 0)
              """,
              keyId,
              hash,
              scopes);
          return handle.execute("UPDATE revisions SET number = number + 1 WHERE name = 'api_keys'");
        });
  }
}
