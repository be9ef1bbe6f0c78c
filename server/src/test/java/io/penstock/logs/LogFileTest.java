package io.penstock.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of LOG_FILE: how large it becomes, and what becomes of the old ones. */
class LogFileTest {

  private static final int FILE_BYTES = 10 << 20;
  private static final String LONG = "x".repeat(1 << 20);

  @TempDir private Path folder;
  private final LoggerContext context = new LoggerContext();

  private static Logging to(Path file) {
    return new Logging(Logging.Format.TEXT, Level.INFO, Optional.of(file), Redaction.STANDARD);
  }

  private static LogLine line(int number) {
    return new LogLine(Instant.EPOCH, "INFO", "test", number + " " + LONG, Map.of(), null);
  }

  @Test
  void aFullFileBecomesTheFirstOldOneAndFiveAreKept() throws IOException {
    var file = folder.resolve("penstock.log");
    var appender = to(file).file(file, context);

    for (int i = 0; i < 75; i++) {
      appender.doAppend(line(i));
    }
    appender.stop();

    var found = new ArrayList<Integer>();
    for (int i = 5; i >= 0; i--) {
      var one = i == 0 ? file : folder.resolve("penstock.log." + i);
      assertThat(Files.size(one)).as(one.toString()).isLessThan(FILE_BYTES + 2 * LONG.length());
      try (var lines = Files.lines(one)) {
        lines.forEach(text -> found.add(number(text)));
      }
    }
    assertThat(folder.resolve("penstock.log.6")).doesNotExist();
    // The oldest are gone; of those that are there none is missing.
    assertThat(found).endsWith(74).hasSizeBetween(51, 66);
    for (int i = 1; i < found.size(); i++) {
      assertThat(found.get(i)).isEqualTo(found.get(i - 1) + 1);
    }
  }

  private static int number(String line) {
    var words = line.substring(0, line.indexOf("xxx")).strip().split(" ");
    return Integer.parseInt(words[words.length - 1]);
  }

  @Test
  void whatAFileHadIsKeptOverARestart() throws IOException {
    var file = folder.resolve("penstock.log");
    for (int i = 0; i < 2; i++) {
      var appender = to(file).file(file, context);
      appender.doAppend(line(i));
      appender.stop();
    }

    try (var lines = Files.lines(file)) {
      assertThat(lines.map(LogFileTest::number)).containsExactly(0, 1);
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsSaidAtTheStart() throws IOException {
    var file = Files.createDirectory(folder.resolve("folder"));

    assertThatThrownBy(() -> to(file).file(file, context))
        .hasMessage("cannot write LOG_FILE " + file);
  }
}
