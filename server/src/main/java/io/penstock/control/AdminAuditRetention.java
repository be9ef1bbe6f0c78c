package io.penstock.control;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes what operators did too long ago, at the start and once an hour. */
public final class AdminAuditRetention implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AdminAuditRetention.class);
  private static final Duration INTERVAL = Duration.ofHours(1);

  private final AdminAudit audit;
  private final Duration kept;
  private final InstantSource clock;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("audit-retention").factory());

  /**
   * @param kept how long an act is remembered
   */
  public AdminAuditRetention(AdminAudit audit, Duration kept, InstantSource clock) {
    this.audit = audit;
    this.kept = kept;
    this.clock = clock;
  }

  public void start() {
    var _ =
        executor.scheduleWithFixedDelay(
            this::expire, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void expire() {
    try {
      int expired = audit.expire(clock.instant().minus(kept));
      if (expired > 0) {
        LOG.atInfo().addKeyValue("acts", expired).log("old acts left the audit of operators");
      }
    } catch (DatabaseUnavailableException e) {
      LOG.atWarn().addKeyValue("reason", e.getMessage()).log("old acts not deleted; trying again");
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("old acts not deleted; trying again");
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
