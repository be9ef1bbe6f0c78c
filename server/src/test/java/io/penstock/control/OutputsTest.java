package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.config.Secret;
import io.penstock.control.Outputs.Draft;
import io.penstock.control.Outputs.Put;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class OutputsTest {

  private static final Output.Key HOOK = new Output.Key("default", "hook");
  private static final Secret CONFIG = new Secret("{\"token\":\"quokka-3141\"}");

  private final InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_800_000));
  private final Engine engine;
  @TempDir private Path folder;
  private Database database;
  private Tenants tenants;
  private Outputs outputs;

  OutputsTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
    tenants = new Tenants(database, 7, clock);
    outputs = outputs("secret.key");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Outputs outputs(String keyFile, Output... environment) {
    return new Outputs(database, Vault.in(folder.resolve(keyFile)), List.of(environment), clock);
  }

  private Put put(Output.Key key) {
    return outputs.put(key, _ -> new Draft("webhook", true, CONFIG));
  }

  private void addTenant(String id) {
    tenants.add(new Tenant(id, id, 7, Tenant.Quotas.NONE, Set.of(), clock.instant()));
  }

  private String column() {
    return database.read(
        handle -> handle.select("SELECT config FROM output_configs").mapTo(String.class).one());
  }

  @Test
  void anOutputIsReadBackAsItWasPut() {
    var done = (Put.Done) put(HOOK);

    assertThat(done.before()).isNull();
    assertThat(outputs.find(HOOK)).contains(done.after());
    assertThat(done.after().config()).isEqualTo(CONFIG);
    assertThat(outputs("secret.key").find(HOOK)).contains(done.after());
  }

  @Test
  void whatIsPutOverAnotherReplacesIt() {
    put(HOOK);

    var put = outputs.put(HOOK, _ -> new Draft("kafka", false, new Secret("{}")));

    var done = (Put.Done) put;
    assertThat(done.before()).extracting(Output::config).isEqualTo(CONFIG);
    assertThat(outputs.find(HOOK).orElseThrow().isEnabled()).isFalse();
    assertThat(outputs.all()).hasSize(1);
  }

  @Test
  void aDraftThatFailsLeavesEverythingAsItWas() {
    put(HOOK);

    assertThatThrownBy(
            () ->
                outputs.put(
                    HOOK,
                    _ -> {
                      throw new IllegalArgumentException("no");
                    }))
        .hasMessage("no");

    assertThat(outputs("secret.key").find(HOOK).orElseThrow().config()).isEqualTo(CONFIG);
  }

  @Test
  void noSecretIsReadableInTheTable() throws IOException {
    put(HOOK);

    assertThat(column()).startsWith("v1:").doesNotContain("quokka", "token");
    assertThat(outputs.find(HOOK).orElseThrow().toString()).doesNotContain("quokka");
    if (!database.isPostgresql()) {
      try (var files = Files.walk(folder)) {
        for (var file : files.filter(Files::isRegularFile).toList()) {
          assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
              .as(file.toString())
              .doesNotContain("quokka-3141");
        }
      }
    }
  }

  @Test
  void theSameTextIsSealedToAnotherEachTime() {
    put(HOOK);
    var first = column();

    put(HOOK);

    assertThat(column()).isNotEqualTo(first);
  }

  @Test
  void theKeyIsTheOwnersAlone() throws IOException {
    assertThat(folder.resolve("secret.key")).doesNotExist();

    put(HOOK);

    assertThat(Vault.isKey(Files.readString(folder.resolve("secret.key")))).isTrue();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("secret.key"))))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files.filter(file -> file.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  @Test
  void anotherKeyOpensNothingAndSaysSo() {
    put(HOOK);

    var missing = outputs("none.key").find(HOOK).orElseThrow();
    assertThat(missing.config()).isNull();
    assertThat(missing.problem()).startsWith("there is no key ").endsWith("none.key");
    assertThat(folder.resolve("none.key")).doesNotExist();

    Vault.in(folder.resolve("other.key")).seal("", "");
    var other = outputs("other.key").find(HOOK).orElseThrow();
    assertThat(other.config()).isNull();
    assertThat(other.problem()).matches("sealed with the key [0-9a-f]{8}, .* is [0-9a-f]{8}");
  }

  @Test
  void whatIsMovedToAnotherPlaceDoesNotOpen() {
    put(HOOK);
    database.write(handle -> handle.execute("UPDATE output_configs SET name = 'moved'"));

    var moved = outputs("secret.key").find(new Output.Key("default", "moved")).orElseThrow();

    assertThat(moved.config()).isNull();
    assertThat(moved.problem()).isEqualTo("damaged, or moved from another place");
  }

  @Test
  void aTenantMayHaveSoManyAndTheServerSoMany() {
    for (int i = 0; i < Outputs.PER_TENANT_MAX; i++) {
      assertThat(put(new Output.Key("default", "o" + i))).isInstanceOf(Put.Done.class);
    }

    assertThat(put(HOOK)).isEqualTo(new Put.TooMany(16, true));
    assertThat(put(new Output.Key("default", "o1"))).isInstanceOf(Put.Done.class);
    addTenant("acme");
    assertThat(put(new Output.Key("acme", "hook"))).isInstanceOf(Put.Done.class);

    for (int i = 0; i < Outputs.ALL_MAX; i++) {
      int number = i;
      addTenantRow(number);
    }
    assertThat(put(new Output.Key("acme", "other"))).isEqualTo(new Put.TooMany(256, false));
  }

  private void addTenantRow(int number) {
    database.write(
        handle ->
            handle.execute(
                "INSERT INTO tenants (tenant_id, name, quotas, redaction, created_at, updated_at)"
                    + " VALUES (?, '', '{}', '{}', 0, 0)",
                "t" + number));
    database.write(
        handle ->
            handle.execute(
                "INSERT INTO output_configs (tenant_id, name, type, config, updated_at)"
                    + " VALUES (?, 'x', 'webhook', '', 0)",
                "t" + number));
  }

  @Test
  void aTenantThatIsNoneHasNoOutputs() {
    assertThat(put(new Output.Key("nobody", "hook"))).isInstanceOf(Put.NoTenant.class);
  }

  @Test
  void theOutputsOfATenantGoWithIt() {
    addTenant("acme");
    put(new Output.Key("acme", "hook"));
    put(HOOK);

    assertThat(tenants.remove("acme")).isEqualTo(Tenants.Removal.REMOVED);

    assertThat(outputs.snapshot().refresh()).isTrue();
    assertThat(outputs.all()).containsOnlyKeys(HOOK);
  }

  @Test
  void whatIsRemovedIsGone() {
    put(HOOK);

    assertThat(outputs.remove(HOOK)).isPresent();

    assertThat(outputs.find(HOOK)).isEmpty();
    assertThat(outputs.remove(HOOK)).isEmpty();
    assertThat(outputs("secret.key").all()).isEmpty();
  }

  @Test
  void theEnvironmentsOutputIsThereUntilTheTableHasOneOfItsName() {
    var ofEnvironment = Output.fromEnvironment("hook", "splunk", CONFIG);
    outputs = outputs("secret.key", ofEnvironment);
    assertThat(outputs.find(HOOK)).contains(ofEnvironment);
    assertThat(outputs.remove(HOOK)).isEmpty();

    var done = (Put.Done) put(HOOK);

    assertThat(done.before()).isEqualTo(ofEnvironment);
    assertThat(outputs.all()).containsOnly(Map.entry(HOOK, done.after()));
    outputs.remove(HOOK);
    assertThat(outputs.find(HOOK)).contains(ofEnvironment);
  }

  @Test
  void aNewKeySealsWhatTheOldOneOpened() {
    put(HOOK);
    var before = column();

    var rekeyed = outputs("new.key").rekey(Vault.in(folder.resolve("secret.key")));

    assertThat(rekeyed).isEqualTo(new Outputs.Rekeyed(1, List.of()));
    assertThat(column()).isNotEqualTo(before);
    assertThat(outputs("new.key").find(HOOK).orElseThrow().config()).isEqualTo(CONFIG);
    assertThat(outputs("secret.key").find(HOOK).orElseThrow().config()).isNull();
  }

  @Test
  void whatNeitherKeyOpensIsNamedAndLeftAlone() {
    put(HOOK);
    var before = column();
    Vault.in(folder.resolve("wrong.key")).seal("", "");

    var rekeyed = outputs("new.key").rekey(Vault.in(folder.resolve("wrong.key")));

    assertThat(rekeyed).isEqualTo(new Outputs.Rekeyed(0, List.of(HOOK)));
    assertThat(column()).isEqualTo(before);
  }

  @Test
  void namesAreShortWordsThatTheApiDoesNotUse() {
    assertThat(List.of("a", "splunk", "elastic-2", "0_x", "a".repeat(30))).allMatch(Output::isName);
    assertThat(List.of("", "-a", "A", "a.b", "a/b", "a".repeat(31), "dlq", "status", "test"))
        .noneMatch(Output::isName);
  }
}
