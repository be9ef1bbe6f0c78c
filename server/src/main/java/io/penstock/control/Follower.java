package io.penstock.control;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks every second for changes that other servers made to the tables. */
public final class Follower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final List<Snapshot<?>> snapshots;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("control-follower").factory());

  /** Whether the last look found no database. Of the one thread. */
  private boolean isLost;

  public Follower(List<Snapshot<?>> snapshots) {
    this.snapshots = List.copyOf(snapshots);
  }

  public void start() {
    var _ =
        executor.scheduleWithFixedDelay(
            this::follow, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void follow() {
    try {
      snapshots.forEach(Snapshot::refresh);
      if (isLost) {
        isLost = false;
        LOG.info("control plane read again");
      }
    } catch (DatabaseUnavailableException e) {
      // The snapshots stay as they are until the database answers again, which may take a while:
      // one line says so.
      if (!isLost) {
        isLost = true;
        LOG.atWarn().addKeyValue("reason", e.getMessage()).log("control plane not read; trying on");
      }
    } catch (RuntimeException e) {
      LOG.atWarn().setCause(e).log("control plane not read; trying again");
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
