package io.penstock.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LogRingTest {

  private static LogLine line(String message) {
    return new LogLine(Instant.EPOCH, "INFO", "a.b", message, Map.of(), null);
  }

  @Test
  void theLatestLinesStay() {
    var ring = new LogRing(3, 1 << 20);
    for (int i = 1; i <= 5; i++) {
      ring.add(line("m" + i));
    }

    assertThat(ring.entries()).extracting(LogEntry::message).containsExactly("m3", "m4", "m5");
    assertThat(ring.last()).isEqualTo(5);
  }

  @Test
  void longLinesTakeThePlaceOfMany() {
    var ring = new LogRing(1_000, 10_000);
    for (int i = 0; i < 100; i++) {
      ring.add(line("short"));
    }
    ring.add(line("x".repeat(3_500)));

    assertThat(ring.entries().stream().mapToInt(LogEntry::bytes).sum()).isLessThan(10_000);
    assertThat(ring.entries().getLast().message()).hasSize(3_500);
  }

  @Test
  void aLineLargerThanAllIsKeptAlone() {
    var ring = new LogRing(10, 1_000);
    ring.add(line("a"));
    ring.add(line("x".repeat(5_000)));
    ring.add(line("b"));

    assertThat(ring.entries()).extracting(LogEntry::message).containsExactly("b");
  }

  @Test
  void whoIsTooSlowIsToldHowMuchIsGone() throws Exception {
    var ring = new LogRing(3, 1 << 20);
    for (int i = 1; i <= 10; i++) {
      ring.add(line("m" + i));
    }

    var batch = ring.after(2, 2, Duration.ZERO);

    assertThat(batch.entries()).extracting(LogEntry::message).containsExactly("m8", "m9");
    assertThat(batch.lost()).isEqualTo(5);
    assertThat(batch.last()).isEqualTo(9);
    assertThat(ring.after(9, 2, Duration.ZERO).lost()).isZero();
  }
}
