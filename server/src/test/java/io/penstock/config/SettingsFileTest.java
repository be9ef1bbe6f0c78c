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

class SettingsFileTest {

  @TempDir private Path folder;

  private Environment environment(Map<String, String> variables, String yaml) {
    try {
      Files.writeString(folder.resolve("penstock.yaml"), yaml);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Environment.of(variables, null, folder);
  }

  private Environment file(String yaml) {
    return environment(Map.of(), yaml);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http: {port: 9000}",
        "http:\n  port: 9000\n",
        "http.port: '9000'",
        "APP_PORT: 9000",
        "PORT: 9000",
        "http:\n  port: 9000\n  log.enabled: true\n"
      })
  void aSettingHasAStructuredNameAndThoseOfItsVariables(String yaml) {
    var environment = file(yaml);

    assertThat(environment.port(8080, "APP_PORT", "API_PORT", "PORT")).isEqualTo(9000);
    assertThat(environment.problems()).isEmpty();
  }

  @Test
  void theEnvironmentWinsOverTheFileWhicheverNameItUses() {
    var environment = environment(Map.of("PORT", "7000"), "APP_PORT: 9000");

    assertThat(environment.port(8080, "APP_PORT", "API_PORT", "PORT")).isEqualTo(7000);
  }

  @Test
  void aBlankVariableLeavesTheFileInForce() {
    var environment = environment(Map.of("APP_PORT", " "), "http: {port: 9000}");

    assertThat(environment.port(8080, "APP_PORT", "API_PORT", "PORT")).isEqualTo(9000);
  }

  @Test
  void aListMayBeWrittenAsOne() {
    var environment =
        file("http:\n  cors_origins:\n    - https://a.example\n    - https://b.example\n");

    assertThat(environment.list("CORS_ORIGINS"))
        .containsExactly("https://a.example", "https://b.example");
  }

  @Test
  void nothingAndNullLeaveTheDefault() {
    for (var yaml :
        new String[] {"", "# nothing\n", "---\n", "http:\n  port:\n", "http: {port: ~}"}) {
      var environment = file(yaml);

      assertThat(environment.port(8080, "APP_PORT", "API_PORT", "PORT")).isEqualTo(8080);
      assertThat(environment.problems()).as(yaml).isEmpty();
    }
  }

  @Test
  void aBadValueIsOneLineWithItsPlace() {
    var environment = file("http:\n  host: ::1\n  port: eighty\n");

    assertThat(environment.port(8080, "APP_PORT", "API_PORT", "PORT")).isEqualTo(8080);
    assertThat(environment.port(8080, "APP_PORT", "API_PORT", "PORT")).isEqualTo(8080);
    assertThat(environment.problems())
        .containsExactly(
            "penstock.yaml:3:9: http.port: expected a whole number from 0 to 65535, not 'eighty'");
  }

  @Test
  void whatAReaderOfSeveralValuesFindsHasItsPlaceToo() {
    var environment = file("enrich: {internal_networks: 10.0.0.0/99}");

    environment.problem("INTERNAL_NETWORKS", "expected prefixes");
    environment.problem("SAMPLING_RATES", "expected rates");

    assertThat(environment.problems())
        .containsExactly(
            "penstock.yaml:1:29: enrich.internal_networks: expected prefixes",
            "SAMPLING_RATES: expected rates");
  }

  @Test
  void everyUnknownKeyIsOneLineThatSaysWhatWasMeant() {
    var environment =
        file(
            """
            http:
              prot: 80
              log: {sample_rat: 1}
            http.connection: 9
            APP_PROT: 80
            plugins: {splunk: {url: x, token: y}}
            retention: 7
            """);

    assertThat(environment.problems())
        .containsExactly(
            "penstock.yaml:2:3: unknown key 'http.prot': did you mean 'http.port'?",
            "penstock.yaml:3:9: unknown key 'http.log.sample_rat': did you mean"
                + " 'http.log.sample_rate'?",
            "penstock.yaml:4:1: unknown key 'http.connection': did you mean 'http.connections'?",
            "penstock.yaml:5:1: unknown key 'APP_PROT': did you mean 'APP_PORT'?",
            "penstock.yaml:6:1: unknown key 'plugins'",
            "penstock.yaml:7:1: expected settings under 'retention', not a value");
  }

  @Test
  void aSettingStandsInTheFileOnceUnderWhicheverName() {
    assertThat(file("http:\n  port: 1\n  port: 2\n").problems())
        .containsExactly("penstock.yaml:3:9: 'http.port' is set twice, first in line 2");
    assertThat(file("API_PORT: 1\nhttp: {port: 2}\n").problems())
        .containsExactly("penstock.yaml:2:14: 'http.port' is set twice, first in line 1");
    assertThat(file("API_KEY_FILE: x\nkeys: {admin: y}\n").problems()).hasSize(1);
  }

