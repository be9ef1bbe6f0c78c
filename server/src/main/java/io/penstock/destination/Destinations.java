package io.penstock.destination;

import java.util.Optional;

/** The one place that knows which sink goes with which configuration. */
public final class Destinations implements Opener {

  @Override
  public Optional<Opened> open(String tenant, SinkConfig config) {
    return switch (config.destination()) {
      case ElasticConfig _,
          HecConfig _,
          KafkaConfig _,
          DatadogConfig _,
          SyslogConfig _,
          WebhookConfig _,
          FilesConfig _ ->
          Optional.empty();
    };
  }
}
