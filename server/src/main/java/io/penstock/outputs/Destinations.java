package io.penstock.outputs;

import io.penstock.destination.DatadogConfig;
import io.penstock.destination.DatadogSink;
import io.penstock.destination.Destination;
import io.penstock.destination.ElasticConfig;
import io.penstock.destination.ElasticSink;
import io.penstock.destination.FilesConfig;
import io.penstock.destination.FilesSink;
import io.penstock.destination.HecConfig;
import io.penstock.destination.HecSink;
import io.penstock.destination.KafkaConfig;
import io.penstock.destination.KafkaSink;
import io.penstock.destination.SinkConfig;
import io.penstock.destination.SyslogConfig;
import io.penstock.destination.SyslogSink;
import io.penstock.destination.WebhookConfig;
import io.penstock.destination.WebhookSink;
import io.penstock.dial.Dialer;
import io.penstock.shape.Picks;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.shape.Shapes;
import io.penstock.sink.Sink;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** The one place that knows which sink goes with which configuration. */
public final class Destinations implements Opener {

  private final Dialer dialer;
  private final Path files;
  private final String version;
  private final InstantSource clock;

  /**
   * @param files where sinks that write files have a folder for each tenant
   * @param version of this product, which some formats name
   */
  public Destinations(Dialer dialer, Path files, String version, InstantSource clock) {
    this.dialer = dialer;
    this.files = files;
    this.version = version;
    this.clock = clock;
  }

  @Override
  public Optional<Opened> open(String tenant, SinkConfig config) {
    var selection = config.selection();
    try {
      var sink = sink(tenant, config.destination(), selection);
      return Optional.of(new Opened(LimitedSink.of(sink, config), new Picks(selection)::takes));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("certificates or key: " + e.getMessage(), e);
    }
  }

  private Sink sink(String tenant, Destination destination, Selection selection)
      throws GeneralSecurityException {
    var schema = selection.schema();
    Supplier<Shape> shapes = () -> Shapes.of(selection);
    return switch (destination) {
      case ElasticConfig elastic -> new ElasticSink(elastic, schema, shapes, dialer);
      case HecConfig hec -> new HecSink(hec, schema, shapes, dialer);
      case KafkaConfig kafka -> new KafkaSink(kafka, schema, shapes, dialer);
      case DatadogConfig datadog -> new DatadogSink(datadog, selection, shapes, dialer);
      case SyslogConfig syslog -> new SyslogSink(syslog, selection, version, shapes, dialer);
      case WebhookConfig webhook -> new WebhookSink(webhook, shapes, dialer);
      case FilesConfig written -> new FilesSink(written, files.resolve(tenant), shapes, clock);
    };
  }
}
