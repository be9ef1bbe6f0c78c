package io.penstock.outputs;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.control.Output;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputsConfigTest {

  private static final Path DATA = Path.of("data");

  private static OutputsConfig read(Map<String, String> variables) {
    var environment = new Environment(variables);
    var config = OutputsConfig.from(environment, DATA);
    assertThat(environment.problems()).isEmpty();
    return config;
  }

  @Test
  void withoutVariablesThereAreNoOutputsAndTheStandardLimits() {
    var config = read(Map.of());

    assertThat(config.outputs()).isEmpty();
    assertThat(config.deadLetters()).isEqualTo(DATA.resolve("dlq"));
    assertThat(config.deadLettersBytesMax()).isEqualTo(100 << 20);
    assertThat(config.deadLettersAgeMax()).isEqualTo(Duration.ofDays(7));
  }

  @Test
  void theVariablesMakeOutputsOfTheDefaultTenant() {
    var config =
        read(
            Map.of(
                "SPLUNK_HEC_URL", "https://127.0.0.1:8088/services/collector",
                "SPLUNK_HEC_TOKEN", "quokka",
                "ELASTIC_URL", "http://127.0.0.1:9200, http://127.0.0.1:9201",
                "ELASTIC_USERNAME", "penstock",
                "ELASTIC_PASSWORD", "wombat"));

    assertThat(config.outputs())
        .extracting(Output::key)
        .containsExactly(new Output.Key("default", "splunk"), new Output.Key("default", "elastic"));
    assertThat(config.outputs()).allMatch(Output::isFromEnvironment);
    assertThat(Configured.members(config.outputs().getFirst())).containsEntry("token", "quokka");
    assertThat(Configured.shown(config.outputs().getLast()))
        .containsEntry("password", "***")
        .extractingByKey("urls")
        .asString()
        .contains("9200", "9201");
    assertThat(config.toString()).doesNotContain("quokka", "wombat");
  }

  @Test
  void whatIsSwitchedOffMakesNone() {
    var config =
        read(
            Map.of(
                "SPLUNK_HEC_URL", "https://127.0.0.1:8088/",
                "SPLUNK_HEC_TOKEN", "quokka",
                "EXPORT_SPLUNK_ENABLED", "false"));

    assertThat(config.outputs()).isEmpty();
  }

  @Test
  void whatIsMissingIsNamedByItsVariable() {
    var environment =
        new Environment(
            Map.of("SPLUNK_HEC_URL", "https://127.0.0.1:8088/", "ELASTIC_URL", "no address"));

    var config = OutputsConfig.from(environment, DATA);

    assertThat(config.outputs()).isEmpty();
    assertThat(environment.problems())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("SPLUNK_HEC_TOKEN") && line.contains("missing"))
        .anyMatch(line -> line.contains("ELASTIC_URL") && line.contains("http or https"));
  }
}
