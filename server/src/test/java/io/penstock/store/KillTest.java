package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KillTest {

  /** More kills find more: {@code -Dstore.kills=100}. */
  private static final int KILLS = Integer.getInteger("store.kills", 4);

  @TempDir Path folder;

  @Test
  void aKilledIndexerLosesAndRepeatsNothing() throws Exception {
    var random = new Random(11);
    int unfinished = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      killAfter(random.nextInt(400));
      unfinished += indexed() < IndexingProcess.BATCHES ? 1 : 0;
    }

    try (var store = IndexingProcess.store(folder)) {
      store.awaitIndexed();
      var ids = new HashSet<Long>();
      var all = store.all(5000);
      all.stream().mapToLong(Event::idLow).forEach(ids::add);

      int expected = IndexingProcess.BATCHES * IndexingProcess.BATCH_EVENTS;
      assertThat(all).hasSize(expected);
      assertThat(ids).hasSize(expected);
    }
    assertThat(unfinished).as("kills that came before the end").isPositive();
  }

  private long indexed() throws Exception {
    try (var manifest = new Manifest(folder)) {
      return manifest.position();
    }
  }

  private void killAfter(int millis) throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(
                java,
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                IndexingProcess.class.getName(),
                folder.toString())
            .redirectError(Redirect.DISCARD)
            .start();
    try (var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      var line = out.readLine();
      while (line != null && !line.equals("indexing")) {
        line = out.readLine();
      }
      assertThat(line).as("the process started").isNotNull();
      process.waitFor(millis, TimeUnit.MILLISECONDS);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(Files.exists(folder.resolve("manifest"))).isTrue();
  }
}
