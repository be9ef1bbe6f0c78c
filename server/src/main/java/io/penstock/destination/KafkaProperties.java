package io.penstock.destination;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The properties of Kafka's producer. A tenant may set some of them within ranges; all others are
 * refused, since among them are those that load classes, read files, connect elsewhere, take
 * memory, or give up what makes a delivery certain.
 */
final class KafkaProperties {

  /** What may be set, with the least and the greatest value. */
  static final Map<String, Range> ALLOWED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("batch.size", new Range(1, 1 << 20)),
              Map.entry("compression.gzip.level", new Range(1, 9)),
              Map.entry("compression.lz4.level", new Range(1, 17)),
              Map.entry("compression.zstd.level", new Range(1, 22)),
              Map.entry("connections.max.idle.ms", new Range(10_000, 3_600_000)),
              Map.entry("delivery.timeout.ms", new Range(1_000, 300_000)),
              Map.entry("linger.ms", new Range(0, 1_000)),
              Map.entry("max.block.ms", new Range(100, 60_000)),
              Map.entry("max.request.size", new Range(1_024, 16 << 20)),
              Map.entry("metadata.max.age.ms", new Range(1_000, 3_600_000)),
              Map.entry("reconnect.backoff.max.ms", new Range(50, 60_000)),
              Map.entry("request.timeout.ms", new Range(500, 120_000)),
              Map.entry("retry.backoff.max.ms", new Range(50, 60_000)),
              Map.entry("socket.connection.setup.timeout.max.ms", new Range(500, 60_000)),
              Map.entry("socket.connection.setup.timeout.ms", new Range(500, 60_000))));

  /** Where our own TLS stands among the properties, for {@link KafkaTls}. */
  static final String TLS = "penstock.tls";

  /** Of all records that wait for brokers; taken when there are any. */
  private static final long BUFFER_BYTES = 32 << 20;

  private static final AtomicInteger CLIENTS = new AtomicInteger();

  private KafkaProperties() {}

  /**
   * Whole numbers.
   *
   * @param min the least
   * @param max the greatest
   */
  record Range(int min, int max) {

    boolean holds(String text) {
      try {
        int value = Integer.parseInt(text);
        return value >= min && value <= max;
      } catch (NumberFormatException _) {
        return false;
      }
    }
  }

  /** What is wrong with what somebody wants to set. */
  static List<String> faults(Map<String, String> properties) {
    var faults = new ArrayList<String>();
    properties.forEach(
        (name, value) -> {
          var range = ALLOWED.get(name);
          if (range == null) {
            faults.add("may be these only: " + String.join(", ", ALLOWED.keySet()));
          } else if (!range.holds(value)) {
            faults.add(
                name + " should be a whole number from " + range.min() + " to " + range.max());
          }
        });
    if (faults.isEmpty()
        && value(properties, "delivery.timeout.ms", 30_000)
            < value(properties, "request.timeout.ms", 10_000) + value(properties, "linger.ms", 5)) {
      faults.add("delivery.timeout.ms should be at least request.timeout.ms and linger.ms");
    }
    return faults.stream().distinct().toList();
  }

  private static int value(Map<String, String> properties, String name, int otherwise) {
    return Integer.parseInt(properties.getOrDefault(name, String.valueOf(otherwise)));
  }

  /** Everything that a producer is made with, except where it connects to. */
  static Map<String, Object> of(KafkaConfig config) {
    var all = new HashMap<String, Object>(config.properties());
    // Shorter than Kafka's two minutes: until then nobody knows that something is wrong.
    all.putIfAbsent(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
    all.putIfAbsent(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    all.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, 10_000);
    all.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, 5);
    all.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
    all.putIfAbsent(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 5_000);

    all.put(ProducerConfig.CLIENT_ID_CONFIG, "penstock-" + CLIENTS.incrementAndGet());
    all.put(ProducerConfig.ACKS_CONFIG, "all");
    all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    all.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
    all.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
    all.put(
        ProducerConfig.COMPRESSION_TYPE_CONFIG,
        config.compression().name().toLowerCase(Locale.ROOT));
    all.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    all.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    // What it measures of itself nobody reads, and it is nobody's business what we do.
    all.put(ProducerConfig.METRIC_REPORTER_CLASSES_CONFIG, List.of());
    all.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    secure(config, all);
    return all;
  }

  private static void secure(KafkaConfig config, Map<String, Object> all) {
    var tls = config.tls();
    var mechanism = config.mechanism();
    all.put(
        CommonClientConfigs.SECURITY_PROTOCOL_CONFIG,
        (mechanism == null ? "" : "SASL_") + (tls == null ? "PLAINTEXT" : "SSL"));
    if (tls != null) {
      all.put(SslConfigs.SSL_ENGINE_FACTORY_CLASS_CONFIG, KafkaTls.class);
      all.put(TLS, tls);
    }
    if (mechanism != null) {
      all.put(SaslConfigs.SASL_MECHANISM, mechanism.name().replace('_', '-'));
      all.put(SaslConfigs.SASL_JAAS_CONFIG, login(mechanism, config));
    }
  }

  private static String login(KafkaConfig.Mechanism mechanism, KafkaConfig config) {
    var module =
        mechanism == KafkaConfig.Mechanism.PLAIN
            ? "org.apache.kafka.common.security.plain.PlainLoginModule"
            : "org.apache.kafka.common.security.scram.ScramLoginModule";
    var username = config.username();
    var password = config.password();
    return "%s required username=\"%s\" password=\"%s\";"
        .formatted(
            module,
            quoted(username == null ? "" : username),
            quoted(password == null ? "" : password.value()));
  }

  /** As {@link java.io.StreamTokenizer}, which reads the line, wants it between quotes. */
  private static String quoted(String text) {
    return text.replace("\\", "\\\\")
        .replace("\"", "\\\"")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }
}
