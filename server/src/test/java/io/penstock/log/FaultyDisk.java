package io.penstock.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk that fails when it is told to. */
final class FaultyDisk implements Disk {

  private final Disk disk;
  private final AtomicInteger forces = new AtomicInteger();
  private final AtomicInteger writes = new AtomicInteger();
  private final AtomicInteger torn = new AtomicInteger();
  private final AtomicInteger truncates = new AtomicInteger();
  private final AtomicInteger forced = new AtomicInteger();
  private final Semaphore forcePermits = new Semaphore(Integer.MAX_VALUE);
  private volatile String message = "Input/output error";
  private volatile long usableBytes = Long.MAX_VALUE;

  FaultyDisk(Disk disk) {
    this.disk = disk;
  }

  void failForces(int times) {
    forces.set(times);
  }

  void failWrites(int times) {
    failWrites(times, "Input/output error");
  }

  void failWrites(int times, String why) {
    message = why;
    writes.set(times);
  }

  /** Writes that put half of their bytes on the disk before they fail. */
  void tearWrites(int times) {
    torn.set(times);
  }

  void failTruncates(int times) {
    truncates.set(times);
  }

  /** Lets every fsync wait until {@link #releaseForces}. */
  void holdForces() {
    forcePermits.drainPermits();
  }

  void releaseForces() {
    forcePermits.release(Integer.MAX_VALUE - forcePermits.availablePermits());
  }

  boolean isForceHeld() {
    return forcePermits.hasQueuedThreads();
  }

  int forced() {
    return forced.get();
  }

  void usableBytes(long bytes) {
    usableBytes = bytes;
  }

  void heal() {
    forces.set(0);
    writes.set(0);
    torn.set(0);
    truncates.set(0);
    usableBytes = Long.MAX_VALUE;
  }

  @Override
  public FileChannel open(Path path, OpenOption... options) throws IOException {
    return new FaultyChannel(disk.open(path, options));
  }

  @Override
  public long usableBytes() {
    return usableBytes;
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    disk.forceFolder(folder);
  }

  private void fail(AtomicInteger left) throws IOException {
    if (isDue(left)) {
      throw new IOException(message);
    }
  }

  private static boolean isDue(AtomicInteger left) {
    return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  /** Passes on what the log uses of a channel. */
  private final class FaultyChannel extends FileChannel {

    private final FileChannel channel;

    FaultyChannel(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      fail(writes);
      if (isDue(torn)) {
        int half = source.remaining() / 2;
        var _ = channel.write(source.slice(source.position(), half), position);
        throw new IOException(message);
      }
      return channel.write(source, position);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      fail(truncates);
      channel.truncate(size);
      return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
      forcePermits.acquireUninterruptibly();
      forcePermits.release();
      forced.incrementAndGet();
      fail(forces);
      channel.force(metaData);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    protected void implCloseChannel() throws IOException {
      channel.close();
    }

    @Override
    public int read(ByteBuffer target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long newPosition) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }
  }
}
