package io.penstock.benchmarks;

import io.penstock.destination.KafkaConfig;
import io.penstock.destination.KafkaConfig.Compression;
import io.penstock.destination.KafkaConfig.Framing;
import io.penstock.destination.KafkaSink;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.shape.Selection;
import io.penstock.shape.Shapes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A real broker of the module {@code backends}.
 *
 * @param compression of record batches
 */
record KafkaDestination(Compression compression) implements SinkScenario.Destination {

  private static final Path BACKENDS = Path.of("backends", "target");
  private static final String LISTENING = "listening: kafka ";

  @Override
  public SinkScenario.Opened open(Selection selection, Path folder) throws IOException {
    var broker = start(folder.resolve("kafka"));
    var config =
        new KafkaConfig(
            List.of("127.0.0.1:" + port(broker)),
            "events",
            KafkaConfig.Key.EVENT,
            Framing.DELIMITED,
            compression,
            null,
            null,
            null,
            null,
            Map.of());
    var dialer = new Dialer(DialPolicy.DEFAULT, Resolver.SYSTEM, _ -> false, "penstock/benchmarks");
    var sink = new KafkaSink(config, selection.schema(), () -> Shapes.of(selection), dialer);
    return new SinkScenario.Opened(
        sink,
        () -> {
          dialer.close();
          broker.destroyForcibly().waitFor();
        });
  }

  private static Process start(Path folder) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "-XX:+UseSerialGC",
            "-Xmx384m",
            "-cp",
            BACKENDS.resolve("classes") + ":" + Files.readString(BACKENDS.resolve("classpath")),
            "io.penstock.backends.Kafka",
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static int port(Process broker) throws IOException {
    // Not closed: its output ends with it.
    var out = broker.inputReader();
    for (var line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(LISTENING)) {
        return Integer.parseInt(line.substring(LISTENING.length()));
      }
    }
    throw new IllegalStateException("the broker did not start");
  }
}
