package io.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EffectiveSettingsTest {

  @TempDir private Path folder;

  private Environment environment(Map<String, String> variables, String yaml) {
    try {
      Files.writeString(folder.resolve("penstock.yaml"), yaml);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Environment.of(variables, null, folder);
  }

  @Test
  void eachLineSaysWhoSetIt() {
    var environment =
        environment(Map.of("NETFLOW_PORT", "9995"), "http:\n  port: 9000\n  log: {enabled: no}\n");
    environment.port(8080, "APP_PORT", "API_PORT", "PORT");
    environment.flag(true, "HTTP_LOG_ENABLED");
    environment.port(2055, "NETFLOW_PORT", "UDP_PORT");
    environment.port(6343, "SFLOW_PORT");
    environment.text("APP_HOST", "API_HOST");

    assertThat(EffectiveSettings.lines(environment))
        .containsExactly(
            "# HTTP",
            "http.port: 9000  # penstock.yaml:2:9",
            "# http.host: (every address, IPv4 and IPv6)",
            "http.log.enabled: no  # penstock.yaml:3:18",
            "# Receiving and decoding",
            "receive.netflow_port: 9995  # environment, NETFLOW_PORT",
            "receive.sflow_port: 6343  # default");
  }

  @Test
  void secretsAreStarred() {
    var environment =
        new Environment(Map.of("API_KEY", "s3cret", "TELEMETRY_SEED_KEYS", "a://b,c"));
    environment.text("API_KEY");
    environment.list("TELEMETRY_SEED_KEYS");

    assertThat(EffectiveSettings.lines(environment))
        .containsExactly(
            "# Folders and keys",
            "# keys.admin: \"***\"  # environment, API_KEY",
            "# keys.seed: \"***\"  # environment, TELEMETRY_SEED_KEYS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://me:hidden@db:5432/penstock",
        "postgresql://me:hid@den@db/penstock",
        "postgresql://me:hid/den?hidden=hidden@db/penstock",
        "postgresql://db/penstock?user=me&password=hidden",
        "postgresql://db/penstock?sslpassword=hidden&ssl=true",
        "postgresql://:hidden@db/penstock"
      })
  void aPasswordInAnAddressIsStarred(String url) {
    var environment = new Environment(Map.of("DATABASE_URL", url));
    environment.text("DATABASE_URL");

    assertThat(EffectiveSettings.lines(environment).getLast())
        .startsWith("# database.url: \"postgresql://")
        .contains("***")
        .contains("db")
        .doesNotContain("hid", "den");
  }

  @Test
  void anAddressWithoutPasswordIsShown() {
    var environment = new Environment(Map.of("DATABASE_URL", "sqlite:///data/penstock.db"));
    environment.text("DATABASE_URL");

    assertThat(EffectiveSettings.lines(environment))
        .contains("database.url: \"sqlite:///data/penstock.db\"  # environment, DATABASE_URL");
  }

  @Test
  void theLinesCanBeReadBack() {
    var odd = "a: \"b\" # c, \\d, null, ~";
    var environment = new Environment(Map.of("CORS_ORIGINS", odd, "APP_HOST", "null"));
    environment.list("CORS_ORIGINS");
    environment.text("APP_HOST", "API_HOST");
    environment.bytes(64 << 20, 0, 1 << 30, "UDP_RECEIVE_BUFFER_BYTES");

    var again = environment(Map.of(), String.join("\n", EffectiveSettings.lines(environment)));

    assertThat(again.problems()).isEmpty();
    assertThat(again.text("CORS_ORIGINS")).contains(odd);
    assertThat(again.text("APP_HOST", "API_HOST")).contains("null");
    assertThat(again.bytes(0, 0, 1 << 30, "UDP_RECEIVE_BUFFER_BYTES")).isEqualTo(64 << 20);
  }
}
