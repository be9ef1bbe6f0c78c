package io.penstock.benchmarks;

import io.penstock.destination.ElasticConfig;
import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.destination.ElasticSink;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.dial.Tls;
import io.penstock.shape.Selection;
import io.penstock.shape.Shapes;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * A {@link BulkReceiver}.
 *
 * @param gzip whether bodies are compressed
 */
record ElasticDestination(boolean gzip) implements SinkScenario.Destination {

  @Override
  public SinkScenario.Opened open(Selection selection, Path folder) throws Exception {
    var receiver =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                BulkReceiver.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int port = Integer.parseInt(receiver.inputReader().readLine());
    var config =
        new ElasticConfig(
            List.of(URI.create("http://127.0.0.1:" + port)),
            "telemetry-events",
            Naming.DAILY,
            null,
            null,
            null,
            null,
            0,
            Tls.DEFAULT,
            gzip);
    var dialer = new Dialer(DialPolicy.DEFAULT, Resolver.SYSTEM, _ -> false, "penstock/benchmarks");
    var sink = new ElasticSink(config, selection.schema(), () -> Shapes.of(selection), dialer);
    return new SinkScenario.Opened(
        sink,
        () -> {
          dialer.close();
          receiver.destroyForcibly().waitFor();
        });
  }
}
