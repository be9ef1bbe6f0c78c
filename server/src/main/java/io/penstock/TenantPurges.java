package io.penstock;

import io.penstock.api.Leftovers;
import io.penstock.control.Followed;
import io.penstock.control.Removals;
import io.penstock.control.Removals.Removal;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what this server has of tenants that were removed, here, on another server or by a
 * command. How far it has come is in a file beside the events, so that a removal is made good after
 * a crash, too, and never twice: by then somebody else may have the id.
 *
 * <p>Only a removal that the database tells of deletes anything, and only one that came after this
 * server met that database: neither a database that is empty, nor one of another installation in
 * which a tenant of that name was removed once, costs an event.
 *
 * <p>Events are purged twice, at once and a little later: what was on its way to the log when the
 * tenant went is there by then. Until then the id is not given away. Safe for many threads.
 */
final class TenantPurges implements Followed, Leftovers {

  private static final Logger LOG = LoggerFactory.getLogger(TenantPurges.class);

  private final Removals removals;
  private final Function<String, CompletableFuture<Void>> purge;
  private final Consumer<String> forget;
  private final Path file;
  private final Duration underWay;

  // Guarded by this, all that follows.
  private final TreeMap<Long, String> waiting = new TreeMap<>();
  private long revision = -1;
  private long asked;

  /**
   * @param purge deletes a tenant's events, and completes when they are gone for good
   * @param forget drops what the server remembers of a tenant in memory
   * @param folder where to keep how far this has come
   * @param underWay how long an event may take to the log after its sender was let in
   */
  TenantPurges(
      Removals removals,
      Function<String, CompletableFuture<Void>> purge,
      Consumer<String> forget,
      Path folder,
      Duration underWay,
      PrometheusRegistry registry) {
    this.removals = removals;
    this.purge = purge;
    this.forget = forget;
    this.underWay = underWay;
    this.file = folder.resolve(removals.installation());
    try {
      Files.createDirectories(folder);
      if (Files.exists(file)) {
        this.asked = read();
      } else {
        this.asked = removals.latest();
        write(asked);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep which tenants were purged: " + file, e);
    }
    GaugeWithCallback.builder()
        .name("telemetry_tenant_purges_waiting")
        .help("Removed tenants of which this server may still have events.")
        .callback(gauge -> gauge.call(waiting()))
        .register(registry);
  }

  private synchronized int waiting() {
    return waiting.size();
  }

  /** Called before the table itself is read: who gets the id next sends nothing until then. */
  @Override
  public String table() {
    return "tenants";
  }

  @Override
  public synchronized boolean isAt(long revision) {
    return this.revision == revision;
  }

  @Override
  public synchronized boolean refresh() {
    long now = removals.revision();
    if (now == revision) {
      return false;
    }
    removals.after(asked).forEach(this::begin);
    revision = now;
    return true;
  }

  @Override
  public void clear() {
    var _ = refresh();
  }

  @Override
  public synchronized boolean has(String tenant) {
    return waiting.containsValue(tenant);
  }

  private void begin(Removal removal) {
    var tenant = removal.tenant();
    asked = removal.number();
    waiting.put(removal.number(), tenant);
    var later = CompletableFuture.delayedExecutor(underWay.toMillis(), TimeUnit.MILLISECONDS);
    var _ =
        purge
            .apply(tenant)
            .thenComposeAsync(_ -> purge.apply(tenant), later)
            .thenRun(() -> end(removal))
            .exceptionally(
                failure -> {
                  // The server stops. The next start takes it up again.
                  LOG.atDebug().addKeyValue("tenant", tenant).setCause(failure).log("not purged");
                  return null;
                });
  }

  private synchronized void end(Removal removal) {
    forget.accept(removal.tenant());
    var left = new TreeMap<>(waiting);
    left.remove(removal.number());
    try {
      write(left.isEmpty() ? asked : left.firstKey() - 1);
    } catch (IOException e) {
      // It stays waiting, and its id reserved: the next start purges it once more.
      LOG.atError()
          .addKeyValue("tenant", removal.tenant())
          .setCause(e)
          .log("purge of a tenant not written down");
      return;
    }
    waiting.remove(removal.number());
    LOG.atInfo().addKeyValue("tenant", removal.tenant()).log("nothing left of a removed tenant");
  }

  private long read() throws IOException {
    var text = Files.readString(file).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException("no number in it: " + text, e);
    }
  }

  private void write(long number) throws IOException {
    var unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try (var channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap((number + "\n").getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
