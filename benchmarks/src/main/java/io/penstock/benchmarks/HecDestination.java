package io.penstock.benchmarks;

import io.penstock.destination.HecConfig;
import io.penstock.destination.HecSink;
import io.penstock.destination.SinkConfig;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.shape.Selection;
import io.penstock.shape.Shapes;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP Event Collector that takes everything and does not acknowledge.
 *
 * @param gzip whether bodies are compressed
 */
record HecDestination(boolean gzip) implements SinkScenario.Destination {

  @Override
  public SinkScenario.Opened open(Selection selection, Path folder) throws Exception {
    var drain = HttpDrain.start("{\"text\":\"Success\",\"code\":0}");
    var dialer =
        new Dialer(DialPolicy.DEFAULT, InetAddress::getAllByName, _ -> false, "penstock/benchmark");
    var members = new HashMap<String, @Nullable Object>();
    members.put("hec_url", drain.uri().toString());
    members.put("token", "benchmark");
    members.put("gzip", gzip);
    if (SinkConfig.read("splunk", members) instanceof SinkConfig.Read.Sound sound
        && sound.config().destination() instanceof HecConfig hec) {
      var sink = new HecSink(hec, selection.schema(), () -> Shapes.of(selection), dialer);
      return new SinkScenario.Opened(
          sink,
          () -> {
            sink.close();
            dialer.close();
            drain.close();
          });
    }
    throw new IllegalStateException("not a configuration: " + members.keySet());
  }
}
