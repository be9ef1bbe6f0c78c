package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka topic, written by an idempotent producer.
 *
 * @param brokers {@code host:port} of some, from which it learns of the others
 * @param key what records of one partition have in common
 * @param framing of values that are protobuf messages
 * @param compression of record batches
 * @param mechanism of SASL; null without
 * @param username of SASL; null without
 * @param password of SASL; null without
 * @param tls how to trust the brokers; null for plain text
 * @param properties of the producer that are left to whoever configures, see {@link
 *     KafkaProperties#ALLOWED}
 */
public record KafkaConfig(
    List<String> brokers,
    String topic,
    Key key,
    Framing framing,
    Compression compression,
    @Nullable Mechanism mechanism,
    @Nullable String username,
    @Nullable Secret password,
    @Nullable Tls tls,
    Map<String, String> properties)
    implements Destination {

  /** Names or addresses; IPv6 in brackets. */
  private static final Pattern BROKER =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]+):([0-9]{1,5})");

  private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
  private static final int PORT_MAX = 65_535;

  /** The key of a record. */
  public enum Key {
    EVENT,
    TENANT
  }

  /** What stands around a protobuf message. */
  public enum Framing {
    /** Its length before it, as goflow2 writes it and ClickHouse reads {@code Protobuf}. */
    DELIMITED,
    /** Nothing. */
    BARE
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
    brokers = List.copyOf(brokers);
    properties = Map.copyOf(properties);
  }

  static KafkaConfig read(Members members) {
    var mechanism =
        members.has("mechanism")
            ? members.word("mechanism", Mechanism.class, Mechanism.PLAIN)
            : null;
    var username = members.text("username");
    var password = members.secret("password");
    if (mechanism == null && (username != null || password != null)) {
      members.fault("mechanism", "missing: how to log in with the username and the password");
    }
    if (mechanism != null && (username == null || password == null)) {
      members.fault(username == null ? "username" : "password", "missing");
    }
    return new KafkaConfig(
        brokers(members),
        topic(members),
        members.word("key", Key.class, Key.EVENT),
        members.word("framing", Framing.class, Framing.DELIMITED),
        members.word("compression", Compression.class, Compression.LZ4),
        mechanism,
        username,
        password,
        members.flag("tls", false) ? members.tls() : null,
        properties(members));
  }

  private static List<String> brokers(Members members) {
    var brokers = members.texts("brokers");
    if (brokers.isEmpty()) {
      members.fault("brokers", "missing");
    }
    for (var broker : brokers) {
      if (!isBroker(broker)) {
        members.fault("brokers", "should be texts like broker.example.net:9092");
      }
    }
    return brokers;
  }

  private static boolean isBroker(String text) {
    var matcher = BROKER.matcher(text);
    if (!matcher.matches()) {
      return false;
    }
    int port = Integer.parseInt(matcher.group(2));
    return port > 0 && port <= PORT_MAX;
  }

  private static String topic(Members members) {
    var topic = members.text("topic", "telemetry-events");
    if (!TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals("..")) {
      members.fault("topic", "should have 1 to 249 letters, digits, dots, underscores, hyphens");
    }
    return topic;
  }

  private static Map<String, String> properties(Members members) {
    var properties = members.map("properties");
    for (var fault : KafkaProperties.faults(properties)) {
      members.fault("properties", fault);
    }
    return properties;
  }
}
