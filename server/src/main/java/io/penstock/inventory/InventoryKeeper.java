package io.penstock.inventory;

import io.penstock.exchange.Exchange;
import io.penstock.profile.Explanation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the inventory over restarts, in a file that is written now and then and at the stop, and
 * the latest alerts in memory. What was seen between the last writing and a crash is learnt again
 * from the next exchanges; the exchanges themselves are in the log. Safe for many threads.
 */
public final class InventoryKeeper implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(InventoryKeeper.class);

  private static final int ALERTS_MAX = 1_000;
  private static final int SAVE_SECONDS = 30;
  private static final int SILENCE_SECONDS = 60;

  private final Inventory inventory;
  private final Path file;
  private final Consumer<Alert> told;
  private final Deque<Alert> alerts = new ArrayDeque<>();
  private final ScheduledExecutorService housekeeping =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("inventory").factory());
  private volatile boolean isChanged;

  /**
   * @param told hears of each alert; must not wait
   */
  public InventoryKeeper(Inventory inventory, Path file, Consumer<Alert> told) {
    this.inventory = inventory;
    this.file = file;
    this.told = told;
  }

  /** Reads what was kept, and keeps it from now on. */
  public void start() {
    restore();
    var _ =
        housekeeping.scheduleWithFixedDelay(
            this::saveIfChanged, SAVE_SECONDS, SAVE_SECONDS, TimeUnit.SECONDS);
    var _ =
        housekeeping.scheduleWithFixedDelay(
            this::lookForSilence, SILENCE_SECONDS, SILENCE_SECONDS, TimeUnit.SECONDS);
  }

  private void restore() {
    try {
      var kept = Snapshot.parse(Files.readAllBytes(file));
      kept.ifPresentOrElse(
          inventory::restore,
          () -> LOG.atWarn().addKeyValue("file", file).log("inventory is damaged, it begins anew"));
    } catch (NoSuchFileException _) {
      // The first start.
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("file", file).setCause(e).log("inventory not read, it begins anew");
    }
  }

  /** Adds an exchange with what its profile says of it. */
  public void seen(Exchange exchange, Explanation explanation) {
    tell(inventory.record(exchange, explanation));
    isChanged = true;
  }

  private void lookForSilence() {
    tell(inventory.silences());
  }

  private void tell(List<Alert> raised) {
    for (var alert : raised) {
      LOG.atWarn()
          .addKeyValue("kind", alert.kind())
          .addKeyValue("tenant", alert.tenant())
          .addKeyValue("product", alert.product())
          .addKeyValue("subject", alert.subject())
          .log("interception alert");
      told.accept(alert);
      synchronized (alerts) {
        if (alerts.size() == ALERTS_MAX) {
          alerts.removeFirst();
        }
        alerts.addLast(alert);
      }
    }
  }

  /** The latest alerts of a tenant, the oldest first. */
  public List<Alert> alerts(String tenant) {
    synchronized (alerts) {
      return alerts.stream().filter(alert -> alert.tenant().equals(tenant)).toList();
    }
  }

  public Snapshot snapshot() {
    return inventory.snapshot();
  }

  private void saveIfChanged() {
    if (!isChanged) {
      return;
    }
    isChanged = false;
    try {
      var unfinished = file.resolveSibling(file.getFileName() + ".new");
      Files.write(unfinished, inventory.snapshot().json());
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException e) {
      isChanged = true;
      LOG.atWarn().addKeyValue("file", file).setCause(e).log("inventory not saved, tried again");
    }
  }

  @Override
  public void close() {
    housekeeping.close();
    saveIfChanged();
  }
}
