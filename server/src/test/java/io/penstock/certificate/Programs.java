package io.penstock.certificate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs of this machine, run to their end. */
final class Programs {

  private static final int SECONDS_MAX = 30;

  private Programs() {}

  /** What a program said, to whichever stream, and how it ended. */
  record Ran(int code, String said) {}

  /** Skips a test, visibly, where a program is absent. */
  static void need(String program) {
    boolean isHere =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    Assumptions.assumeTrue(isHere, "there is no " + program + " on this machine");
  }

  /**
   * @param variables in place of what this process has of the kind: proxies and certificates
   */
  static Ran run(Map<String, String> variables, List<String> command)
      throws IOException, InterruptedException {
    var said = Files.createTempFile("said", ".txt");
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("(?i).*(proxy|cert|ca_bundle|node_|java_tool).*"));
    builder.environment().putAll(variables);
    var process = builder.start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IOException(command.getFirst() + " does not end");
      }
      return new Ran(process.exitValue(), Files.readString(said, StandardCharsets.UTF_8));
    } finally {
      process.destroyForcibly();
      Files.delete(said);
    }
  }
}
