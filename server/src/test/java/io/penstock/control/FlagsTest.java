package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.Flags.Origin;
import io.penstock.control.Flags.Setting;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class FlagsTest {

  private final InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_800_000));
  private final Engine engine;
  @TempDir private Path folder;
  private Database database;

  FlagsTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private Flags flags(Map<Flag, Boolean> environment) {
    return new Flags(database, environment, clock);
  }

  @Test
  void nothingIsAdmittedOnTrustUnlessSomebodySaysSo() {
    var flags = flags(Map.of());

    assertThat(flags.all()).hasSize(9);
    for (var flag : Flag.values()) {
      boolean expected = flag == Flag.ADMISSION_BLOCK_ON_EXCEED_DEFAULT;
      assertThat(flags.isOn(flag)).as(flag.name()).isEqualTo(expected);
      assertThat(flags.all()).containsEntry(flag, new Setting(expected, Origin.STANDARD));
    }
  }

  @Test
  void theEnvironmentGivesTheFirstValue() {
    var flags = flags(Map.of(Flag.ADMISSION_UDP_ENABLED, true));

    assertThat(flags.isOn(Flag.ADMISSION_UDP_ENABLED)).isTrue();
    assertThat(flags.all())
        .containsEntry(Flag.ADMISSION_UDP_ENABLED, new Setting(true, Origin.ENVIRONMENT));
  }

  @Test
  void whatAnOperatorChoseStaysOverARestartAndWins() {
    var environment = Map.of(Flag.ADMISSION_UDP_ENABLED, true);
    var flags = flags(environment);

    var before = flags.set(Map.of(Flag.ADMISSION_UDP_ENABLED, false), "key-1");

    assertThat(before)
        .containsEntry(Flag.ADMISSION_UDP_ENABLED, new Setting(true, Origin.ENVIRONMENT));
    assertThat(flags.isOn(Flag.ADMISSION_UDP_ENABLED)).isFalse();
    assertThat(flags(environment).all())
        .containsEntry(Flag.ADMISSION_UDP_ENABLED, new Setting(false, Origin.RUNTIME));
  }

  @Test
  void anotherServerSeesAChangeWhenItLooks() {
    var flags = flags(Map.of());
    var elsewhere = flags(Map.of());

    flags.set(Map.of(Flag.TRUST_PROXY, true), "key-1");
    flags.set(Map.of(Flag.TRUST_PROXY, true, Flag.ADMISSION_LOG_ONLY, true), "key-1");
    elsewhere.snapshot().refresh();

    assertThat(elsewhere.isOn(Flag.TRUST_PROXY)).isTrue();
    assertThat(elsewhere.isOn(Flag.ADMISSION_LOG_ONLY)).isTrue();
    assertThat(elsewhere.isOn(Flag.ADMISSION_FAIL_OPEN)).isFalse();
  }
}
