package io.penstock.admit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The program {@code nft}, with which the kernel's packet filter is changed and read. Run directly,
 * without a shell, with arguments of our own; for so long, and with so much output, and no more.
 */
public final class Nft {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What a listing of 100,000 networks takes, several times over. */
  private static final int OUTPUT_BYTES_MAX = 32 << 20;

  private static final int ERROR_BYTES_MAX = 64 << 10;
  private static final Executor THREADS = command -> Thread.ofVirtual().start(command);

  private final List<String> command;

  /**
   * @param command the program, with what it is to be started by where that is not us
   */
  Nft(List<String> command) {
    this.command = List.copyOf(command);
  }

  /** The program where Linux distributions put it; nothing where it is not installed. */
  public static Optional<Nft> installed() {
    return Stream.of("/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft")
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst()
        .map(path -> new Nft(List.of(path)));
  }

  /** It did not do what it was asked to. */
  static final class FailedException extends Exception {
    FailedException(String message) {
      super(message);
    }
  }

  /** Runs commands, all or none of them. */
  void apply(String script) throws FailedException {
    var _ = run(List.of("-f", "-"), script);
  }

  /** Asks something; the answer is JSON. */
  String ask(String... arguments) throws FailedException {
    var all = new ArrayList<String>();
    all.add("-j");
    all.addAll(List.of(arguments));
    return run(all, "");
  }

  /** Lists something in words for people. */
  String list(String... arguments) throws FailedException {
    var all = new ArrayList<String>();
    all.add("list");
    all.addAll(List.of(arguments));
    return run(all, "");
  }

  private String run(List<String> arguments, String input) throws FailedException {
    var all = new ArrayList<>(command);
    all.addAll(arguments);
    var builder = new ProcessBuilder(all);
    builder.environment().clear();
    builder.environment().put("LC_ALL", "C");
    try {
      var process = builder.start();
      try {
        return result(process, input);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new FailedException("nft cannot be run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailedException("interrupted");
    }
  }

  private static String result(Process process, String input)
      throws InterruptedException, FailedException {
    var out = reading(process.getInputStream(), OUTPUT_BYTES_MAX);
    var error = reading(process.getErrorStream(), ERROR_BYTES_MAX);
    var written = CompletableFuture.runAsync(() -> write(process, input), THREADS);
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new FailedException("nft did not end within " + PATIENCE.toSeconds() + " s");
    }
    written.join();
    if (process.exitValue() != 0) {
      throw new FailedException(firstLine(text(error.join())));
    }
    var answer = out.join();
    if (answer.length > OUTPUT_BYTES_MAX) {
      throw new FailedException("nft answered more than " + OUTPUT_BYTES_MAX + " bytes");
    }
    return text(answer);
  }

  private static void write(Process process, String input) {
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException _) {
      // It ended before it had read all: its exit value and its words tell why.
    }
  }

  /** Reads one byte more than it may be, and the rest for nothing, so that the process can end. */
  private static CompletableFuture<byte[]> reading(InputStream in, int bytesMax) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (in) {
            var bytes = in.readNBytes(bytesMax + 1);
            var _ = in.skip(Long.MAX_VALUE);
            return bytes;
          } catch (IOException _) {
            return new byte[0];
          }
        },
        THREADS);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("nft failed without saying why");
  }
}
