package io.penstock.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that appends is killed, again and again: what it was told is safe must be there. */
class CrashTest {

  private static final int KILLS = 8;

  @TempDir Path folder;

  @Test
  void aKilledProcessLosesNothingItAcknowledgedAndRepeatsNothing() throws Exception {
    var random = new Random(7);
    var acknowledged = new ArrayList<Long>();
    for (int kill = 0; kill < KILLS; kill++) {
      acknowledged.addAll(appendUntilKilled(kill, random.nextInt(50, 1_000)));
    }

    try (var log = open(folder)) {
      var numbers = Batches.numbers(log, log.start());
      assertThat(numbers).doesNotHaveDuplicates().containsAll(acknowledged);
      var wanted = new HashSet<>(acknowledged);
      assertThat(numbers.stream().filter(wanted::contains)).isEqualTo(acknowledged);
    }
  }

  /** Kills the process once it has acknowledged so many batches; returns all that it has. */
  private List<Long> appendUntilKilled(int round, int enough) throws Exception {
    var process = start(round);
    var acknowledged = new ArrayList<Long>();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("durable ") && line.endsWith(".")) {
          acknowledged.add(Long.parseLong(line.substring(8, line.length() - 1)));
        }
        if (acknowledged.size() == enough) {
          // Through the handle: the process itself would close the stream with what it still says.
          assertThat(process.toHandle().destroyForcibly()).isTrue();
        }
      }
    }
    assertThat(process.waitFor()).isNotZero();
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(enough);
    return acknowledged;
  }

  private Process start(int round) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Appender.class.getName(),
            folder.toString(),
            Integer.toString(round))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static SegmentLog open(Path folder) throws IOException {
    var config = LogConfig.in(folder).withSegmentBytes(200_000).withReserveBytes(0);
    return SegmentLog.open(config, new PrometheusRegistry(), InstantSource.system());
  }

  /** The process that is killed: it appends as fast as it can and says what is durable. */
  static final class Appender {

    private Appender() {}

    public static void main(String[] args) throws IOException {
      var log = open(Path.of(args[0]));
      long number = Long.parseLong(args[1]) * 1_000_000_000;
      var out = System.out;
      var unanswered = new java.util.concurrent.Semaphore(100);
      while (true) {
        long n = number++;
        unanswered.acquireUninterruptibly();
        var _ =
            log.append(Batches.sized(n, (int) (n % 3_000)))
                .thenAccept(
                    _ -> {
                      out.println("durable " + n + ".");
                      unanswered.release();
                    });
        if (n % 64 == 0) {
          LockSupport.parkNanos(100_000);
        }
      }
    }
  }
}
