package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.penstock.destination.SinkConfig.Read;
import io.penstock.sink.Delivery.Cause;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.ThrottlingQuotaExceededException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaConfigTest {

  private static Read read(Map<String, Object> members) {
    var all = new HashMap<String, @Nullable Object>();
    all.put("brokers", List.of("kafka.example.net:9092"));
    all.putAll(members);
    return SinkConfig.read("kafka", all);
  }

  private static List<String> faulty(Map<String, Object> members) {
    return read(members) instanceof Read.Faulty(var faults)
        ? faults.stream().map(Map.Entry::getKey).distinct().toList()
        : List.of();
  }

  @Test
  void brokersAreEnough() {
    assertThat(read(Map.of()))
        .isInstanceOfSatisfying(
            Read.Sound.class,
            sound -> {
              var config = (KafkaConfig) sound.config().destination();
              assertThat(config.topic()).isEqualTo("telemetry-events");
              assertThat(config.key()).isEqualTo(KafkaConfig.Key.EVENT);
              assertThat(config.framing()).isEqualTo(KafkaConfig.Framing.DELIMITED);
              assertThat(config.mechanism()).isNull();
              assertThat(config.tls()).isNull();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka",
        "kafka:",
        ":9092",
        "kafka:0",
        "kafka:65536",
        "kafka:99999999999",
        "a b:1",
        "user@kafka:9092",
        "PLAINTEXT://kafka:9092",
        "[::1:9092",
        "kafka:9092,other:9092"
      })
  void aBrokerIsAHostAndAPort(String broker) {
    assertThat(faulty(Map.of("brokers", List.of(broker)))).containsExactly("brokers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"kafka:9092", "10.0.0.1:1", "[2001:db8::1]:65535"})
  void aBrokerIsANameOrAnAddress(String broker) {
    assertThat(faulty(Map.of("brokers", List.of(broker)))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "a/b", "a b", "größe"})
  void aTopicHasAName(String topic) {
    assertThat(faulty(Map.of("topic", topic))).containsExactly("topic");
  }

  @Test
  void whoLogsInSaysHowAndHasAPassword() {
    assertThat(faulty(Map.of("username", "u", "password", "p"))).containsExactly("mechanism");
    assertThat(faulty(Map.of("mechanism", "plain", "username", "u"))).containsExactly("password");
    assertThat(faulty(Map.of("mechanism", "SCRAM-SHA-512", "password", "p")))
        .containsExactly("username");
    assertThat(faulty(Map.of("mechanism", "SCRAM-SHA-512", "username", "u", "password", "p")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bootstrap.servers",
        "sasl.jaas.config",
        "sasl.client.callback.handler.class",
        "sasl.login.class",
        "sasl.oauthbearer.token.endpoint.url",
        "interceptor.classes",
        "metric.reporters",
        "partitioner.class",
        "key.serializer",
        "security.providers",
        "ssl.engine.factory.class",
        "ssl.truststore.location",
        "ssl.keystore.location",
        "config.providers",
        "config.providers.file.class",
        "acks",
        "enable.idempotence",
        "retries",
        "max.in.flight.requests.per.connection",
        "buffer.memory",
        "transactional.id",
        "penstock.tls",
        "LINGER.MS"
      })
  void propertiesThatLoadOrWeakenSomethingAreRefused(String name) {
    assertThat(faulty(Map.of("properties", Map.of(name, "1")))).containsExactly("properties");
  }

  @Test
  void propertiesHaveRanges() {
    assertThat(faulty(Map.of("properties", Map.of("linger.ms", "20")))).isEmpty();
    assertThat(faulty(Map.of("properties", Map.of("linger.ms", 20L)))).isEmpty();
    assertThat(faulty(Map.of("properties", Map.of("linger.ms", "-1"))))
        .containsExactly("properties");
    assertThat(faulty(Map.of("properties", Map.of("batch.size", "999999999"))))
        .containsExactly("properties");
    assertThat(faulty(Map.of("properties", Map.of("batch.size", "many"))))
        .containsExactly("properties");
    assertThat(faulty(Map.of("properties", Map.of("request.timeout.ms", "60000"))))
        .as("longer than a delivery may take")
        .containsExactly("properties");
  }

  @Test
  void kafkaKnowsEveryPropertyThatMayBeSetAndTakesItsLimits() {
    assertThat(ProducerConfig.configNames()).containsAll(KafkaProperties.ALLOWED.keySet());
    KafkaProperties.ALLOWED.forEach(
        (name, range) -> {
          for (int value : new int[] {range.min(), range.max()}) {
            var config = ((Read.Sound) read(Map.of())).config().destination();
            var properties = KafkaProperties.of((KafkaConfig) config);
            properties.put(name, value);
            properties.put("bootstrap.servers", "127.0.0.1:1");
            assertThatCode(() -> new ProducerConfig(properties)).doesNotThrowAnyException();
          }
        });
  }

  @Test
  void whatFailsHasACause() {
    assertThat(cause(new TimeoutException("over"))).isEqualTo(Cause.UNREACHABLE);
    assertThat(cause(new NotEnoughReplicasException("one"))).isEqualTo(Cause.FAILING);
    assertThat(cause(new BrokerNotAvailableException("gone"))).isEqualTo(Cause.FAILING);
    assertThat(cause(new ThrottlingQuotaExceededException(5, "slow"))).isEqualTo(Cause.BUSY);
    assertThat(cause(new TopicAuthorizationException("t"))).isEqualTo(Cause.CREDENTIALS);
    assertThat(cause(new ClusterAuthorizationException("no"))).isEqualTo(Cause.CREDENTIALS);
    assertThat(cause(new InvalidTopicException("t"))).isEqualTo(Cause.CONFIGURATION);
    assertThat(cause(new KafkaException("cannot", new ConfigException("bad"))))
        .isEqualTo(Cause.CONFIGURATION);
    assertThat(KafkaFailure.of(new InvalidRecordException("bad")).refusal())
        .isEqualTo("invalid_record");
  }

  private static Cause cause(Throwable failure) {
    return KafkaFailure.of(failure).cause();
  }

  @Test
  void aProducerThatIsFencedOrOutOfSequenceIsAtItsEnd() {
    for (var failure :
        List.of(
            new OutOfOrderSequenceException("gap"),
            new ProducerFencedException("other"),
            new InvalidProducerEpochException("old"),
            new ClusterAuthorizationException("no"),
            new KafkaException("in an error state"),
            new IllegalStateException("closed"))) {
      assertThat(KafkaFailure.of(failure).endsProducer()).as(failure.toString()).isTrue();
    }
    assertThat(KafkaFailure.of(new TimeoutException("over")).endsProducer()).isFalse();
    assertThat(KafkaFailure.of(new InvalidRecordException("bad")).endsProducer()).isFalse();
  }
}
