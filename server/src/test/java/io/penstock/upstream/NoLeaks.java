package io.penstock.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Fails a test class after which a buffer was collected that nobody had released. */
public final class NoLeaks implements BeforeAllCallback, AfterAllCallback {

  /** Leaks are told of when another buffer is made. */
  private static final int ROUNDS = 5;

  private static final int TEXT_MAX = 2_000;

  private final ListAppender<ILoggingEvent> told = new ListAppender<>();
  private ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  }

  private static String beginning(ILoggingEvent event) {
    var text = event.getFormattedMessage();
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    told.start();
    logger().addAppender(told);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int i = 0; i < ROUNDS; i++) {
      System.gc();
      PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
    }
    logger().detachAppender(told);
    ResourceLeakDetector.setLevel(before);
    assertThat(told.list).extracting(NoLeaks::beginning).isEmpty();
  }
}
