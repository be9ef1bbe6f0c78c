package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class SettingsTest {

  private final Engine engine;
  @TempDir private Path folder;

  SettingsTest(Engine engine) {
    this.engine = engine;
  }

  @Test
  void theLatestValueOfAName() {
    try (var database = engine.open(folder)) {
      var settings = new Settings(database, InstantSource.system());
      assertThat(settings.find("geoip")).isEmpty();

      settings.put("geoip", "one");
      settings.put("geoip", "two");
      settings.put("other", "three");

      assertThat(settings.find("geoip")).contains("two");
      assertThat(new Settings(database, InstantSource.system()).snapshot().current())
          .containsOnlyKeys("geoip", "other")
          .containsEntry("geoip", "two");
    }
  }
}
