package io.penstock.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.dial.Authority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What sinks rely on is what a real broker does. */
class KafkaBrokerTest {

  private static final TopicPartition TOPIC = new TopicPartition("events", 0);

  @TempDir private Path folder;

  @Test
  void whatWasProducedIsConsumedAndOutlivesAKill() throws Exception {
    try (var broker = KafkaBroker.start()) {
      var plain = Map.<String, Object>of("bootstrap.servers", broker.bootstrap());
      produce(plain, "one");

      broker.restart();
      produce(plain, "two");

      assertThat(consume(plain, 2)).containsExactly("one", "two");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PLAIN, org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-512, org.apache.kafka.common.security.scram.ScramLoginModule"
  })
  void theSecuredPortTakesUsersOverTls(String mechanism, String module) throws Exception {
    var authority = new Authority("kafka's authority");
    var own = authority.issue("localhost");
    var pem = Files.writeString(folder.resolve("broker.pem"), own.keyPem() + own.certificatePem());
    try (var broker = KafkaBroker.secured(pem)) {
      var login =
          "%s required username=\"%s\" password=\"%s\";"
              .formatted(module, KafkaBroker.USER, KafkaBroker.PASSWORD);
      var secured =
          Map.<String, Object>of(
              "bootstrap.servers",
              broker.securedBootstrap(),
              "security.protocol",
              "SASL_SSL",
              "ssl.truststore.type",
              "PEM",
              "ssl.truststore.certificates",
              authority.certificatePem(),
              "sasl.mechanism",
              mechanism,
              "sasl.jaas.config",
              login);

      produce(secured, "hidden");

      assertThat(consume(secured, 1)).containsExactly("hidden");
    }
  }

  private static void produce(Map<String, Object> settings, String value) throws Exception {
    var all = new HashMap<>(settings);
    all.put("enable.idempotence", true);
    try (var producer = new KafkaProducer<>(all, new StringSerializer(), new StringSerializer())) {
      var record = new ProducerRecord<>(TOPIC.topic(), TOPIC.partition(), "key", value);
      producer.send(record).get(60, TimeUnit.SECONDS);
    }
  }

  private static List<String> consume(Map<String, Object> settings, int count) {
    try (var consumer =
        new KafkaConsumer<>(
            new HashMap<>(settings), new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(TOPIC));
      consumer.seekToBeginning(List.of(TOPIC));
      var values = new ArrayList<String>();
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (values.size() < count && System.nanoTime() < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
      }
      return values;
    }
  }
}
