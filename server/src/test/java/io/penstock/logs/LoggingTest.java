package io.penstock.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others say through our log. */
class LoggingTest {

  private static LoggerContext debugging() {
    var context = new LoggerContext();
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.DEBUG);
    Logging.quieten(context);
    return context;
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk.event.security", "io.helidon.webserver", "org.flywaydb.core"})
  void whatLibrariesSayOfEveryRequestIsNotLogged(String library) {
    var logger = debugging().getLogger(library);

    assertThat(logger.isInfoEnabled()).isFalse();
    assertThat(logger.isWarnEnabled()).isTrue();
  }

  @Test
  void whatWeSayIs() {
    assertThat(debugging().getLogger("io.penstock").isDebugEnabled()).isTrue();
  }
}
