package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.exporters.BookConfig;
import io.penstock.wire.Limits;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What exporters may make us remember. */
class StateLimitsTest {

  private static final long MIB = 1 << 20;

  private static Environment environment(String... namesAndValues) {
    var variables = new HashMap<String, String>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      variables.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Environment(Map.copyOf(variables));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 64})
  void theStandardsTakeLessThanHalfOfTheHeapHoweverManyWorkersThereAre(int workers) {
    var environment = environment();

    int sequences = StateLimits.sequences(environment, workers, 160 * MIB);
    var limits = StateLimits.read(environment, sequences, workers, 160 * MIB);

    assertThat(StateLimits.bytes(limits, sequences, workers, 160 * MIB))
        .isBetween(160 * MIB * 3 / 8, 160 * MIB * 15 / 32);
    assertThat(environment.warnings()).isEmpty();
    assertThat(environment.problems()).isEmpty();
  }

  @Test
  void withALargeHeapTheStandardsAreThoseOfTheDecoder() {
    int sequences = StateLimits.sequences(environment(), 2, 32_000 * MIB);

    assertThat(sequences).isEqualTo(BookConfig.DEFAULT.sequencesMax());
    assertThat(StateLimits.read(environment(), sequences, 2, 32_000 * MIB))
        .isEqualTo(Limits.DEFAULT);
  }

  @Test
  void everyLimitCanBeSet() {
    var environment =
        environment(
            "EXPORTERS_MAX", "11",
            "EXPORTERS_PER_ADDRESS_MAX", "12",
            "TEMPLATES_PER_EXPORTER_MAX", "13",
            "TEMPLATE_FIELDS_PER_EXPORTER_MAX", "14",
            "TEMPLATE_FIELDS_MAX", "3000",
            "PENDING_BYTES_PER_EXPORTER", "16k",
            "PENDING_BYTES", "2m",
            "PENDING_MINUTES", "18",
            "TEMPLATE_LIFE_HOURS", "19",
            "SEQUENCES_MAX", "4000");

    int sequences = StateLimits.sequences(environment, 2, 160 * MIB);
    var limits = StateLimits.read(environment, sequences, 2, 160 * MIB);

    assertThat(sequences).isEqualTo(2_000);
    assertThat(limits)
        .isEqualTo(
            new Limits(
                11, 12, 13, 14, 1_500, 16_384, MIB, Duration.ofMinutes(18), Duration.ofHours(19)));
    assertThat(environment.warnings()).isEmpty();
  }

  @Test
  void limitsThatTheHeapCannotHoldAreWarnedOf() {
    var environment = environment("EXPORTERS_MAX", "100000");

    var limits = StateLimits.read(environment, 1, 2, 160 * MIB);

    assertThat(limits.exporters()).isEqualTo(100_000);
    assertThat(environment.warnings()).singleElement().asString().contains("of a heap of 160 MiB");
  }

  @Test
  void sequencesThatTheHeapCannotHoldAreWarnedOfAsWell() {
    var environment = environment("SEQUENCES_MAX", "1000000");

    int sequences = StateLimits.sequences(environment, 2, 160 * MIB);
    StateLimits.read(environment, sequences, 2, 160 * MIB);

    assertThat(environment.warnings()).singleElement().asString().contains("SEQUENCES_MAX");
  }

  @Test
  void whatExportersAnnounceAndTheirLastDatagramsCountAsWell() {
    var limits = StateLimits.read(environment(), 1_000, 2, 160 * MIB);

    assertThat(StateLimits.optionsBytes(2, 160 * MIB)).isEqualTo(5 * MIB);
    assertThat(StateLimits.recordingBytes(2, 160 * MIB)).isEqualTo(5 * MIB / 2);
    assertThat(StateLimits.bytes(limits, 1_000, 2, 160 * MIB))
        .isEqualTo(
            2L * limits.exporters() * StateLimits.EXPORTER_BYTES
                + 2L * limits.fields() * StateLimits.FIELD_BYTES
                + 2 * limits.pendingBytes()
                + 2_000L * StateLimits.SEQUENCE_BYTES
                + 15 * MIB);
  }

  @Test
  void aLifeOfNothingIsAMistake() {
    var environment = environment("TEMPLATE_LIFE_HOURS", "0", "EXPORTERS_MAX", "0");

    StateLimits.read(environment, 1, 2, 160 * MIB);

    assertThat(environment.problems()).hasSize(2);
  }
}
