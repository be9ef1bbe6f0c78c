package io.penstock.stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** What a class logs at INFO and above while this is open: level, message, and why. */
final class Lines extends AppenderBase<ILoggingEvent> implements AutoCloseable {

  private final Logger logger;
  private final List<String> told = new CopyOnWriteArrayList<>();

  Lines(Class<?> of) {
    logger = (Logger) LoggerFactory.getLogger(of);
    logger.setLevel(Level.INFO);
    start();
    logger.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent line) {
    var pairs = line.getKeyValuePairs();
    var why =
        pairs == null
            ? ""
            : pairs.stream()
                .filter(pair -> pair.key.equals("why"))
                .map(pair -> " " + pair.value)
                .collect(Collectors.joining());
    told.add(line.getLevel() + " " + line.getMessage() + why);
  }

  List<String> told() {
    return List.copyOf(told);
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    logger.setLevel(null);
  }
}
