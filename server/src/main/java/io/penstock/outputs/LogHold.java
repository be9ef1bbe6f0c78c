package io.penstock.outputs;

import io.penstock.event.Nanos;
import io.penstock.log.EventLog;
import io.penstock.sink.Hold;
import java.io.IOException;
import java.nio.file.FileStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long the log keeps events for sinks: as long as the tenant's events are kept, and when the
 * disk is short no longer than it takes to free the oldest segment, so that a sink whose
 * destination is away never stops ingest. Safe for many threads.
 */
public final class LogHold {

  private static final Logger LOG = LoggerFactory.getLogger(LogHold.class);

  private final Limits limits;
  private final EventLog log;
  private final LongSupplier freeBytes;
  private final ToIntFunction<String> retentionDays;
  private final InstantSource clock;
  private volatile boolean isShort;

  /**
   * When the disk is short.
   *
   * @param freeBytesMin free space below which it is
   * @param segmentBytes of the log, which frees space by whole segments
   */
  public record Limits(long freeBytesMin, long segmentBytes) {

    /** Segments that are left free above the log's own reserve, below which it refuses. */
    private static final int SEGMENTS_FREE = 2;

    public static Limits of(long reserveBytes, long segmentBytes) {
      return new Limits(reserveBytes + SEGMENTS_FREE * segmentBytes, segmentBytes);
    }
  }

  /**
   * @param freeBytes free space on the log's disk
   * @param retentionDays of a tenant
   */
  public LogHold(
      Limits limits,
      EventLog log,
      LongSupplier freeBytes,
      ToIntFunction<String> retentionDays,
      InstantSource clock) {
    this.limits = limits;
    this.log = log;
    this.freeBytes = freeBytes;
    this.retentionDays = retentionDays;
    this.clock = clock;
  }

  /** Usable space of a disk; all there is when it does not say. */
  public static long freeBytes(FileStore disk) {
    try {
      return disk.getUsableSpace();
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("cannot tell the free space of the log's disk");
      return Long.MAX_VALUE;
    }
  }

  /** Looks how much space is left. */
  void look() {
    isShort = freeBytes.getAsLong() < limits.freeBytesMin;
  }

  /** What holds for the sinks of a tenant. */
  Hold of(String tenant) {
    return (position, receivedNanos) -> isTooOld(tenant, receivedNanos) || isInTheWay(position);
  }

  private boolean isTooOld(String tenant, long receivedNanos) {
    var kept = Duration.ofDays(retentionDays.applyAsInt(tenant));
    return receivedNanos < Nanos.of(clock.instant().minus(kept));
  }

  /** Only of a log that has more than what is being written: nothing else would free space. */
  private boolean isInTheWay(long position) {
    if (!isShort) {
      return false;
    }
    long start = log.start();
    return position < start + limits.segmentBytes && log.end() - start > 2 * limits.segmentBytes;
  }
}
