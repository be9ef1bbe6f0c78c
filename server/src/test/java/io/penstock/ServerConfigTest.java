package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerConfigTest {

  @Test
  void theDefaultsAreValid() {
    assertThat(CheckCommand.read(Map.of()).problems()).isEmpty();
  }

  @Test
  @Tag("rfc7011-10.1-standard-ports")
  void ipfixIsListenedForOnItsStandardPort() {
    var config = ServerConfig.from(new Environment(Map.of()), "1.2.3");

    assertThat(config.receive().listeners())
        .filteredOn(listener -> listener.name().equals(ServerConfig.IPFIX))
        .extracting(listener -> listener.address().getPort())
        .containsExactly(4739);
    assertThat(config.stream().listeners())
        .extracting(listener -> listener.address().getPort())
        .containsExactly(4739);
  }

  @Test
  void everyMistakeIsOneLine() {
    var environment =
        CheckCommand.read(
            Map.of(
                "APP_PORT", "eighty",
                "NETFLOW_PORT", "70000",
                "LOG_FORMAT", "xml",
                "INGEST_SUCCESS_STATUS", "201",
                "INTERNAL_NETWORKS", "10.0.0.0/99"));

    assertThat(environment.problems()).hasSize(5).allMatch(line -> !line.contains("\n"));
    assertThat(environment.problems().getFirst()).startsWith("LOG_FORMAT: ");
  }

  @Test
  void theDeprecatedPortWorksAndSaysSo() {
    var environment = new Environment(Map.of("API_PORT", "9999"));

    var config = ServerConfig.from(environment, "1.2.3");

    assertThat(config.http().port()).isEqualTo(9999);
    assertThat(environment.warnings()).containsExactly("API_PORT is deprecated: use APP_PORT");
  }

  @Test
  void aMistakeInTheElementsFileIsFoundByTheCheck(@TempDir Path folder) throws IOException {
    var file = folder.resolve("elements.yaml");
    Files.writeString(file, "elements: {9999/1: {name: a}}\n");
    var environment = new Environment(Map.of("ELEMENTS_FILE", file.toString()));

    CheckCommand.checkFiles(environment);

    assertThat(environment.problems())
        .containsExactly(file + ":1:12: expected a 'type' for 9999/1");
  }
}
