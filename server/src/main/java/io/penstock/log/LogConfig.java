package io.penstock.log;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Limits of a {@link SegmentLog}.
 *
 * @param folder where segments and cursors live; made when missing
 * @param segmentBytes size at which a segment is sealed and the next one begun
 * @param queueBytes bytes of frames that may await the disk before {@code append} blocks
 * @param commitWindow shortest time between two fsyncs while more frames keep coming
 * @param compressionLevel zstd level
 * @param reserveBytes free space of the disk that is left to others (cursors, the control plane);
 *     the log refuses rather than use it
 * @param retainBytes size the log is held to while it has no consumer
 * @param probeInterval how often a refusing log looks whether the disk has recovered
 */
public record LogConfig(
    Path folder,
    long segmentBytes,
    long queueBytes,
    Duration commitWindow,
    int compressionLevel,
    long reserveBytes,
    long retainBytes,
    Duration probeInterval) {

  private static final long MIB = 1 << 20;

  public LogConfig {
    if (segmentBytes < 4096 || queueBytes < 1 || reserveBytes < 0 || retainBytes < 0) {
      throw new IllegalArgumentException(
          "log limits out of range: segment %d, queue %d, reserve %d, retain %d bytes"
              .formatted(segmentBytes, queueBytes, reserveBytes, retainBytes));
    }
  }

  /** The defaults, in this folder. */
  public static LogConfig in(Path folder) {
    return new LogConfig(
        folder,
        256 * MIB,
        64 * MIB,
        Duration.ofMillis(5),
        1,
        64 * MIB,
        4096 * MIB,
        Duration.ofMillis(500));
  }

  public LogConfig withSegmentBytes(long bytes) {
    return new LogConfig(
        folder,
        bytes,
        queueBytes,
        commitWindow,
        compressionLevel,
        reserveBytes,
        retainBytes,
        probeInterval);
  }

  public LogConfig withQueueBytes(long bytes) {
    return new LogConfig(
        folder,
        segmentBytes,
        bytes,
        commitWindow,
        compressionLevel,
        reserveBytes,
        retainBytes,
        probeInterval);
  }

  public LogConfig withCommitWindow(Duration window) {
    return new LogConfig(
        folder,
        segmentBytes,
        queueBytes,
        window,
        compressionLevel,
        reserveBytes,
        retainBytes,
        probeInterval);
  }

  public LogConfig withReserveBytes(long bytes) {
    return new LogConfig(
        folder,
        segmentBytes,
        queueBytes,
        commitWindow,
        compressionLevel,
        bytes,
        retainBytes,
        probeInterval);
  }

  public LogConfig withRetainBytes(long bytes) {
    return new LogConfig(
        folder,
        segmentBytes,
        queueBytes,
        commitWindow,
        compressionLevel,
        reserveBytes,
        bytes,
        probeInterval);
  }

  public LogConfig withProbeInterval(Duration interval) {
    return new LogConfig(
        folder,
        segmentBytes,
        queueBytes,
        commitWindow,
        compressionLevel,
        reserveBytes,
        retainBytes,
        interval);
  }
}