  @Test
  void whatIsIgnoredSaysWhy() {
    var environment = environment(Map.of("QUEUE_MAX_DEPTH", "5"), "REDIS_URL: redis://x\n");

    assertThat(environment.problems()).isEmpty();
    assertThat(environment.warnings())
        .containsExactly(
            "penstock.yaml:1:1: REDIS_URL is ignored: receipts and limits are kept in the process"
                + " and its folder",
            "QUEUE_MAX_DEPTH is ignored: there is no queue in memory: the log on the disk is the"
                + " only one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "- 1",
        "text",
        "http: {port: {a: 1}}",
        "http: {cors_origins: [[1]]}",
        "? [a]\n: 1",
        "http: *x",
        "http: {port: 1",
        "\tx: 1",
        "a: 1\n---\nb: 2",
        "http: \u0001"
      })
  void whatIsNoSettingsFileIsAProblemAndNeverAnException(String yaml) {
    assertThat(file(yaml).problems())
        .isNotEmpty()
        .allMatch(line -> line.startsWith("penstock.yaml:") && !line.contains("\n"));
  }

  @Test
  void deepNestingEndsTheReading() {
    assertThat(file("unknown: " + "[".repeat(5_000)).problems())
        .anyMatch(line -> line.endsWith("nested too deep"));
  }

  @Test
  void aFileThatIsNamedMustBeThere() throws IOException {
    var missing = folder.resolve("other.yaml");
    assertThat(Environment.of(Map.of(), missing, folder).problems())
        .containsExactly(missing + ": there is no such file");
    var variables = Map.of("PENSTOCK_CONFIG", missing.toString());
    assertThat(Environment.of(variables, null, folder).problems())
        .containsExactly(missing + ": there is no such file");

    Files.writeString(missing, "http: {port: 9000}");

    assertThat(Environment.of(variables, null, folder).port(80, "APP_PORT")).isEqualTo(9000);
  }

  @Test
  void theOneOfTheCommandLineComesFirst() throws IOException {
    var named = Files.writeString(folder.resolve("named.yaml"), "http: {port: 1}");
    var variable = Files.writeString(folder.resolve("variable.yaml"), "http: {port: 2}");
    Files.writeString(folder.resolve("penstock.yaml"), "http: {port: 3}");
    var variables = Map.of("PENSTOCK_CONFIG", variable.toString());

    assertThat(Environment.of(variables, named, folder).port(0, "APP_PORT")).isEqualTo(1);
    assertThat(Environment.of(variables, null, folder).port(0, "APP_PORT")).isEqualTo(2);
    assertThat(Environment.of(Map.of(), null, folder).port(0, "APP_PORT")).isEqualTo(3);
  }

  @Test
  void aSecretMayBeInAFileOfItsOwn() throws IOException {
    var secret = Files.writeString(folder.resolve("key"), "from-a-file\n").toString();

    assertThat(environment(Map.of("API_KEY_FILE", secret), "").text("API_KEY"))
        .contains("from-a-file");
    assertThat(file("keys: {admin_file: " + secret + "}").text("API_KEY")).contains("from-a-file");
    assertThat(file("API_KEY_FILE: " + secret).text("API_KEY")).contains("from-a-file");
  }

  @Test
  void aSecretsFileThatCannotBeReadIsAProblem() {
    var environment = environment(Map.of("API_KEY_FILE", folder + "/none"), "");

    assertThat(environment.text("API_KEY")).isEmpty();
    assertThat(environment.text("API_KEY")).isEmpty();
    assertThat(environment.problems())
        .containsExactly("API_KEY_FILE: cannot read " + folder + "/none (NoSuchFileException)");
  }

  @Test
  void aSecretIsSetInOneWay() {
    var environment = environment(Map.of("API_KEY_FILE", "x", "API_KEY", "y"), "");

    assertThat(environment.text("API_KEY")).contains("y");
    assertThat(environment.problems())
        .containsExactly("API_KEY: is set, and so is API_KEY_FILE: use one");
  }

  @Test
  void onlySecretsComeFromFiles() {
    assertThat(file("APP_PORT_FILE: x").problems()).hasSize(1);
    assertThat(file("ELEMENTS_FILE: x").problems()).isEmpty();
  }

  @Test
  void aVariableThatLooksLikeASlipIsWarnedOf() {
    var environment =
        environment(
            Map.of("GEOIP_DB_CTIY", "x", "APPPORT", "1", "HOME", "/", "PATH", "x", "HOSTNAME", "y"),
            "");

    assertThat(environment.warnings())
        .containsExactly(
            "APPPORT is no setting and ignored: did you mean APP_PORT?",
            "GEOIP_DB_CTIY is no setting and ignored: did you mean GEOIP_DB_CITY?");
  }
}
