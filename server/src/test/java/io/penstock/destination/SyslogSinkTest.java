package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.config.Secret;
import io.penstock.destination.SyslogConfig.Confirmation;
import io.penstock.destination.SyslogConfig.Format;
import io.penstock.destination.SyslogConfig.Framing;
import io.penstock.destination.SyslogReceiver.Manner;
import io.penstock.dial.Authority;
import io.penstock.dial.Dialer;
import io.penstock.dial.Tls;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Flows;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkContract;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SyslogSinkTest {

  private static final SyslogSink.Times TIMES =
      new SyslogSink.Times(Duration.ofSeconds(10), Duration.ofSeconds(30));

  private final Dialer dialer = Reach.dialer();

  @AfterEach
  void hangUp() {
    dialer.close();
  }

  @Nested
  class CountedAndEnded extends Contract {}

  @Nested
  class LinesAndEnded extends Contract {
    @Override
    Framing framing() {
      return Framing.LINES;
    }
  }

  @Nested
  class CountedAndKeptOpen extends Contract {
    @Override
    Confirmation confirmation() {
      return Confirmation.OPEN_CONNECTION;
    }
  }

  @Nested
  class SecuredAndEnded extends Contract {
    @Override
    boolean isSecured() {
      return true;
    }
  }

  @Nested
  class SecuredAndKeptOpen extends Contract {
    @Override
    boolean isSecured() {
      return true;
    }

    @Override
    Confirmation confirmation() {
      return Confirmation.OPEN_CONNECTION;
    }
  }

  /** A receiver of documents. */
  abstract static class Contract extends SinkContract {

    Framing framing() {
      return Framing.OCTET_COUNTING;
    }

    Confirmation confirmation() {
      return Confirmation.END_OF_STREAM;
    }

    boolean isSecured() {
      return false;
    }

    @Override
    protected Stand stand() throws Exception {
      var authority = new Authority("our authority");
      var receiver =
          new SyslogReceiver(
              framing(),
              Manner.GOOD,
              isSecured() ? context(authority, authority.issue("localhost")) : null,
              false);
      var tls = isSecured() ? new Tls(true, authority.certificatePem(), null, null) : null;
      var dialer = Reach.dialer();
      return new Stand() {

        @Override
        public Sink sink() {
          return open(config(receiver, framing(), confirmation(), tls), dialer, TIMES);
        }

        @Override
        public List<String> arrived() {
          assertThat(receiver.faults).isEmpty();
          return receiver.messages.stream()
              .map(text -> String.valueOf(SyslogText.rfc5424(text).parameters().get("id")))
              .toList();
        }

        @Override
        public void down() throws IOException {
          receiver.down();
        }

        @Override
        public void up() throws IOException {
          receiver.up();
        }

        @Override
        public void close() throws IOException {
          receiver.close();
          dialer.close();
        }
      };
    }
  }

  private static SyslogConfig config(
      SyslogReceiver receiver, Framing framing, Confirmation confirmation, @Nullable Tls tls) {
    return new SyslogConfig(
        "localhost",
        receiver.port(),
        Format.RFC5424,
        framing,
        confirmation,
        tls,
        16,
        "penstock",
        null,
        SyslogConfig.MESSAGE_BYTES);
  }

  private static Sink open(SyslogConfig config, Dialer dialer, SyslogSink.Times times) {
    return open(config, Reach.DOCUMENTS, dialer, times);
  }

  private static Sink open(
      SyslogConfig config, Supplier<Shape> documents, Dialer dialer, SyslogSink.Times times) {
    try {
      return new SyslogSink(config, Selection.ALL, "1.2.3", documents, dialer, times);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a receiver shows, and whom it trusts. */
  private static SSLContext context(Authority authority, Authority.Issued own) throws Exception {
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "own",
        own.keys().getPrivate(),
        new char[0],
        new Certificate[] {certificate(own.certificate())});
    var identity = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    identity.init(keys, new char[0]);
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", certificate(authority.certificate()));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(identity.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static Certificate certificate(byte[] encoded) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(encoded));
  }

  @ParameterizedTest
  @EnumSource
  void aReceiverThatResetsTheConnectionGetsTheBatchAgain(Confirmation confirmation)
      throws Exception {
    try (var receiver = new SyslogReceiver(Framing.OCTET_COUNTING, Manner.RESETS);
        var sink = open(config(receiver, Framing.OCTET_COUNTING, confirmation, null), dialer)) {
      var delivery = sink.send(Flows.batch(sink, Flows.of(2_000)));

      assertThat(delivery)
          .isInstanceOfSatisfying(
              Later.class, later -> assertThat(later.cause()).isEqualTo(Cause.UNREACHABLE));
    }
  }

  private Sink open(SyslogConfig config, Dialer dialer) {
    return open(config, dialer, TIMES);
  }

  /** Even when its kernel had taken every octet before. */
  @Test
  void aReceiverThatDiesBeforeItHasReadEverythingGetsTheBatchAgain() throws Exception {
    try (var receiver = new SyslogReceiver(Framing.OCTET_COUNTING, Manner.RESETS);
        var sink =
            open(
                config(receiver, Framing.OCTET_COUNTING, Confirmation.END_OF_STREAM, null),
                dialer)) {
      // A few octets more than what is read before the reset.
      assertThat(sink.send(Flows.batch(sink, Flows.of(11)))).isInstanceOf(Later.class);
    }
  }

  @Test
  void aReceiverThatNeverEndsTheConnectionConfirmsNothing() throws Exception {
    try (var receiver = new SyslogReceiver(Framing.OCTET_COUNTING, Manner.NEVER_ENDS);
        var sink = impatient(receiver, Confirmation.END_OF_STREAM)) {
      assertThat(sink.send(Flows.batch(sink, Flows.of(1)))).satisfies(this::isUnconfirmed);
    }
  }

  @Test
  void aReceiverThatDoesNotReadIsGivenUp() throws Exception {
    try (var receiver = new SyslogReceiver(Framing.OCTET_COUNTING, Manner.NEVER_READS);
        var sink = impatient(receiver, Confirmation.OPEN_CONNECTION)) {
      assertThat(sink.send(Flows.batch(sink, Flows.of(10_000)))).satisfies(this::isUnconfirmed);
    }
  }

  private Sink impatient(SyslogReceiver receiver, Confirmation confirmation) {
    var times = new SyslogSink.Times(Duration.ofSeconds(10), Duration.ofMillis(300));
    return open(config(receiver, Framing.OCTET_COUNTING, confirmation, null), dialer, times);
  }

  private void isUnconfirmed(Delivery delivery) {
    assertThat(delivery)
        .isInstanceOfSatisfying(
            Later.class,
            later -> {
              assertThat(later.cause()).isEqualTo(Cause.UNREACHABLE);
              assertThat(later.answer().text()).contains("not confirmed after 300 ms");
            });
  }

  @Test
  void anInterruptEndsAWriteThatBlocks() throws Exception {
    try (var receiver = new SyslogReceiver(Framing.OCTET_COUNTING, Manner.NEVER_READS);
        var sink =
            open(
                config(receiver, Framing.OCTET_COUNTING, Confirmation.OPEN_CONNECTION, null),
                dialer)) {
      var batch = Flows.batch(sink, Flows.of(10_000));
      var ended = new CompletableFuture<Boolean>();
      var sending =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      sink.send(batch);
                      ended.complete(false);
                    } catch (InterruptedException e) {
                      ended.complete(true);
                    }
                  });
      await().until(() -> receiver.connections() == 1);

      sending.interrupt();

      assertThat(ended.get()).isTrue();
    }
  }

  @Test
  void aConnectionIsKeptForTheNextBatchUnlessTheReceiverEndsIt() throws Exception {
    try (var receiver = new SyslogReceiver(Framing.OCTET_COUNTING, Manner.GOOD);
        var sink =
            open(
                config(receiver, Framing.OCTET_COUNTING, Confirmation.OPEN_CONNECTION, null),
                dialer)) {
      for (int i = 0; i < 3; i++) {
        assertThat(sink.send(Flows.batch(sink, Flows.of(5)))).isInstanceOf(Taken.class);
      }
      assertThat(receiver.connections()).isOne();

      receiver.down();
      receiver.up();

      assertThat(sink.send(Flows.batch(sink, Flows.of(5)))).isInstanceOf(Taken.class);
      await().until(() -> receiver.messages.size() == 20);
      assertThat(receiver.connections()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEventThatReceiversWouldCutIsRefusedAndTheOthersArrive(Framing framing) throws Exception {
    var flows = Flows.of(4);
    Supplier<Shape> documents =
        () ->
            (_, event, out) ->
                out.put("x".repeat(event.equals(flows.get(1)) ? SyslogConfig.MESSAGE_BYTES : 10));
    try (var receiver = new SyslogReceiver(framing, Manner.GOOD);
        var sink =
            open(
                config(receiver, framing, Confirmation.END_OF_STREAM, null),
                documents,
                dialer,
                TIMES)) {
      var delivery = sink.send(Flows.batch(sink, flows));

      assertThat(delivery)
          .isInstanceOfSatisfying(
              Taken.class,
              taken -> {
                assertThat(taken.refused()).hasSize(1);
                assertThat(taken.refused().getFirst().index()).isOne();
                assertThat(taken.refused().getFirst().reason()).isEqualTo(Split.TOO_LARGE);
              });
      assertThat(receiver.messages)
          .extracting(text -> SyslogText.rfc5424(text).parameters().get("id"))
          .containsExactly(Flows.id(flows.get(0)), Flows.id(flows.get(2)), Flows.id(flows.get(3)));
      assertThat(sink.send(Flows.batch(sink, flows.subList(1, 2)))).isInstanceOf(Taken.class);
      assertThat(receiver.connections()).isOne();
    }
  }

  @Test
  void noMessageBreaksItsLine() throws Exception {
    Supplier<Shape> documents = () -> (_, _, out) -> out.put("{\r\n\"a\":\n1}");
    try (var receiver = new SyslogReceiver(Framing.LINES, Manner.GOOD);
        var sink =
            open(
                config(receiver, Framing.LINES, Confirmation.END_OF_STREAM, null),
                documents,
                dialer,
                TIMES)) {
      sink.send(Flows.batch(sink, Flows.of(2)));

      assertThat(receiver.messages)
          .hasSize(2)
          .allMatch(text -> SyslogText.rfc5424(text).text().equals("{  \"a\": 1}"));
    }
  }

  @Test
  void aReceiverThatKnowsWhoSendsTakesOurCertificateAndNoOther() throws Exception {
    var authority = new Authority("our authority");
    var stranger = new Authority("somebody");
    try (var receiver =
        new SyslogReceiver(
            Framing.OCTET_COUNTING,
            Manner.GOOD,
            context(authority, authority.issue("localhost")),
            true)) {
      assertThat(secured(receiver, authority, authority.issue("penstock")))
          .isInstanceOf(Taken.class);
      assertThat(secured(receiver, authority, stranger.issue("penstock")))
          .isInstanceOf(Later.class);
      assertThat(secured(receiver, stranger, authority.issue("penstock")))
          .isInstanceOf(Later.class);
      assertThat(new HashSet<>(receiver.messages)).hasSize(3);
    }
  }

  private Delivery secured(SyslogReceiver receiver, Authority trusted, Authority.Issued own)
      throws InterruptedException {
    var tls =
        new Tls(true, trusted.certificatePem(), own.certificatePem(), new Secret(own.keyPem()));
    var config = config(receiver, Framing.OCTET_COUNTING, Confirmation.END_OF_STREAM, tls);
    try (var sink = open(config, dialer)) {
      return sink.send(Flows.batch(sink, Flows.of(3)));
    }
  }

  @Test
  void aMetadataAddressIsNotConnectedTo() throws Exception {
    var config =
        new SyslogConfig(
            "169.254.169.254",
            514,
            Format.RFC5424,
            Framing.LINES,
            Confirmation.END_OF_STREAM,
            null,
            16,
            "penstock",
            null,
            SyslogConfig.MESSAGE_BYTES);
    try (var sink = open(config, dialer)) {
      assertThat(sink.send(Flows.batch(sink, Flows.of(1))))
          .isInstanceOfSatisfying(
              Later.class, later -> assertThat(later.cause()).isEqualTo(Cause.FORBIDDEN));
    }
  }
}
