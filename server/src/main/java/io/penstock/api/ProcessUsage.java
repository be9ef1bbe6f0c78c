package io.penstock.api;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process uses of the machine.
 *
 * @param residentMegabytes memory that is really there
 * @param memoryPercent the same as a share of the machine's
 * @param cpuPercent of all processors, lately
 */
record ProcessUsage(long residentMegabytes, double memoryPercent, double cpuPercent) {

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  static ProcessUsage now() {
    long resident = residentBytes();
    double total = Math.max(1, SYSTEM.getTotalMemorySize());
    return new ProcessUsage(
        resident >> 20,
        rounded(100.0 * resident / total),
        rounded(100.0 * Math.max(0, SYSTEM.getProcessCpuLoad())));
  }

  /** From the kernel; where it does not say, what the heap has taken from the system. */
  private static long residentBytes() {
    try {
      for (var line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException noProcessFileSystem) {
      // Not Linux: the heap is the best that is known.
    }
    return Runtime.getRuntime().totalMemory();
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
