package io.penstock.destination;

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
  private final InstantSource clock;

  /**
   * @param files where sinks that write files have a folder for each tenant
   */
  public Destinations(Dialer dialer, Path files, InstantSource clock) {
    this.dialer = dialer;
    this.files = files;
    this.clock = clock;
  }

  @Override
  public Optional<Opened> open(String tenant, SinkConfig config) {
    try {
      var sink = sink(tenant, config.destination(), config.selection());
      return sink.map(open -> new Opened(open, new Picks(config.selection())::takes));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("certificates or key: " + e.getMessage(), e);
    }
  }

  private Optional<Sink> sink(String tenant, Destination destination, Selection selection)
      throws GeneralSecurityException {
    var schema = selection.schema();
    Supplier<Shape> shapes = () -> Shapes.of(selection);
    return switch (destination) {
      case ElasticConfig elastic -> Optional.of(new ElasticSink(elastic, schema, shapes, dialer));
      case KafkaConfig kafka -> Optional.of(new KafkaSink(kafka, schema, shapes, dialer));
      case FilesConfig written ->
          Optional.of(new FilesSink(written, files.resolve(tenant), shapes, clock));
      case HecConfig _, DatadogConfig _, SyslogConfig _, WebhookConfig _ -> Optional.empty();
    };
  }
}
