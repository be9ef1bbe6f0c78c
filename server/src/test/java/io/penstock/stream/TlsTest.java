package io.penstock.stream;

import static io.penstock.stream.Messages.PORTS;
import static io.penstock.stream.Messages.announcing;
import static io.penstock.stream.Messages.joined;
import static io.penstock.stream.Messages.records;
import static io.penstock.stream.Rig.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.dial.Authority;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsTest {

  private static final char[] NO_PASSWORD = {};

  @TempDir private Path folder;

  private Authority authority;
  private TlsConfig keys;
  private @Nullable Rig rig;

  @BeforeEach
  void issue() throws Exception {
    authority = new Authority("the network's authority");
    keys = config(Optional.empty());
    authority.issue("collector").write(keys.certificate(), keys.key());
  }

  @AfterEach
  void stop() {
    if (rig != null) {
      rig.close();
    }
  }

  private TlsConfig config(Optional<Path> clientAuthority) {
    return new TlsConfig(
        folder.resolve("collector.pem"),
        folder.resolve("collector.key"),
        clientAuthority,
        Duration.ofMillis(50));
  }

  private Rig start(TlsConfig config) {
    var started = new Rig(Rig.tls(config));
    rig = started;
    return started;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Tag("rfc7011-11.1-tls-over-tcp")
  void messagesComeThroughTls(String version) throws Exception {
    var server = start(keys);

    try (var exporter = connect(server, null, version)) {
      exporter.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
      exporter.getOutputStream().write(records(PORTS, 2));
    }

    server.untilEvents(2);
    server.untilEnded("closed");
    assertThat(server.octets()).containsExactly(1L, 2L);
  }

  @Test
  @Tag("rfc7011-11.1-no-tls-before-1.2")
  void oldVersionsOfTlsAreRefused() {
    var server = start(keys);

    assertThatThrownBy(() -> connect(server, null, "TLSv1.1")).isInstanceOf(SSLException.class);
    server.untilEnded("handshake_failed");
  }

  @Test
  @Tag("rfc7011-11.3-exporter-authenticated")
  void anExporterWithACertificateOfTheAuthorityIsLetIn() throws Exception {
    var server = start(mutual());

    try (var exporter = connect(server, authority.issue("exporter"), "TLSv1.3")) {
      exporter.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
    }

    server.untilEvents(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Tag("rfc7011-11.3-exporter-authenticated")
  void anExporterWithoutACertificateOrWithAForeignOneIsNot(String version) throws Exception {
    var server = start(mutual());
    var stranger = new Authority("another authority").issue("exporter");

    sendInVain(server, null, version);
    sendInVain(server, stranger, version);

    until(() -> server.ended("handshake_failed") == 2);
    assertThat(server.metric("telemetry_stream_messages")).isZero();
    assertThat(server.events).isEmpty();
  }

  @Test
  @Tag("rfc7011-11.3-no-null-ciphers")
  void noCipherLeavesOutAuthenticationOrEncryption() {
    var engine = new TlsKeys(keys).context().createSSLEngine();

    assertThat(engine.getEnabledCipherSuites())
        .isNotEmpty()
        .noneMatch(suite -> suite.contains("NULL") || suite.contains("anon"));
  }

  @Test
  @Tag("rfc7011-11.6-failed-authentication-logged")
  void anExporterThatIsNotLetInIsLogged() throws Exception {
    var server = start(mutual());

    try (var log = new Lines(StreamReceiver.class)) {
      sendInVain(server, null, "TLSv1.3");

      until(() -> log.told().contains("WARN connection closed HANDSHAKE_FAILED"));
    }
  }

  @Test
  void plainMessagesOnTheTlsPortAreRefused() throws Exception {
    var server = start(keys);

    server.send(announcing(PORTS), records(PORTS, 1));

    server.untilEnded("handshake_failed");
    assertThat(server.metric("telemetry_stream_messages")).isZero();
  }

  @Test
  void aHandshakeThatIsNeverEndedCostsItsConnection() throws Exception {
    var server =
        new Rig(
            Rig.tls(keys)
                .withTimeouts(
                    Duration.ofMillis(200), Duration.ofMinutes(1), Duration.ofMinutes(1)));
    rig = server;

    try (var slow = server.connect()) {
      slow.getOutputStream().write(new byte[] {0x16, 3, 1});
      assertThat(slow.getInputStream().read()).isEqualTo(-1);
    }

    server.untilEnded("handshake_timeout");
  }

  @Test
  void changedKeysAreUsedFromThenOnAndDropNoConnection() throws Exception {
    var server = start(keys);
    try (var before = connect(server, null, "TLSv1.3")) {
      before.getOutputStream().write(announcing(PORTS));
      until(() -> server.metric("telemetry_stream_messages") == 1);

      Files.writeString(keys.key(), "half-wri");
      until(() -> server.metric("telemetry_stream_certificate_reloads", "failed") >= 1);
      try (var meanwhile = connect(server, null, "TLSv1.3")) {
        assertThat(subject(meanwhile)).isEqualTo("CN=collector");
      }
      authority.issue("renewed collector").write(keys.certificate(), keys.key());
      until(() -> server.metric("telemetry_stream_certificate_reloads", "ok") >= 1);

      try (var after = connect(server, null, "TLSv1.3")) {
        assertThat(subject(after)).isEqualTo("CN=renewed collector");
      }
      before.getOutputStream().write(records(PORTS, 1));
      server.untilEvents(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void keysInOpensslsOwnFormAreRead(String algorithm) throws Exception {
    var issued = authority.issue("collector", Authority.keyPair(algorithm));
    issued.write(keys.certificate(), keys.key());
    byte[] pkcs8 = issued.keys().getPrivate().getEncoded();
    Files.writeString(keys.key(), Authority.pem(algorithm + " PRIVATE KEY", insideOf(pkcs8)));
    var server = start(keys);

    try (var exporter = connect(server, null, "TLSv1.3")) {
      exporter.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
    }

    server.untilEvents(1);
  }

  @Test
  void whatIsWrongWithTheFilesIsOneLine() throws Exception {
    assertThat(TlsKeys.problem(keys)).isEmpty();

    Files.writeString(keys.key(), Authority.pem("ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3}));
    assertThat(TlsKeys.problem(keys).orElseThrow())
        .isEqualTo(keys.key() + ": the private key is encrypted: give it without a passphrase");
    authority.issue("another").write(folder.resolve("other.pem"), keys.key());
    assertThat(TlsKeys.problem(keys).orElseThrow())
        .endsWith("the private key does not belong to the certificate");
    Files.writeString(keys.key(), "nothing");
    assertThat(TlsKeys.problem(keys).orElseThrow())
        .endsWith("there is no private key in PEM form in it");
    Files.writeString(keys.certificate(), "");
    assertThat(TlsKeys.problem(keys).orElseThrow()).endsWith("there is no certificate in it");
    Files.delete(keys.certificate());
    assertThat(TlsKeys.problem(keys).orElseThrow())
        .isEqualTo("there is no file " + keys.certificate());
  }

  private TlsConfig mutual() throws IOException {
    var file = folder.resolve("authority.pem");
    authority.write(file);
    return config(Optional.of(file));
  }

  /** Sends as an exporter would that learns too late that it is not welcome. */
  private void sendInVain(Rig server, Authority.@Nullable Issued client, String version)
      throws GeneralSecurityException {
    try (var exporter = connect(server, client, version)) {
      exporter.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
      assertThat(exporter.getInputStream().read()).isEqualTo(-1);
    } catch (IOException _) {
      // Refused in the handshake, or with the first read behind it.
    }
  }

  private static String subject(SSLSocket socket) throws SSLException {
    var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return certificate.getSubjectX500Principal().getName();
  }

  private SSLSocket connect(Rig server, Authority.@Nullable Issued client, String version)
      throws IOException, GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    context.init(
        client == null ? null : identity(client).getKeyManagers(),
        trust().getTrustManagers(),
        null);
    var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.port());
    try {
      socket.setEnabledProtocols(new String[] {version});
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private TrustManagerFactory trust() throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", parsed(authority.certificate()));
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }

  private static KeyManagerFactory identity(Authority.Issued client)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    var chain = new X509Certificate[] {parsed(client.certificate())};
    store.setKeyEntry("exporter", client.keys().getPrivate(), NO_PASSWORD, chain);
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory;
  }

  private static X509Certificate parsed(byte[] der) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  /** The key inside PKCS #8: the last octet string, which is what OpenSSL's older forms hold. */
  private static byte[] insideOf(byte[] pkcs8) {
    int start = Arrays.equals(Arrays.copyOfRange(pkcs8, 1, 2), new byte[] {(byte) 0x82}) ? 4 : 2;
    start = (pkcs8[1] & 0xff) == 0x81 ? 3 : start;
    int algorithm = start + 3;
    int key = algorithm + 2 + pkcs8[algorithm + 1];
    int lengthOctets = pkcs8[key + 1] >= 0 ? 1 : 1 + (pkcs8[key + 1] & 0x7f);
    return Arrays.copyOfRange(pkcs8, key + 1 + lengthOctets, pkcs8.length);
  }
}
