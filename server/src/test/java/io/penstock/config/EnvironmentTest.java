package io.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {

  @Test
  void theFirstNameThatIsSetWins() {
    var env = new Environment(Map.of("API_PORT", "9000", "PORT", "7000", "APP_PORT", "  "));

    assertThat(env.port(8080, "APP_PORT", "API_PORT", "PORT")).isEqualTo(9000);
    assertThat(env.problems()).isEmpty();
    assertThat(env.asked()).containsExactly("APP_PORT", "API_PORT", "PORT");
  }

  @Test
  void everyBadValueIsOneLineAndItsDefaultStands() {
    var env =
        new Environment(
            Map.of("PORT", "http", "FLAG", "maybe", "SIZE", "12x", "RATE", "NaN", "DAYS", "-1"));

    assertThat(env.port(8080, "APP_PORT", "PORT")).isEqualTo(8080);
    assertThat(env.flag(true, "FLAG")).isTrue();
    assertThat(env.bytes(1024, 0, 1 << 20, "SIZE")).isEqualTo(1024);
    assertThat(env.fraction(0.5, 0, 1, "RATE")).isEqualTo(0.5);
    assertThat(env.duration(Duration.ofDays(7), Duration.ofDays(1), "DAYS"))
        .isEqualTo(Duration.ofDays(7));

    assertThat(env.problems())
        .hasSize(5)
        .first()
        .isEqualTo("PORT: expected a whole number from 0 to 65535, not 'http'");
  }

  @Test
  void goodValuesOfEveryKindAreRead() {
    var env =
        new Environment(
            Map.of("A", "off", "B", "64m", "C", "x, y,,z", "D", "/data", "E", "30", "F", "0.25"));

    assertThat(env.flag(true, "A")).isFalse();
    assertThat(env.bytes(0, 0, 1 << 30, "B")).isEqualTo(64 << 20);
    assertThat(env.list("C")).containsExactly("x", "y", "z");
    assertThat(env.path(Path.of("."), "D")).isEqualTo(Path.of("/data"));
    assertThat(env.duration(Duration.ZERO, Duration.ofSeconds(1), "E"))
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(env.fraction(0, 0, 1, "F")).isEqualTo(0.25);
    assertThat(env.problems()).isEmpty();
  }
}
