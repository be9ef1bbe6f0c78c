package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyConfigTest {

  private static final Set<String> USER =
      Set.of("ingest", "read_metrics", "read_requests", "read_sources");

  @Test
  void withoutVariablesThereIsNoKey() {
    var environment = new Environment(Map.of());

    assertThat(KeyConfig.from(environment)).isEqualTo(KeyConfig.NONE);
    assertThat(environment.warnings()).isEmpty();
  }

  @Test
  void eachVariableGivesKeysOfItsKind() {
    var config =
        KeyConfig.from(
            new Environment(
                Map.of(
                    "API_KEY", "key-of-api-key-variable",
                    "TELEMETRY_SEED_KEYS", " seed-key-number-one, seed-key-number-two ,",
                    "ADMIN_API_KEY", "key-of-admin-api-key",
                    "ADMIN_KEYS", "key-of-admin-keys",
                    "USER_API_KEY", "key-of-user-api-key",
                    "USER_KEYS", "user-key-number-one,user-key-number-two")));

    assertThat(config.keys())
        .filteredOn(key -> key.scopes().equals(Set.of("admin")))
        .extracting(ApiKey::keyId)
        .containsExactlyInAnyOrder(
            "config-api-key",
            "config-telemetry-seed-keys-1",
            "config-telemetry-seed-keys-2",
            "config-admin-api-key",
            "config-admin-keys");
    assertThat(config.keys())
        .filteredOn(key -> key.scopes().equals(USER))
        .extracting(ApiKey::keyId)
        .containsExactlyInAnyOrder(
            "config-user-api-key", "config-user-keys-1", "config-user-keys-2");
    assertThat(config.keys()).hasSize(8).allMatch(key -> key.tenant().equals("default"));
    assertThat(config.toString())
        .doesNotContain("number-one", SecretHash.of("key-of-admin-keys").hex());
  }

  @Test
  void aUsersKeyIsNeverAnAdminsAsWell() {
    var environment =
        new Environment(
            Map.of("API_KEY", "the-same-secret-twice", "USER_KEYS", "the-same-secret-twice"));

    KeyConfig.from(environment);

    assertThat(environment.problems()).singleElement().asString().startsWith("USER_KEYS: ");
  }

  @Test
  void theSameAdminKeyTwiceIsOneKey() {
    var environment =
        new Environment(
            Map.of("API_KEY", "the-same-secret-twice", "ADMIN_KEYS", "the-same-secret-twice"));

    assertThat(KeyConfig.from(environment).keys()).hasSize(1);
    assertThat(environment.problems()).isEmpty();
  }

  @Test
  void whatIsUnsafeIsSaidWithoutTheSecret() {
    var environment = new Environment(Map.of("API_KEY", "TEST_KEY", "DEV_BYPASS_SCOPES", "true"));

    assertThat(KeyConfig.from(environment).bypassesScopes()).isTrue();

    assertThat(environment.warnings())
        .containsExactly(
            "API_KEY: a key of less than 16 characters can be guessed",
            "DEV_BYPASS_SCOPES: every key may do everything; not for production");
  }
}
