package io.penstock.log;

import com.github.luben.zstd.ZstdDecompressCtx;
import io.penstock.event.EventBatch;
import io.penstock.event.EventCodec;
import io.penstock.log.FrameScanner.Damaged;
import io.penstock.log.FrameScanner.Found;
import io.penstock.log.FrameScanner.Passed;
import io.penstock.log.LogUnavailableException.Reason;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the durable frames of all segments in order. */
final class SegmentReader implements EventLog.Reader {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentReader.class);

  /** Most frames are far smaller, and the memory of a rare one is wanted elsewhere. */
  private static final int SCRATCH_KEPT_BYTES_MAX = 2 << 20;

  private final Disk disk;
  private final Segments segments;
  private final Damage damage;
  private final LogMetrics metrics;
  private final int wantedFlags;
  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private byte[] scratch = {};
  private @Nullable Segment segment;
  private @Nullable FrameScanner scanner;
  private long position;

  /**
   * @param wantedFlags flags of the frames to return; 0 for all
   */
  SegmentReader(
      Disk disk,
      Segments segments,
      Damage damage,
      LogMetrics metrics,
      int wantedFlags,
      long position) {
    this.disk = disk;
    this.segments = segments;
    this.damage = damage;
    this.metrics = metrics;
    this.wantedFlags = wantedFlags;
    this.position = position;
  }

  @Override
  public Optional<EventLog.Entry> next(Duration timeout) throws InterruptedException {
    long start = System.nanoTime();
    long nanos = timeout.toNanos();
    while (true) {
      var entry = nextDurable();
      if (entry != null) {
        return Optional.of(entry);
      }
      if (!segments.awaitBeyond(position, nanos - (System.nanoTime() - start))) {
        return Optional.empty();
      }
    }
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void close() {
    closeScanner();
    zstd.close();
  }

  /** The next entry that is there now, else null. */
  private EventLog.@Nullable Entry nextDurable() throws InterruptedException {
    try {
      return read();
    } catch (ClosedByInterruptException e) {
      closeScanner();
      Thread.interrupted();
      throw new InterruptedException("interrupted while reading the log");
    } catch (IOException e) {
      closeScanner();
      throw new LogUnavailableException(Reason.DISK_ERROR, e);
    }
  }

  private EventLog.@Nullable Entry read() throws IOException {
    while (true) {
      // In this order: whatever is before the end seen here is in the segments seen below.
      long end = segments.end();
      var current = segment();
      if (current == null) {
        position = Math.max(position, end);
        return null;
      }
      var following = followingWithFrames(current);
      if (position < current.dataEnd()) {
        var entry = step(current);
        if (entry != null) {
          return entry;
        }
      } else if (following == null) {
        position = Math.max(position, end);
        return null;
      } else {
        moveTo(following);
      }
    }
  }

  /**
   * The next segment that holds frames. One without may be gone after a crash, so no reader may
   * stand in it: its consumer would be ahead of the log.
   */
  private @Nullable Segment followingWithFrames(Segment current) {
    var next = segments.after(current);
    while (next != null && next.dataEnd() <= next.dataStart()) {
      next = segments.after(next);
    }
    return next;
  }

  private @Nullable Segment segment() {
    if (segment == null) {
      var found = segments.holding(position);
      if (found == null) {
        return null;
      }
      countMissed(found);
      moveTo(found);
    }
    return segment;
  }

  private void moveTo(Segment found) {
    closeScanner();
    segment = found;
    position = Math.max(position, found.dataStart());
  }

  /** The gap that a seal leaves between two segments is no miss. */
  private void countMissed(Segment first) {
    long missed = first.base() - position - Frame.HEADER_BYTES;
    if (missed > 0) {
      metrics.missedBytes.inc(missed);
      LOG.atWarn().addKeyValue("bytes", missed).log("frames were removed before they were read");
    }
  }

  private EventLog.@Nullable Entry step(Segment current) throws IOException {
    var source = scanner(current);
    if (source == null) {
      // Removed meanwhile: go on with whatever comes first now.
      segment = null;
      return null;
    }
    var step = source.step(position, current.dataEnd(), wantedFlags);
    long at = position;
    position = step.next();
    return switch (step) {
      case Found found -> entry(current, source, found);
      case Passed _ -> null;
      case Damaged _ -> {
        damage.found(current, at, position, "found by a reader");
        yield null;
      }
    };
  }

  private @Nullable FrameScanner scanner(Segment current) throws IOException {
    if (scanner == null) {
      try {
        var channel = disk.open(current.path(), StandardOpenOption.READ);
        scanner = new FrameScanner(channel, current.base(), current.salt());
      } catch (NoSuchFileException e) {
        if (segments.contains(current)) {
          throw e;
        }
        return null;
      }
    }
    return scanner;
  }

  private EventLog.@Nullable Entry entry(Segment current, FrameScanner source, Found found) {
    var header = found.header();
    if (header.is(Frame.SEAL)) {
      return null;
    }
    try {
      var batch = batch(source, found);
      return new EventLog.Entry(header.position(), header.next(), batch);
    } catch (RuntimeException e) {
      // Sound bytes that make no batch: written by another version, or our bug. One such frame
      // must not stop its consumers for ever.
      damage.found(current, header.position(), header.next(), "cannot be decoded: " + e);
      return null;
    }
  }

  private EventBatch batch(FrameScanner source, Found found) {
    var header = found.header();
    int from = found.offset();
    if (!header.is(Frame.COMPRESSED)) {
      return EventCodec.decode(source.bytes(), from, header.length());
    }
    int rawLength = header.rawLength();
    var raw = scratch.length >= rawLength ? scratch : new byte[rawLength];
    if (rawLength <= SCRATCH_KEPT_BYTES_MAX) {
      scratch = raw;
    }
    int length = zstd.decompressByteArray(raw, 0, rawLength, source.bytes(), from, header.length());
    return EventCodec.decode(raw, 0, length);
  }

  private void closeScanner() {
    var open = scanner;
    scanner = null;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("could not close a segment");
    }
  }
}
