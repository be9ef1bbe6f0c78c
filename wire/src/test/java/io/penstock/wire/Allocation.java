package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What the current thread allocates, for tests that no input makes it more than a multiple. */
public final class Allocation {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Bytes allocated by some work, on this thread. */
  public static long of(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    work.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /**
   * Asserts that work takes no more bytes than this. It may be done twice, since the first of its
   * kind loads classes.
   */
  public static void assertAtMost(long bytes, Runnable work) {
    if (of(work) > bytes) {
      assertThat(of(work)).as("bytes allocated").isLessThanOrEqualTo(bytes);
    }
  }
}
