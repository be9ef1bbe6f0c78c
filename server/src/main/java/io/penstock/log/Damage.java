package io.penstock.log;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The damaged places of the log: each is counted and reported once, however many readers pass. */
final class Damage {

  /** Beyond this many places the disk is beyond help, and only bytes are counted. */
  private static final int PLACES_MAX = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(Damage.class);

  private final Set<Long> places = ConcurrentHashMap.newKeySet();
  private final LogMetrics metrics;

  Damage(LogMetrics metrics) {
    this.metrics = metrics;
  }

  void found(Segment segment, long position, long next, String what) {
    if (places.size() >= PLACES_MAX || !places.add(position)) {
      return;
    }
    metrics.corruptFrames.inc();
    metrics.corruptBytes.inc(next - position);
    LOG.atError()
        .addKeyValue("segment", segment.path().getFileName())
        .addKeyValue("position", position)
        .addKeyValue("bytes", next - position)
        .addKeyValue("what", what)
        .log("skipped a damaged place of the log");
  }
}
