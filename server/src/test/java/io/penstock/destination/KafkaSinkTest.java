package io.penstock.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.penstock.backend.KafkaBroker;
import io.penstock.config.Secret;
import io.penstock.destination.KafkaConfig.Compression;
import io.penstock.destination.KafkaConfig.Framing;
import io.penstock.destination.KafkaConfig.Mechanism;
import io.penstock.dial.Authority;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.dial.Tls;
import io.penstock.event.Event;
import io.penstock.json.JsonTree;
import io.penstock.shape.Schema;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.shape.Shapes;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against a real broker, which makes no topics by itself. */
class KafkaSinkTest {

  private static final Map<String, String> PATIENCE =
      Map.of(
          "max.block.ms", "10000",
          "delivery.timeout.ms", "10000",
          "request.timeout.ms", "5000",
          "reconnect.backoff.max.ms", "500");
  private static final Map<String, String> IMPATIENCE =
      Map.of(
          "max.block.ms", "1500",
          "delivery.timeout.ms", "2000",
          "request.timeout.ms", "1500",
          "reconnect.backoff.max.ms", "200");

  private static final Dialer DIALER = dialer(_ -> false);

  @TempDir private static Path folder;
  private static Authority authority;
  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() throws Exception {
    authority = new Authority("kafka's authority");
    var own = authority.issue("localhost");
    var pem = folder.resolve("broker.pem");
    Files.writeString(pem, own.keyPem() + own.certificatePem());
    broker = KafkaBroker.secured(pem, Map.of("auto.create.topics.enable", "false"));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
    DIALER.close();
  }

  private static Dialer dialer(IntPredicate ownPorts) {
    return new Dialer(DialPolicy.DEFAULT, Resolver.SYSTEM, ownPorts, "penstock/test");
  }

  private static KafkaConfig plain(String topic, Map<String, String> properties) {
    return new KafkaConfig(
        List.of(broker.bootstrap()),
        topic,
        KafkaConfig.Key.EVENT,
        Framing.DELIMITED,
        Compression.LZ4,
        null,
        null,
        null,
        null,
        properties);
  }

  private static KafkaConfig secured(
      String topic, String broker, Mechanism mechanism, String user, String password, Tls tls) {
    return secured(topic, broker, mechanism, user, password, tls, PATIENCE);
  }

  private static KafkaConfig secured(
      String topic,
      String broker,
      Mechanism mechanism,
      String user,
      String password,
      Tls tls,
      Map<String, String> properties) {
    return new KafkaConfig(
        List.of(broker),
        topic,
        KafkaConfig.Key.EVENT,
        Framing.DELIMITED,
        Compression.ZSTD,
        mechanism,
        user,
        new Secret(password),
        tls,
        properties);
  }

  private static Tls trusting() {
    return new Tls(true, authority.certificatePem(), null, null);
  }

  private static KafkaSink open(KafkaConfig config) {
    return open(config, Schema.TELEMETRY);
  }

  private static KafkaSink open(KafkaConfig config, Schema schema) {
    var selection = new Selection(schema, null, Set.of(), Set.of(), 1);
    return new KafkaSink(config, schema, () -> Shapes.of(selection), DIALER);
  }

  private static String newTopic(int partitions) throws Exception {
    var name = "topic-" + UUID.randomUUID();
    createTopic(new NewTopic(name, partitions, (short) 1));
    return name;
  }

  private static void createTopic(NewTopic topic) throws Exception {
    try (var admin = admin()) {
      admin.createTopics(List.of(topic)).all().get(60, TimeUnit.SECONDS);
    }
  }

