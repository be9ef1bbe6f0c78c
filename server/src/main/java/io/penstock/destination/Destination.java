package io.penstock.destination;

import java.util.Map;
import java.util.function.Function;

/**
 * Where a sink sends events, with everything that it needs to get there. Each kind reads itself
 * from the members that the HTTP API and the control database know, and is printed by its record
 * components in snake case.
 */
public sealed interface Destination
    permits ElasticConfig,
        HecConfig,
        KafkaConfig,
        DatadogConfig,
        SyslogConfig,
        WebhookConfig,
        FilesConfig {

  /** The kinds by the {@code type} that configurations name. */
  Map<String, Function<Members, Destination>> KINDS =
      Map.of(
          "elastic", ElasticConfig::read,
          "splunk", HecConfig::read,
          "kafka", KafkaConfig::read,
          "datadog", DatadogConfig::read,
          "syslog", SyslogConfig::read,
          "webhook", WebhookConfig::read,
          "files", FilesConfig::read);
}
