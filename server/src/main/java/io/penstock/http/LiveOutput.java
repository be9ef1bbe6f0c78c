package io.penstock.http;

import java.io.IOException;

/** Where a live stream writes. What is added goes out with {@link #flush}, or when it is a lot. */
public sealed interface LiveOutput permits EventStream, FrameStream {

  /** Sends what was added. */
  void flush() throws IOException, InterruptedException;

  /** Adds what clients pass over; it keeps proxies from closing a silent connection. */
  void keepAlive() throws IOException, InterruptedException;

  /** Interrupts the thread that tells, though not in a write. */
  void interrupt(Thread teller);

  /** How often something was sent. */
  long flushes();

  /** How long the write that is going on has taken; 0 when there is none. For any thread. */
  long writingNanos(long nowNanos);
}
