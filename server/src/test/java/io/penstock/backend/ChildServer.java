package io.penstock.backend;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A real server of the module {@code backends} as a process of its own, with its own class path and
 * little memory. It ends with the test run, whose end closes its standard input. For one thread.
 */
final class ChildServer implements AutoCloseable {

  /** Written when the module is compiled, which is before these tests are. */
  private static final Path CLASS_PATH = Path.of("..", "backends", "target", "classpath");

  private static final Path CLASSES = Path.of("..", "backends", "target", "classes");
  private static final int START_SECONDS = 180;
  private static final int STOP_SECONDS = 30;
  private static final String LISTENING = "listening: ";

  private final String main;
  private final List<String> options;
  private final Path folder;
  private final Path log;
  private final List<String> more;
  private Map<String, Integer> ports = Map.of();
  private @Nullable Process process;

  /**
   * @param main its class, without the package
   * @param more arguments behind the folder and the port
   */
  ChildServer(String main, List<String> options, String... more) {
    this.main = main;
    this.options = options;
    this.more = List.of(more);
    try {
      var target = Files.createDirectories(Path.of("target"));
      this.folder = Files.createTempDirectory(target, main.toLowerCase(Locale.ROOT) + "-");
      this.log = Path.of(folder + ".log");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it, on any port the first time and on the same one ever after. */
  ChildServer start() {
    if (!Files.exists(CLASS_PATH)) {
      throw new IllegalStateException(
          CLASS_PATH.toAbsolutePath().normalize()
              + " is missing: build the module first, ./mvnw process-classes -pl backends");
    }
    try {
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(
          List.of(
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "--enable-native-access=ALL-UNNAMED",
              "--sun-misc-unsafe-memory-access=allow"));
      command.addAll(options);
      command.addAll(
          List.of(
              "-cp",
              CLASSES.toAbsolutePath() + ":" + Files.readString(CLASS_PATH).strip(),
              "io.penstock.backends." + main,
              folder.toAbsolutePath().toString(),
              String.valueOf(ports.values().stream().findFirst().orElse(0))));
      command.addAll(more);
      var started =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      process = started;
      ports = awaitPorts(started);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Integer> awaitPorts(Process started) throws IOException {
    var line = new CompletableFuture<String>();
    var out = started.inputReader(UTF_8);
    Thread.ofPlatform().daemon().start(() -> read(out, line));
    try {
      return ports(line.get(START_SECONDS, TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException e) {
      started.destroyForcibly();
      throw new IllegalStateException(main + " did not start: " + Files.readString(log), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static void read(BufferedReader out, CompletableFuture<String> listening) {
    try {
      for (var line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith(LISTENING)) {
          listening.complete(line.substring(LISTENING.length()));
        }
      }
    } catch (IOException _) {
      // It is gone.
    }
    listening.completeExceptionally(new IllegalStateException("ended"));
  }

  /** As in {@code http 9200, other 9300}; the first is the one that a restart keeps. */
  private static Map<String, Integer> ports(String text) {
    var found = new LinkedHashMap<String, Integer>();
    for (var port : text.split(", ")) {
      var words = port.split(" ");
      found.put(words[0], Integer.parseInt(words[1]));
    }
    return found;
  }

  int port(String name) {
    var port = ports.get(name);
    if (port == null) {
      throw new IllegalStateException(main + " does not listen for " + name + ": " + ports);
    }
    return port;
  }

  /** As a kill -9 does it. */
  void kill() {
    end(true);
  }

  /** Stops it in good order; what it keeps stays. */
  void stop() {
    end(false);
  }

  private void end(boolean isForced) {
    var running = process;
    if (running == null) {
      return;
    }
    try {
      if (!isForced) {
        running.getOutputStream().close();
        isForced = !running.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
      }
      if (isForced) {
        running.destroyForcibly().waitFor();
      }
      process = null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends it and forgets what it kept. */
  @Override
  public void close() {
    end(true);
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