  private static Admin admin() {
    return Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrap()));
  }

  /** Everything that a topic holds. */
  private static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    var settings =
        Map.<String, Object>of(
            "bootstrap.servers", broker.bootstrap(), "default.api.timeout.ms", 60_000);
    var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    try (var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long end = consumer.endOffsets(partitions).values().stream().mapToLong(n -> n).sum();
      while (partitions.stream().mapToLong(consumer::position).sum() < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  private static List<String> ids(String topic) {
    return records(topic).stream().map(record -> header(record, KafkaSink.ID)).toList();
  }

  private static Later later(Delivery delivery) {
    assertThat(delivery).isInstanceOf(Later.class);
    return (Later) delivery;
  }

  /** A topic of the broker, which is killed while it is down. */
  abstract static class Contract extends SinkContract {

    abstract KafkaConfig config(String topic, String password, Map<String, String> properties);

    @Override
    protected Stand stand() throws Exception {
      var topic = newTopic(3);
      return new Stand() {

        @Override
        public Sink sink() {
          return open(config(topic, KafkaBroker.PASSWORD, PATIENCE));
        }

        @Override
        public Sink impatient() {
          return open(config(topic, KafkaBroker.PASSWORD, IMPATIENCE));
        }

        @Override
        public Sink stranger() {
          return open(config(topic, "let-me-out", PATIENCE));
        }

        @Override
        public List<String> arrived() {
          return ids(topic);
        }

        @Override
        public void down() {
          broker.kill();
        }

        @Override
        public void up() {
          broker.restart();
        }

        @Override
        public void close() {}
      };
    }
  }

  @Nested
  class Plain extends Contract {
    @Override
    KafkaConfig config(String topic, String password, Map<String, String> properties) {
      return plain(topic, properties);
    }
  }

  @Nested
  class Secured extends Contract {

    @Override
    KafkaConfig config(String topic, String password, Map<String, String> properties) {
      return secured(
          topic,
          broker.securedBootstrap(),
          Mechanism.SCRAM_SHA_512,
          KafkaBroker.USER,
          password,
          trusting(),
          properties);
    }

    @Override
    protected List<Trait> traits() {
      return List.of(Trait.KNOWS_WHO_SENDS);
    }
  }

  @Test
  void aRecordIsADocumentWithItsIdItsTenantAndTheTimeOfItsReceipt() throws Exception {
    var topic = newTopic(3);
    var flows = Flows.of(50);

    try (var sink = open(plain(topic, PATIENCE))) {
      assertThat(sink.send(Flows.batch(sink, flows))).isInstanceOf(Taken.class);
    }

    var events = new ArrayList<>(flows);
    for (var record : records(topic)) {
      var id = header(record, KafkaSink.ID);
      var event = events.stream().filter(flow -> Flows.id(flow).equals(id)).findAny().orElseThrow();
      events.remove(event);
      assertThat(new String(record.key(), UTF_8)).isEqualTo(id);
      assertThat(header(record, KafkaSink.TENANT)).isEqualTo(Flows.TENANT);
      assertThat(record.timestamp())
          .isEqualTo(TimeUnit.NANOSECONDS.toMillis(event.origin().receivedNanos()));
      assertThat(JsonTree.parse(new String(record.value(), UTF_8)))
          .isInstanceOfSatisfying(
              Map.class, document -> assertThat(document.get("id")).isEqualTo(id));
    }
    assertThat(events).isEmpty();
  }

  @Test
  void withTheTenantAsKeyAllIsInOnePartition() throws Exception {
    var topic = newTopic(3);
    var usual = plain(topic, PATIENCE);
    var config =
        new KafkaConfig(
            usual.brokers(),
            topic,
            KafkaConfig.Key.TENANT,
            Framing.DELIMITED,
            Compression.GZIP,
            null,
            null,
            null,
            null,
            PATIENCE);

    try (var sink = open(config)) {
      sink.send(Flows.batch(sink, Flows.of(200)));
    }

    var records = records(topic);
    assertThat(records).hasSize(200);
    assertThat(records).allMatch(record -> new String(record.key(), UTF_8).equals(Flows.TENANT));
    assertThat(records.stream().map(ConsumerRecord::partition).distinct()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void aProtobufMessageIsReadBack(Framing framing) throws Exception {
    var topic = newTopic(1);
    var usual = plain(topic, PATIENCE);
    var config =
        new KafkaConfig(
            usual.brokers(),
            topic,
            KafkaConfig.Key.EVENT,
            framing,
            Compression.SNAPPY,
            null,
            null,
            null,
            null,
            PATIENCE);
    var flows = Flows.of(30);

    try (var sink = open(config, Schema.GOFLOW2)) {
      assertThat(sink.send(Flows.batch(sink, flows))).isInstanceOf(Taken.class);
    }

    var records = records(topic);
    assertThat(records).hasSameSizeAs(flows);
    for (int i = 0; i < flows.size(); i++) {
      assertThat(received(records.get(i).value(), framing))
          .isEqualTo(flows.get(i).origin().receivedNanos());
    }
  }

  /** The field {@code time_received_ns} of a message that is sound from its first octet on. */
  private static long received(byte[] value, Framing framing) throws IOException {
    var in = CodedInputStream.newInstance(value);
    if (framing == Framing.DELIMITED) {
      int length = in.readRawVarint32();
      assertThat(length).isEqualTo(value.length - in.getTotalBytesRead());
    }
    long received = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 110) {
        received = in.readUInt64();
      } else {
        assertThat(in.skipField(tag)).isTrue();
      }
    }
    assertThat(in.isAtEnd()).isTrue();
    return received;
  }

  /** Writes one event as octets that nothing compresses. */
  private static Supplier<Shape> withLarge(Event large, int size) {
    var usual = Shapes.of(Selection.ALL);
    var octets = new byte[size];
    new Random(3).nextBytes(octets);
    return () ->
        (tenant, event, out) -> {
          if (event.equals(large)) {
            out.put(octets);
          } else {
            usual.write(tenant, event, out);
          }
        };
  }

  @Test
  void aRecordThatTheProducerFindsTooLargeIsRefusedAlone() throws Exception {
    var flows = Flows.of(20);
    var shapes = withLarge(flows.get(7), 2 << 20);

    tooLargeIsRefusedAlone(newTopic(1), flows, shapes);
  }

  @Test
  void aRecordThatTheBrokerFindsTooLargeIsRefusedAlone() throws Exception {
    var flows = Flows.of(20);
    var shapes = withLarge(flows.get(7), 200_000);
    var topic = "topic-" + UUID.randomUUID();
    createTopic(new NewTopic(topic, 1, (short) 1).configs(Map.of("max.message.bytes", "100000")));

    tooLargeIsRefusedAlone(topic, flows, shapes);
  }

  private static void tooLargeIsRefusedAlone(
      String topic, List<Event> flows, Supplier<Shape> shapes) throws Exception {
    Delivery delivery;
    try (var sink = new KafkaSink(plain(topic, PATIENCE), Schema.TELEMETRY, shapes, DIALER)) {
      delivery = sink.send(Flows.batch(sink, flows));
    }

    assertThat(delivery)
        .isInstanceOfSatisfying(
            Taken.class,
            taken -> {
              assertThat(taken.later().isEmpty()).isTrue();
              assertThat(taken.refused()).hasSize(1);
              assertThat(taken.refused().getFirst().index()).isEqualTo(7);
              assertThat(taken.refused().getFirst().reason()).isEqualTo(Split.TOO_LARGE);
            });
    var others = new ArrayList<>(flows.stream().map(Flows::id).toList());
    others.remove(7);
    assertThat(ids(topic)).containsExactlyInAnyOrderElementsOf(others);
  }

  @Test
  void aTopicThatIsNotThereIsForAPersonAndTakesTheSameOnceItIs() throws Exception {
    var topic = "topic-" + UUID.randomUUID();

    try (var sink = open(plain(topic, IMPATIENCE))) {
      var batch = Flows.batch(sink, Flows.of(5));
      var missing = later(sink.send(batch));
      createTopic(new NewTopic(topic, 1, (short) 1));

      assertThat(missing.cause()).isEqualTo(Cause.CONFIGURATION);
      awaitTaken(sink, batch);
    }
    assertThat(ids(topic)).hasSize(5);
  }

  private static void awaitTaken(Sink sink, Batch batch) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(sink.send(batch)).isInstanceOf(Taken.class));
  }

  @Test
  void aBrokerThatIsKilledAgainAndAgainHasEveryEvent() throws Exception {
    var topic = newTopic(3);
    var flows = Flows.of(600);
    var unknown = new ConcurrentLinkedQueue<Delivery>();
    try (var sink = open(plain(topic, PATIENCE))) {
      var senders = new ArrayList<CompletableFuture<Void>>();
      for (int i = 0; i < 4; i++) {
        var share = flows.subList(150 * i, 150 * (i + 1));
        senders.add(CompletableFuture.runAsync(() -> sendAll(sink, share, unknown)));
      }
      var all = CompletableFuture.allOf(senders.toArray(CompletableFuture[]::new));
      for (int i = 0; i < 2; i++) {
        broker.kill();
        broker.restart();
      }
      all.get(120, TimeUnit.SECONDS);
    }

    var ids = ids(topic);
    assertThat(new HashSet<>(ids))
        .containsExactlyInAnyOrderElementsOf(flows.stream().map(Flows::id).toList());
    // What is there twice was sent again after an answer that did not come.
    assertThat(ids.size() - flows.size()).isLessThanOrEqualTo(15 * unknown.size());
  }

  /** In batches of 15, each until it is taken. */
  private static void sendAll(
      Sink sink, List<Event> flows, ConcurrentLinkedQueue<Delivery> unknown) {
    try {
      for (int from = 0; from < flows.size(); from += 15) {
        var batch = Flows.batch(sink, flows.subList(from, from + 15));
        for (var answer = sink.send(batch);
            !(answer instanceof Taken taken && taken.later().isEmpty());
            answer = sink.send(batch)) {
          unknown.add(answer);
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PLAIN", "SCRAM_SHA_512"})
  void aUserIsLetIn(Mechanism mechanism) throws Exception {
    var topic = newTopic(1);

    try (var sink =
        open(
            secured(
                topic,
                broker.securedBootstrap(),
                mechanism,
                KafkaBroker.USER,
                KafkaBroker.PASSWORD,
                trusting()))) {
      assertThat(sink.send(Flows.batch(sink, Flows.of(3)))).isInstanceOf(Taken.class);
    }

    assertThat(ids(topic)).hasSize(3);
  }

  @Test
  void aMechanismThatTheBrokerDoesNotHaveIsForAPerson() throws Exception {
    try (var sink =
        open(
            secured(
                newTopic(1),
                broker.securedBootstrap(),
                Mechanism.SCRAM_SHA_256,
                KafkaBroker.USER,
                KafkaBroker.PASSWORD,
                trusting()))) {
      var later = later(sink.send(Flows.batch(sink, Flows.of(3))));

      assertThat(later.cause()).isEqualTo(Cause.CONFIGURATION);
    }
  }

  @Test
  void whoIsDeniedIsLetInOnceTheBrokerKnowsHim() throws Exception {
    var topic = newTopic(1);
    var password = "a \"new\" \\ word";
    try (var sink =
        open(
            secured(
                topic,
                broker.securedBootstrap(),
                Mechanism.SCRAM_SHA_512,
                "late",
                password,
                trusting()))) {
      var batch = Flows.batch(sink, Flows.of(4));

      var denied = later(sink.send(batch));

      assertThat(denied.cause()).isEqualTo(Cause.CREDENTIALS);
      assertThat(denied.answer().text()).isNotBlank().doesNotContain(password);
      try (var admin = admin()) {
        var credentials = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
        admin
            .alterUserScramCredentials(
                List.of(new UserScramCredentialUpsertion("late", credentials, password)))
            .all()
            .get(60, TimeUnit.SECONDS);
      }
      awaitTaken(sink, batch);
    }
    assertThat(ids(topic)).hasSize(4);
  }

  @Test
  void aBrokerThatCannotProveItsNameGetsNothing() throws Exception {
    var topic = newTopic(1);
    var port = broker.securedBootstrap().substring("localhost".length());
    var unknown = new Authority("somebody else");
    var stranger = new Tls(true, unknown.certificatePem(), null, null);

    assertThat(causeWith(topic, broker.securedBootstrap(), stranger)).isEqualTo(Cause.UNREACHABLE);
    assertThat(causeWith(topic, "127.0.0.1" + port, trusting())).isEqualTo(Cause.UNREACHABLE);
    assertThat(ids(topic)).isEmpty();
    assertThat(causeWith(topic, broker.securedBootstrap(), new Tls(false, null, null, null)))
        .isNull();
  }

  private static @Nullable Cause causeWith(String topic, String broker, Tls tls)
      throws InterruptedException {
    try (var sink =
        open(
            secured(topic, broker, Mechanism.PLAIN, KafkaBroker.USER, KafkaBroker.PASSWORD, tls))) {
      return sink.send(Flows.batch(sink, Flows.of(1))) instanceof Later later
          ? later.cause()
          : null;
    }
  }

  /**
   * What a sink answers once it has come to connect: on a busy machine not with the first batch.
   */
  private static Later onceTried(Sink sink) throws InterruptedException {
    var batch = Flows.batch(sink, Flows.of(1));
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    var answer = later(sink.send(batch));
    while (answer.cause() == Cause.UNREACHABLE && System.nanoTime() < end) {
      answer = later(sink.send(batch));
    }
    return answer;
  }

  @Test
  void aBrokerAtAForbiddenAddressIsNotConnectedTo() throws Exception {
    var usual = plain("any", IMPATIENCE);
    var config =
        new KafkaConfig(
            List.of("169.254.169.254:9092"),
            usual.topic(),
            KafkaConfig.Key.EVENT,
            Framing.DELIMITED,
            Compression.NONE,
            null,
            null,
            null,
            null,
            IMPATIENCE);
    try (var sink = open(config)) {
      var later = onceTried(sink);

      assertThat(later.cause()).isEqualTo(Cause.FORBIDDEN);
      assertThat(later.answer().text()).contains("169.254.169.254");
    }
  }

  @Test
  void aBrokerOnAPortOfOurOwnIsNotConnectedTo() throws Exception {
    var topic = newTopic(1);
    try (var guarded = dialer(port -> broker.bootstrap().endsWith(":" + port));
        var sink =
            new KafkaSink(
                plain(topic, IMPATIENCE),
                Schema.TELEMETRY,
                () -> Shapes.of(Selection.ALL),
                guarded)) {
      var later = onceTried(sink);

      assertThat(later.cause()).isEqualTo(Cause.FORBIDDEN);
    }
    assertThat(ids(topic)).isEmpty();
  }

  @Test
  void aBrokerThatSendsUsToAForbiddenAddressIsNotFollowed() throws Exception {
    try (var lure =
        KafkaBroker.start(Map.of("advertised.listeners", "PLAIN://169.254.169.254:9092"))) {
      var usual = plain("lured", IMPATIENCE);
      var config =
          new KafkaConfig(
              List.of(lure.bootstrap()),
              usual.topic(),
              KafkaConfig.Key.EVENT,
              Framing.DELIMITED,
              Compression.NONE,
              null,
              null,
              null,
              null,
              Map.of("delivery.timeout.ms", "2000", "request.timeout.ms", "1500"));
      try (var sink = open(config)) {
        var later = onceTried(sink);

        assertThat(later.cause()).isEqualTo(Cause.FORBIDDEN);
        assertThat(later.answer().text()).contains("169.254.169.254");
      }
    }
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    var usual = plain("any", Map.of("max.block.ms", "60000"));
    // Nobody listens there: it is the discard port.
    var config =
        new KafkaConfig(
            List.of("127.0.0.1:9"),
            usual.topic(),
            KafkaConfig.Key.EVENT,
            Framing.DELIMITED,
            Compression.NONE,
            null,
            null,
            null,
            null,
            usual.properties());
    try (var sink = open(config)) {
      var batch = Flows.batch(sink, Flows.of(1));
      var ended = new CompletableFuture<String>();
      var sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      ended.complete("answered " + sink.send(batch));
                    } catch (InterruptedException e) {
                      ended.complete("interrupted, flag " + Thread.currentThread().isInterrupted());
                    }
                  });
      sender.interrupt();

      assertThat(ended.get(30, TimeUnit.SECONDS)).isEqualTo("interrupted, flag false");
    }
  }

  @Test
  void aClosedSinkAsksForLater() throws Exception {
    var sink = open(plain(newTopic(1), PATIENCE));
    sink.close();

    assertThat(later(sink.send(Flows.batch(sink, Flows.of(1)))).cause()).isEqualTo(Cause.FAILING);
  }
}
