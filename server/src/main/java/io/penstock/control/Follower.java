package io.penstock.control;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for changes that other servers made to the tables, often enough that they hold here within
 * a second. While nothing changes, a look is one query, however many tables there are.
 */
public final class Follower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
  private static final Duration INTERVAL = Duration.ofMillis(500);

  private final Database database;
  private final List<Followed> followed;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("control-follower").factory());

  /** Whether the last look found no database. Of the one thread. */
  private boolean isLost;

  /**
   * @param followed in the order in which they learn of changes
   */
  public Follower(Database database, List<Followed> followed) {
    this.database = database;
    this.followed = List.copyOf(followed);
  }

  public void start() {
    var _ =
        executor.scheduleWithFixedDelay(
            this::follow, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void follow() {
    try {
      look();
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

  private void look() {
    var revisions = revisions();
    for (var one : followed) {
      Long revision = revisions.get(one.table());
      if (revision != null && !one.isAt(revision)) {
        one.refresh();
      }
    }
  }

  private Map<String, Long> revisions() {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT name, number FROM revisions")
                .map((row, _) -> Map.entry(row.getString("name"), row.getLong("number")))
                .stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
