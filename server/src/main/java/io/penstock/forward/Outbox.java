package io.penstock.forward;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one destination: two buffers outside the heap. Workers fill one while the
 * destination's thread sends the other; when it is done with that it takes the filled one, whole.
 * So a lock is held for one copy, or for the exchange, and never while anything is sent. Memory is
 * taken once, however few datagrams come and however slowly they leave.
 */
final class Outbox {

  /** Each buffer has room for a few of the largest datagrams. */
  static final int BYTES_MIN = 256 << 10;

  /** Octets for each datagram that a buffer may hold, so that empty ones cannot make it endless. */
  private static final int BYTES_PER_DATAGRAM = 128;

  private Filled filling;
  private Filled free;
  private boolean isAwaited;
  private boolean isClosed;

  /** Datagrams of the buffer that is being sent. */
  private volatile int taken;

  /** Datagrams back to back. */
  static final class Filled {

    private final ByteBuffer bytes;
    private final int[] ends;
    private final InetSocketAddress[] senders;
    private int count;

    private Filled(int capacity) {
      this.bytes = ByteBuffer.allocateDirect(capacity);
      this.ends = new int[capacity / BYTES_PER_DATAGRAM];
      this.senders = new InetSocketAddress[ends.length];
    }

    private boolean add(InetSocketAddress from, byte[] buffer, int offset, int length) {
      int used = start(count);
      if (count == ends.length || length > bytes.capacity() - used) {
        return false;
      }
      bytes.put(used, buffer, offset, length);
      ends[count] = used + length;
      senders[count] = from;
      count++;
      return true;
    }

    private void clear() {
      count = 0;
      bytes.clear();
    }

    private int start(int index) {
      return index == 0 ? 0 : ends[index - 1];
    }

    int count() {
      return count;
    }

    InetSocketAddress sender(int index) {
      return senders[index];
    }

    /** The payload, as what remains of the one buffer that there is. */
    ByteBuffer payload(int index) {
      return bytes.limit(ends[index]).position(start(index));
    }
  }

  /**
   * @param bytes for both buffers
   */
  Outbox(int bytes) {
    this.filling = new Filled(bytes / 2);
    this.free = new Filled(bytes / 2);
  }

  /** Copies a datagram; false if there is no room. Called by workers. */
  synchronized boolean add(InetSocketAddress from, byte[] buffer, int offset, int length) {
    return filling.add(from, buffer, offset, length);
  }

  /** Tells the destination's thread, if it waits, that something was added. */
  synchronized void wake() {
    if (isAwaited) {
      isAwaited = false;
      notifyAll();
    }
  }

  /**
   * Waits for datagrams; what the last call returned is free again.
   *
   * @return null when it is closed and empty
   */
  synchronized @Nullable Filled take() throws InterruptedException {
    free.clear();
    taken = 0;
    while (filling.count == 0) {
      if (isClosed) {
        return null;
      }
      isAwaited = true;
      wait();
    }
    var full = filling;
    filling = free;
    free = full;
    taken = full.count;
    return full;
  }

  /** Datagrams that wait, those being sent among them. */
  synchronized int size() {
    return filling.count + taken;
  }

  /** What is in it is still given out; nobody adds any more. */
  synchronized void close() {
    isClosed = true;
    notifyAll();
  }
}
