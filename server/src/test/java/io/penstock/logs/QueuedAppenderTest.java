package io.penstock.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.AppenderBase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class QueuedAppenderTest {

  /** A console that takes nothing until it is let go. */
  private static final class StuckConsole extends AppenderBase<LogLine> {
    private final CountDownLatch isEntered = new CountDownLatch(1);
    private final CountDownLatch mayGo = new CountDownLatch(1);

    @Override
    protected void append(LogLine line) {
      isEntered.countDown();
      boolean isInterrupted = false;
      while (true) {
        try {
          mayGo.await();
          break;
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
      }
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void aStuckConsoleHoldsNobodyUpAndWhatIsLostIsTold() throws Exception {
    var console = new StuckConsole();
    console.start();
    var told = new ByteArrayOutputStream();
    var logs = new Logs(Redaction.STANDARD, List.of(console));
    var appender =
        new QueuedAppender(logs, 10, new PrintStream(told, true, StandardCharsets.UTF_8));
    var logger = new LoggerContext().getLogger("test");
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.addAppender(appender);

    logger.info("first");
    await().until(() -> console.isEntered.getCount() == 0);
    for (int i = 0; i < 100; i++) {
      logger.info("line {}", i);
    }

    assertThat(logs.droppedTotal()).isEqualTo(90);
    console.mayGo.countDown();
    await().until(() -> logs.ring().last() == 11);
    await().until(() -> told.size() > 0);
    appender.stop();
    assertThat(told.toString(StandardCharsets.UTF_8))
        .isEqualTo("penstock: 90 log lines dropped" + System.lineSeparator());
  }

  @Test
  void aStopWritesWhatIsQueued() {
    var logs = Logs.none();
    var appender = new QueuedAppender(logs, 1_000, System.err);
    var logger = new LoggerContext().getLogger("test");
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.addAppender(appender);

    for (int i = 0; i < 500; i++) {
      logger.error("line {}", i);
    }
    appender.stop();

    assertThat(logs.ring().last()).isEqualTo(500);
    assertThat(logs.errors()).hasSize(20).first().asString().endsWith("test: line 499");
  }
}
