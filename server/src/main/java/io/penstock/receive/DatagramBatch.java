package io.penstock.receive;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * Datagrams in the order received, back to back in one array. Filled by one socket's thread, then
 * emptied by one worker's; the queue between them orders the two. Reused through {@link BatchPool}.
 */
final class DatagramBatch implements Worker.Work {

  /** The most that a UDP length field allows, headers included. */
  static final int DATAGRAM_BYTES_MAX = 65_535;

  /** Datagrams in a batch, so that empty ones cannot make it endless. */
  static final int DATAGRAMS_MAX = 1_024;

  private final byte[] bytes;
  private final int[] ends = new int[DATAGRAMS_MAX];
  private final InetSocketAddress[] senders = new InetSocketAddress[DATAGRAMS_MAX];
  private final long[] receivedNanos = new long[DATAGRAMS_MAX];
  private int localPort;
  private int count;
  private int used;

  DatagramBatch(int capacity) {
    this.bytes = new byte[capacity];
  }

  boolean hasRoomFor(int length) {
    return count < DATAGRAMS_MAX && length <= bytes.length - used;
  }

  /** Appends what remains in {@code payload}; the caller has asked {@link #hasRoomFor}. */
  void add(InetSocketAddress sender, long nanos, ByteBuffer payload) {
    int length = payload.remaining();
    payload.get(bytes, used, length);
    used += length;
    ends[count] = used;
    senders[count] = sender;
    receivedNanos[count] = nanos;
    count++;
  }

  /** The port all of them came to: a batch is filled by one socket. */
  int localPort() {
    return localPort;
  }

  void localPort(int port) {
    localPort = port;
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Payload octets of all datagrams. */
  int size() {
    return used;
  }

  byte[] bytes() {
    return bytes;
  }

  int offset(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  int length(int index) {
    return ends[index] - offset(index);
  }

  InetSocketAddress sender(int index) {
    return senders[index];
  }

  long receivedNanos(int index) {
    return receivedNanos[index];
  }

  /** Makes it empty. Senders stay referenced until overwritten: they are few and shared. */
  void clear() {
    count = 0;
    used = 0;
  }
}
