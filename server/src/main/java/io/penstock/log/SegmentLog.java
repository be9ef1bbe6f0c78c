package io.penstock.log;

import io.penstock.event.EventBatch;
import io.penstock.log.LogUnavailableException.Reason;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log as segment files in a local folder: checksummed, compressed frames, group fsync, recovery
 * of what a crash left, and segments removed once every consumer is done with them.
 */
public final class SegmentLog implements EventLog {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentLog.class);

  private final LogConfig config;
  private final Disk disk;
  private final LogMetrics metrics;
  private final Damage damage;
  private final FolderLock folderLock;
  private final Cursors cursors;
  private final Segments segments;
  private final FrameEncoder encoder;
  private final SegmentWriter writer;

  /** Held while it is decided which segments go, and while a cursor is made at their start. */
  private final ReentrantLock retention = new ReentrantLock();

  private SegmentLog(
      LogConfig config,
      Disk disk,
      FolderLock folderLock,
      PrometheusRegistry registry,
      InstantSource clock)
      throws IOException {
    this.config = config;
    this.disk = disk;
    this.folderLock = folderLock;
    this.metrics = new LogMetrics(registry);
    this.damage = new Damage(metrics);
    this.cursors = new Cursors(config.folder().resolve("cursors"), disk, _ -> retain());
    var found = new Recovery(config.folder(), disk, metrics, damage).run();
    // A cursor beyond the end means that acknowledged frames were lost with the disk. New frames
    // must come behind it, or its consumer would never see them.
    long end = Math.max(found.end(), cursors.fastest().orElse(0));
    long nextBase = Math.max(found.nextBase(), end);
    this.segments = new Segments(found.segments(), end, nextBase);
    this.encoder = new FrameEncoder(config.compressionLevel());
    this.writer =
        new SegmentWriter(
            config, disk, segments, found.salt(), nextBase, metrics, clock, this::retain);
    registerGauges(registry);
    LOG.atInfo()
        .addKeyValue("folder", config.folder())
        .addKeyValue("segments", segments.count())
        .addKeyValue("start", segments.start())
        .addKeyValue("end", segments.end())
        .log("log opened");
  }

  /**
   * Opens the log in its folder, which is made when missing, and recovers what is there.
   *
   * @throws IllegalStateException when another process has the folder open
   */
  public static SegmentLog open(LogConfig config, PrometheusRegistry registry, InstantSource clock)
      throws IOException {
    Files.createDirectories(config.folder());
    return open(config, Disk.of(config.folder()), registry, clock);
  }

  static SegmentLog open(
      LogConfig config, Disk disk, PrometheusRegistry registry, InstantSource clock)
      throws IOException {
    Files.createDirectories(config.folder());
    var lock = FolderLock.take(config.folder());
    try {
      var log = new SegmentLog(config, disk, lock, registry, clock);
      log.retain();
      log.writer.start();
      return log;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  @Override
  public CompletableFuture<Long> append(EventBatch batch) {
    var reason = writer.refusing();
    if (reason != null) {
      metrics.refused(reason, 1);
      return CompletableFuture.failedFuture(new LogUnavailableException(reason, null));
    }
    return writer.append(encoder.encode(batch));
  }

  /** Why batches are refused now; empty while they are taken. */
  public Optional<Reason> unavailable() {
    return Optional.ofNullable(writer.refusing());
  }

  @Override
  public long start() {
    return segments.start();
  }

  @Override
  public long end() {
    return segments.end();
  }

  @Override
  public Reader reader(long position) {
    return reader(position, 0);
  }

  @Override
  public Reader receiptReader(long position) {
    return reader(position, Frame.RECEIPT);
  }

  private Reader reader(long position, int flags) {
    return new SegmentReader(disk, segments, damage, metrics, flags, position);
  }

  @Override
  public long events(long from, long to) {
    long events = 0;
    for (var segment = segments.holding(from);
        segment != null && segment.base() < to;
        segment = segments.after(segment)) {
      try (var scanner =
          new FrameScanner(
              disk.open(segment.path(), StandardOpenOption.READ), segment.base(), segment.salt())) {
        long limit = Math.min(to, segment.dataEnd());
        long position = Math.max(from, segment.dataStart());
        while (position < limit) {
          var step = scanner.step(position, limit, Frame.NEVER);
          if (step instanceof FrameScanner.Passed(var header)) {
            events += header.events();
          }
          position = step.next();
        }
      } catch (NoSuchFileException e) {
        // Nobody needed it any more and it was removed meanwhile: nothing of it is to come.
        LOG.atDebug().addKeyValue("segment", segment.path()).log("a segment went while counting");
      } catch (IOException e) {
        throw new LogUnavailableException(Reason.DISK_ERROR, e);
      }
    }
    return events;
  }

  @Override
  public Cursor cursor(String consumer) {
    retention.lock();
    try {
      return cursors.cursor(consumer, start());
    } finally {
      retention.unlock();
    }
  }

  @Override
  public List<Cursor> cursors() {
    return cursors.all();
  }

  @Override
  public void deleteCursor(String consumer) {
    cursors.delete(consumer);
  }

  @Override
  public void roll(Duration age) {
    writer.roll(age);
  }

  @Override
  public void close() {
    writer.close();
    encoder.close();
    cursors.close();
    try {
      folderLock.close();
    } catch (IOException e) {
      // The process gives it back in any case.
      LOG.atDebug().setCause(e).log("could not release the folder");
    }
    LOG.atInfo().addKeyValue("end", segments.end()).log("log closed");
  }

  /** Removes the segments that nobody needs; the newest always stays. */
  private void retain() {
    retention.lock();
    try {
      boolean removed = false;
      for (var first = segments.first();
          first != null && isUnneeded(first);
          first = segments.first()) {
        segments.remove(first);
        removeFile(first.path());
        metrics.removedBytes.inc(first.dataEnd() - first.base());
        removed = true;
      }
      if (removed) {
        disk.forceFolder(config.folder());
        writer.spaceFreed();
      }
    } catch (IOException e) {
      // The files are gone or come back at the next start; both are harmless.
      LOG.atWarn().setCause(e).log("could not make the removal of segments durable");
    } finally {
      retention.unlock();
    }
  }

  private boolean isUnneeded(Segment first) {
    if (segments.after(first) == null) {
      return false;
    }
    var slowest = cursors.slowest();
    return slowest.isPresent()
        ? slowest.getAsLong() >= first.dataEnd()
        : segments.sizeBytes() > config.retainBytes();
  }

  private static void removeFile(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("segment", path.getFileName())
          .log("could not remove a segment that nobody needs");
    }
  }

  /** Durable octets held. */
  public long sizeBytes() {
    return segments.sizeBytes();
  }

  /** When the oldest of its segments was begun; empty when that cannot be told. */
  public Optional<Instant> oldest() {
    var first = segments.first();
    try {
      return first == null ? Optional.empty() : first.made();
    } catch (IOException e) {
      // Removed meanwhile, or the disk does not read: whoever wants to know asks again.
      LOG.atDebug().setCause(e).log("cannot tell when a segment was begun");
      return Optional.empty();
    }
  }

  /** Octets that await the disk. */
  public long waitingBytes() {
    return writer.waitingBytes();
  }

  private void registerGauges(PrometheusRegistry registry) {
    gauge(registry, "segments", "Segment files.", segments::count);
    gauge(registry, "size_bytes", "Durable bytes held.", segments::sizeBytes);
    gauge(registry, "queue_bytes", "Bytes that await the disk.", writer::waitingBytes);
    gauge(registry, "available", "Whether batches are taken.", () -> available() ? 1 : 0);
    GaugeWithCallback.builder()
        .name("telemetry_journal_cursor_lag_bytes")
        .help("How far a consumer is behind the end of the log.")
        .labelNames("consumer")
        .callback(
            lag -> {
              for (var cursor : cursors.all()) {
                lag.call((double) Math.max(0, end() - cursor.position()), cursor.consumer());
              }
            })
        .register(registry);
  }

  private boolean available() {
    return writer.refusing() == null;
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name("telemetry_journal_" + name)
        .help(help)
        .callback(gauge -> gauge.call(value.getAsDouble()))
        .register(registry);
  }
}
