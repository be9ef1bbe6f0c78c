package io.penstock.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.log.LogUnavailableException.Reason;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log on a file system of a few megabytes that really fills up. Needs the right to mount. */
class FullDiskTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path mount;

  @BeforeEach
  void mountSmallDisk() throws Exception {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount.toString()),
        "mounting a tmpfs needs root");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", "-l", mount.toString());
  }

  @Test
  void theLogRefusesBeforeTheDiskIsFullAndComesBackWhenConsumersHaveMovedOn() throws Exception {
    try (var log = open(1 << 20)) {
      var cursor = log.cursor("store");
      var acknowledged = appendUntilRefused(log, 0, Reason.DISK_FULL);
      assertThat(Files.getFileStore(mount).getUsableSpace()).isBetween(1L << 20, 2L << 20);
      assertThat(Batches.numbers(log, log.start())).isEqualTo(acknowledged);

      cursor.commit(log.end());

      await().atMost(LONG).until(() -> log.unavailable().isEmpty());
      long position = log.end();
      log.append(Batches.numbered(1_000)).join();
      assertThat(Batches.numbers(log, position)).containsExactly(1_000L);
    }
  }

  @Test
  void withoutAReserveTheSystemsOwnRefusalIsSurvived() throws Exception {
    try (var log = open(0)) {
      var acknowledged = new ArrayList<>(appendUntilRefused(log, 0, Reason.DISK_FULL));

      log.cursor("store").commit(log.end());
      await().atMost(LONG).until(() -> log.unavailable().isEmpty());
      acknowledged.addAll(appendUntilRefused(log, 1_000, Reason.DISK_FULL));

      var left = Batches.numbers(log, log.start());
      assertThat(left)
          .isNotEmpty()
          .isEqualTo(acknowledged.subList(acknowledged.size() - left.size(), acknowledged.size()));
    }
  }

  @Test
  void aLogThatStartsOnAFullDiskReadsAndRefuses() throws Exception {
    List<Long> acknowledged;
    Files.write(mount.resolve("much"), new byte[1 << 20]);
    try (var log = open(0)) {
      acknowledged = appendUntilRefused(log, 0, Reason.DISK_FULL);
    }
    var rest = (int) Files.getFileStore(mount).getUsableSpace();
    Files.write(mount.resolve("rest"), new byte[rest]);

    try (var log = open(0)) {
      assertThat(Batches.numbers(log, log.start())).isEqualTo(acknowledged);
      appendUntilRefused(log, 1_000, Reason.DISK_FULL);

      Files.delete(mount.resolve("much"));

      await().atMost(LONG).until(() -> log.unavailable().isEmpty());
      log.append(Batches.numbered(2_000)).join();
    }
  }

  private static List<Long> appendUntilRefused(SegmentLog log, long first, Reason reason) {
    var acknowledged = new ArrayList<Long>();
    for (long n = first; ; n++) {
      try {
        log.append(Batches.sized(n, 50_000)).join();
        acknowledged.add(n);
      } catch (CompletionException e) {
        assertThat(e.getCause())
            .isInstanceOfSatisfying(
                LogUnavailableException.class, u -> assertThat(u.reason()).isEqualTo(reason));
        return acknowledged;
      }
    }
  }

  private SegmentLog open(long reserveBytes) throws IOException {
    var config =
        LogConfig.in(mount.resolve("log"))
            .withSegmentBytes(500_000)
            .withReserveBytes(reserveBytes)
            .withProbeInterval(Duration.ofMillis(20));
    return SegmentLog.open(config, new PrometheusRegistry(), InstantSource.system());
  }

  private static boolean run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
