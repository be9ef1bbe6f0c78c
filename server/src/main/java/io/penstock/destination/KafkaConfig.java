package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka topic, written by an idempotent producer.
 *
 * @param brokers {@code host:port} of some
 * @param key what records of one partition have in common
 * @param compression of record batches
 * @param mechanism of SASL; null without
 * @param tls how to trust the brokers; null for plain text
 * @param properties of the producer that are left to the operator
 */
public record KafkaConfig(
    List<String> brokers,
    String topic,
    Key key,
    Compression compression,
    @Nullable Mechanism mechanism,
    @Nullable String username,
    @Nullable Secret password,
    @Nullable Tls tls,
    Map<String, String> properties)
    implements Destination {

  /** The key of a record. */
  public enum Key {
    EVENT,
    TENANT
  }

  /** What Kafka knows. */
  public enum Compression {
    NONE,
    LZ4,
    ZSTD,
    GZIP,
    SNAPPY
  }

  /** How to log in. */
  public enum Mechanism {
    PLAIN,
    SCRAM_SHA_256,
    SCRAM_SHA_512
  }

  public KafkaConfig {
    properties = Map.copyOf(properties);
  }

  static KafkaConfig read(Members members) {
    var brokers = members.texts("brokers");
    if (brokers.isEmpty()) {
      members.fault("brokers", "missing");
    }
    return new KafkaConfig(
        brokers,
        members.text("topic", "telemetry-events"),
        members.word("key", Key.class, Key.EVENT),
        members.word("compression", Compression.class, Compression.LZ4),
        members.has("mechanism")
            ? members.word("mechanism", Mechanism.class, Mechanism.PLAIN)
            : null,
        members.text("username"),
        members.secret("password"),
        members.flag("tls", false) ? members.tls() : null,
        members.map("properties"));
  }
}
