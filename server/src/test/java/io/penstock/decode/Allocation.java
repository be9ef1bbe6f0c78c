package io.penstock.decode;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What the current thread allocates. */
final class Allocation {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Bytes that this thread allocated so far. */
  static long now() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
