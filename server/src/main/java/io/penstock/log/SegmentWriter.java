package io.penstock.log;

import io.penstock.log.LogUnavailableException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes segments. Appenders hand it whole frames; it writes all that wait,
 * makes them durable with one fsync, and only then completes their futures.
 *
 * <p><b>When to fsync.</b> An fsync costs the same for one frame as for a thousand, so under load
 * there is at most one in each commit window. But a lone client that waits for each answer before
 * it sends again must not wait for a window in which nothing else can come. So the writer also goes
 * ahead as soon as as many frames are written as the last fsync had carried: the clients that were
 * answered then have all come back. A window begins with the fsync before it, so after a pause
 * nobody waits either.
 *
 * <p><b>When the disk fails.</b> After a failed fsync the kernel may have dropped the pages and
 * call the next fsync a success, so the bytes since the last good one are worth nothing: the
 * segment is cut back to there, closed for good, and a new one is begun; every waiting future
 * fails. Readers never saw those bytes. If even cutting fails, the base of the next segment hides
 * them. Only a crash before there is a next segment could bring back frames that were refused,
 * which a sender must be ready for anyway.
 */
final class SegmentWriter implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);
  private static final int STAGING_BYTES = 1 << 20;

  private final LogConfig config;
  private final Disk disk;
  private final Segments segments;
  private final long salt;
  private final LogMetrics metrics;
  private final InstantSource clock;
  private final Runnable rolled;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();

  // Guarded by the lock.
  private final ArrayDeque<PendingFrame> queue = new ArrayDeque<>();
  private int blockedAppenders;
  private boolean closing;

  /** Bytes queued or written, but not durable. */
  private long waitingBytes;

  /** Frames in the queue for which the writer wants to be woken. */
  private int wakeAt = 1;

  /** Why nothing is taken now; null while all is well. Changed under the lock. */
  private volatile @Nullable Reason refusing;

  /** A segment begun before this is to be ended, milliseconds since 1970; 0 when none is. */
  private long rollBefore;

  // From here on the writer thread's own.
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
  private final ArrayDeque<PendingFrame> taken = new ArrayDeque<>();
  private final List<PendingFrame> written = new ArrayList<>();
  private @Nullable Segment active;
  private @Nullable FileChannel channel;

  /** When the active segment was begun, milliseconds since 1970. */
  private long activeSince;

  /** Position behind the last frame written, which is where the next one goes. */
  private long position;

  /** Offset up to which the active file was written; staged bytes come behind it. */
  private long fileEnd;

  private int lastGroup = 1;
  private long lastForceNanos;

  SegmentWriter(
      LogConfig config,
      Disk disk,
      Segments segments,
      long salt,
      long nextBase,
      LogMetrics metrics,
      InstantSource clock,
      Runnable rolled) {
    this.config = config;
    this.disk = disk;
    this.segments = segments;
    this.salt = salt;
    this.position = nextBase;
    this.metrics = metrics;
    this.clock = clock;
    this.rolled = rolled;
    this.lastForceNanos = System.nanoTime() - config.commitWindow().toNanos();
    this.thread = Thread.ofPlatform().name("log-writer").daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  long waitingBytes() {
    lock.lock();
    try {
      return waitingBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Why appends are refused now; null while they are taken. */
  @Nullable Reason refusing() {
    return refusing;
  }

  CompletableFuture<Long> append(PendingFrame frame) {
    lock.lock();
    try {
      awaitRoom(frame.size());
      var reason = closing ? Reason.CLOSED : refusing;
      if (reason != null) {
        return refuse(frame, reason);
      }
      queue.add(frame);
      waitingBytes += frame.size();
      if (queue.size() >= wakeAt) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
    return frame.durable();
  }

  /**
   * Waits while the queue is full. A frame larger than the whole queue goes in when it is empty.
   */
  private void awaitRoom(int size) {
    while (refusing == null && waitingBytes > 0 && waitingBytes + size > config.queueBytes()) {
      blockedAppenders++;
      work.signal();
      room.awaitUninterruptibly();
      blockedAppenders--;
    }
  }

  private CompletableFuture<Long> refuse(PendingFrame frame, Reason reason) {
    metrics.refused(reason, 1);
    frame.durable().completeExceptionally(new LogUnavailableException(reason, null));
    return frame.durable();
  }

  /** Ends the active segment soon if it was begun at least so long ago. */
  void roll(Duration age) {
    lock.lock();
    try {
      rollBefore = Math.max(1, clock.millis() - age.toMillis() + 1);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Something was removed from the disk: a refusing writer looks again. */
  void spaceFreed() {
    lock.lock();
    try {
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Writes what was taken, then stops. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        // What was taken still has to reach the disk.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (awaitWork()) {
        workOnce();
      }
      sealActive();
    } catch (IOException e) {
      // Nothing waits any more; the next start finds the segment without its seal and reads it.
      LOG.atWarn().setCause(e).log("could not seal the last segment");
    } finally {
      stop();
    }
  }

  private void workOnce() {
    try {
      if (refusing == null) {
        rollIfAsked();
        commitGroup();
      } else {
        probe();
      }
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      fail(e);
    }
  }

  /**
   * Waits for frames, or for the time to probe the disk; false when there is nothing left to do.
   */
  private boolean awaitWork() {
    lock.lock();
    try {
      wakeAt = 1;
      while (queue.isEmpty() && !closing && (rollBefore == 0 || refusing != null)) {
        if (refusing != null) {
          awaitNanos(config.probeInterval().toNanos());
          return !closing;
        }
        work.awaitUninterruptibly();
      }
      return !queue.isEmpty() || !closing;
    } finally {
      lock.unlock();
    }
  }

  /** Begins a new segment, so that the one before is let go as soon as its consumers are done. */
  private void rollIfAsked() throws IOException {
    long before;
    lock.lock();
    try {
      before = rollBefore;
      rollBefore = 0;
    } finally {
      lock.unlock();
    }
    boolean holdsFrames = active == null ? segments.count() > 0 : position > active.dataStart();
    if (before == 0 || !holdsFrames || active != null && activeSince >= before) {
      return;
    }
    sealActive();
    openSegment();
    rolled.run();
  }

  /** Takes batches again when there is space and a segment to write to. */
  private void probe() {
    try {
      if (disk.usableBytes() < config.reserveBytes() + hysteresis()) {
        return;
      }
      if (active == null) {
        openSegment();
      }
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("log still unavailable");
      return;
    }
    lock.lock();
    try {
      refusing = null;
    } finally {
      lock.unlock();
    }
    LOG.atInfo().log("log takes batches again");
  }

  /** Free space that must exist beyond the reserve before a full log takes batches again. */
  private long hysteresis() {
    return Math.max(config.reserveBytes() / 8, 64 << 10);
  }

  private void commitGroup() throws IOException {
    long deadline = lastForceNanos + config.commitWindow().toNanos();
    take();
    if (taken.isEmpty()) {
      return;
    }
    do {
      if (!hasSpace()) {
        force();
        refuseFull();
        return;
      }
      while (!taken.isEmpty()) {
        write(taken.getFirst());
        written.add(taken.removeFirst());
      }
    } while (awaitMore(deadline));
    force();
  }

  private void take() {
    lock.lock();
    try {
      taken.addAll(queue);
      queue.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Takes frames that come before the group is complete; false when it is time for the fsync. */
  private boolean awaitMore(long deadline) {
    lock.lock();
    try {
      wakeAt = Math.max(1, lastGroup - written.size());
      while (true) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        if (queue.size() >= wakeAt) {
          take();
          return true;
        }
        boolean complete = written.size() >= lastGroup;
        if (complete || closing || blockedAppenders > 0) {
          return false;
        }
        awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  // Every caller loops, or does no harm when woken for nothing.
  @SuppressWarnings("WaitNotInLoop")
  private void awaitNanos(long nanos) {
    try {
      var _ = work.awaitNanos(nanos);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread on purpose; an interrupt would close the segment's channel.
      LOG.atDebug().log("the writer ignores an interrupt");
    }
  }

  private boolean hasSpace() throws IOException {
    long bytes = Segment.HEADER_BYTES;
    for (var frame : taken) {
      bytes += frame.size();
    }
    return disk.usableBytes() - bytes >= config.reserveBytes();
  }

  private void write(PendingFrame frame) throws IOException {
    boolean full =
        active != null
            && position > active.dataStart()
            && position + frame.size() - active.base() > config.segmentBytes();
    if (full) {
      sealActive();
    }
    if (active == null) {
      openSegment();
      rolled.run();
    }
    Frame.place(frame.bytes(), position, salt);
    stage(frame.bytes());
    position += frame.size();
  }

  /** Gathers small frames into one write; a large one goes directly. */
  private void stage(ByteBuffer bytes) throws IOException {
    if (bytes.remaining() > staging.remaining()) {
      flush();
    }
    if (bytes.remaining() > staging.capacity()) {
      writeToFile(bytes);
      return;
    }
    staging.put(bytes);
  }

  private void flush() throws IOException {
    writeToFile(staging.flip());
    staging.clear();
  }

  private void writeToFile(ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    if (channel != null && length > 0) {
      Segment.writeFully(channel, bytes, fileEnd);
      fileEnd += length;
    }
  }

  /** One fsync; then what was written is visible and its appenders are told. */
  private void force() throws IOException {
    forceTo(position);
  }

  private void forceTo(long dataEnd) throws IOException {
    var segment = active;
    var file = channel;
    if (segment == null || file == null) {
      return;
    }
    flush();
    long before = System.nanoTime();
    file.force(false);
    metrics.fsyncSeconds.observe((System.nanoTime() - before) / 1e9);
    lastForceNanos = before;
    if (written.isEmpty()) {
      return;
    }
    segments.advance(segment, dataEnd);
    acknowledge();
  }

  private void acknowledge() {
    long bytes = 0;
    long events = 0;
    for (var frame : written) {
      bytes += frame.size();
      events += frame.events();
    }
    metrics.appendedFrames.inc(written.size());
    metrics.appendedEvents.inc(events);
    metrics.appendedBytes.inc(bytes);
    lastGroup = written.size();
    release(bytes);
    for (var frame : written) {
      frame.durable().complete(Frame.position(frame.bytes()) + frame.size());
    }
    written.clear();
  }

  private void release(long bytes) {
    lock.lock();
    try {
      waitingBytes -= bytes;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the active segment, if there is one: a sealed segment need not be read at start. */
  private void sealActive() throws IOException {
    if (active == null) {
      return;
    }
    long dataEnd = position;
    stage(Frame.seal(position, salt));
    position += Frame.HEADER_BYTES;
    forceTo(dataEnd);
    closeActive();
  }

  private void openSegment() throws IOException {
    var path = Segment.pathIn(config.folder(), position);
    var file =
        disk.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      Segment.writeFully(file, Segment.header(position, salt, clock.millis()), 0);
      file.force(true);
      disk.forceFolder(config.folder());
    } catch (IOException e) {
      file.close();
      Files.deleteIfExists(path);
      throw e;
    }
    var segment = new Segment(path, position, salt, position + Segment.HEADER_BYTES);
    segments.add(segment);
    active = segment;
    activeSince = clock.millis();
    channel = file;
    position = segment.dataStart();
    fileEnd = Segment.HEADER_BYTES;
  }

  private void closeActive() throws IOException {
    var file = channel;
    active = null;
    channel = null;
    if (file != null) {
      file.close();
    }
  }

  /** The reserve is reached: what is written is safe, the rest is refused until there is space. */
  private void refuseFull() {
    LOG.atError()
        .addKeyValue("folder", config.folder())
        .addKeyValue("reserveBytes", config.reserveBytes())
        .log("disk full, log refuses batches");
    failAll(refuseFromNowOn(Reason.DISK_FULL), Reason.DISK_FULL, null);
  }

  private void fail(Throwable cause) {
    metrics.failures.inc();
    var reason = isFull(cause) ? Reason.DISK_FULL : Reason.DISK_ERROR;
    LOG.atError()
        .setCause(cause)
        .addKeyValue("folder", config.folder())
        .addKeyValue("reason", reason)
        .log("log cannot write, waiting batches are refused");
    var refused = refuseFromNowOn(reason);
    abandonActive();
    if (reason == Reason.DISK_ERROR) {
      probe();
    }
    failAll(refused, reason, cause);
  }

  private boolean isFull(Throwable cause) {
    var message = String.valueOf(cause.getMessage());
    if (message.contains("No space left") || message.contains("quota exceeded")) {
      return true;
    }
    try {
      return disk.usableBytes() < config.reserveBytes();
    } catch (IOException e) {
      // Then the disk has worse than no space.
      return false;
    }
  }

  /** Refuses what comes; returns what has come and is not durable. */
  private List<PendingFrame> refuseFromNowOn(Reason reason) {
    lock.lock();
    try {
      refusing = reason;
      take();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    var refused = new ArrayList<>(written);
    refused.addAll(taken);
    written.clear();
    taken.clear();
    return refused;
  }

  private void failAll(List<PendingFrame> frames, Reason reason, @Nullable Throwable cause) {
    metrics.refused(reason, frames.size());
    release(frames.stream().mapToLong(PendingFrame::size).sum());
    for (var frame : frames) {
      frame.durable().completeExceptionally(new LogUnavailableException(reason, cause));
    }
  }

  /** Cuts the active segment back to what is durable and never writes to it again. */
  private void abandonActive() {
    var segment = active;
    var file = channel;
    if (segment == null || file == null) {
      return;
    }
    staging.clear();
    position = segment.dataEnd();
    try (file) {
      file.truncate(position - segment.base());
      file.force(true);
    } catch (IOException e) {
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("segment", segment.path().getFileName())
          .log("could not cut off a failed write, the next segment hides it");
    }
    active = null;
    channel = null;
    if (position == segment.dataStart()) {
      discard(segment);
    }
  }

  /** Removes a segment without a durable frame. Its base is not used again. */
  private void discard(Segment segment) {
    try {
      Files.deleteIfExists(segment.path());
      segments.discard(segment);
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("could not remove an empty segment");
    }
  }

  private void stop() {
    failAll(refuseFromNowOn(Reason.CLOSED), Reason.CLOSED, null);
    try {
      closeActive();
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("could not close a segment");
    }
  }
}
