package io.penstock.admit;

import io.penstock.control.Source;
import io.penstock.control.Sources;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes in the background when sources last sent, so that it is known after a restart. */
public final class LastSeen implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LastSeen.class);
  private static final int INTERVAL_SECONDS = 10;

  private final Admission admission;
  private final Sources sources;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sources-last-seen").factory());
  private Map<Source.Key, Sources.Seen> written = Map.of();

  public LastSeen(Admission admission, Sources sources) {
    this.admission = admission;
    this.sources = sources;
  }

  public void start() {
    var _ =
        executor.scheduleWithFixedDelay(
            this::write, INTERVAL_SECONDS, INTERVAL_SECONDS, TimeUnit.SECONDS);
  }

  /** Writes what is new since the last time. */
  synchronized void write() {
    try {
      var seen = admission.seen();
      var fresh = new HashMap<>(seen);
      fresh.entrySet().removeAll(written.entrySet());
      sources.saw(fresh);
      written = seen;
    } catch (RuntimeException e) {
      // Tried again with the next round; admission itself does not need it.
      LOG.atWarn().setCause(e).log("last seen not written");
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
    write();
  }
}
