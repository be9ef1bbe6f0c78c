package io.penstock.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.certificate.Authorities.Kind;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The clients that people use accept what we issue, as strictly as they can be made to look. */
class TrustTest {

  private static final String HOST = "cdn.cribl.io";

  private static final String NODE =
      """
      require('https').get({host: '127.0.0.1', port: process.argv[1], servername: process.argv[2]},
        answer => answer.pipe(process.stdout)).on('error', e => { console.log(e.code); process.exit(1); })
      """;

  private static final String PYTHON =
      """
      import socket, ssl, sys
      context = ssl.create_default_context(cafile=sys.argv[3])
      context.verify_flags |= ssl.VERIFY_X509_STRICT
      with socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=10) as plain:
          with context.wrap_socket(plain, server_hostname=sys.argv[2]) as secure:
              secure.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n')
              print(secure.recv(1000).decode())
      """;

  @TempDir private Path data;

  /** An authority, a leaf of it, a server that shows it, and files for its clients. */
  private record Scene(Authority authority, Leaf leaf, TlsServer server, Path root)
      implements AutoCloseable {

    String port() {
      return String.valueOf(server.port());
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private Scene scene(Kind kind, String host) throws Exception {
    var authority = Authorities.of(kind, data);
    try (var leaves =
        new Leaves(authority, LeafConfig.STANDARD, Authorities.CLOCK, new PrometheusRegistry())) {
      var leaf = leaves.leaf(host).get();
      var root = Files.writeString(data.resolve("root.pem"), Trust.in(authority).pem());
      return new Scene(authority, leaf, new TlsServer(leaf), root);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OWN", "CONSTRAINED", "GIVEN"})
  void opensslVerifiesStrictly(Kind kind) throws Exception {
    Programs.need("openssl");
    try (var scene = scene(kind, HOST)) {
      var leaf =
          Files.writeString(data.resolve("leaf.pem"), PemText.of(scene.leaf.chain().getFirst()));
      var others = new StringBuilder();
      scene.leaf.chain().forEach(each -> others.append(PemText.of(each)));
      var chain = Files.writeString(data.resolve("others.pem"), others);

      var ran =
          Programs.run(
              Map.of(),
              List.of(
                  "openssl",
                  "verify",
                  "-x509_strict",
                  "-purpose",
                  "sslserver",
                  "-verify_hostname",
                  HOST,
                  "-CAfile",
                  scene.root.toString(),
                  "-untrusted",
                  chain.toString(),
                  leaf.toString()));

      assertThat(ran.said()).contains("leaf.pem: OK").doesNotContain("error");
      assertThat(ran.code()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OWN", "CONSTRAINED", "GIVEN"})
  void curlTrustsIt(Kind kind) throws Exception {
    Programs.need("curl");
    try (var scene = scene(kind, HOST)) {
      var url = "https://" + HOST + ":" + scene.port() + "/";
      var there = HOST + ":" + scene.port() + ":127.0.0.1";
      var command = List.of("curl", "-sS", "--resolve", there, url);

      var with = Programs.run(Map.of("CURL_CA_BUNDLE", scene.root.toString()), command);
      var without = Programs.run(Map.of(), command);

      assertThat(with.said()).isEqualTo("hello");
      assertThat(without.code()).isEqualTo(60);
    }
  }

  @Test
  void curlTrustsAnAddress() throws Exception {
    Programs.need("curl");
    try (var scene = scene(Kind.CONSTRAINED, "127.0.0.1")) {
      var url = "https://127.0.0.1:" + scene.port() + "/";

      var ran =
          Programs.run(Map.of(), List.of("curl", "-sS", "--cacert", scene.root.toString(), url));

      assertThat(ran.said()).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OWN", "CONSTRAINED", "GIVEN"})
  void nodeTrustsIt(Kind kind) throws Exception {
    Programs.need("node");
    try (var scene = scene(kind, HOST)) {
      var command = List.of("node", "-e", NODE, scene.port(), HOST);

      var with = Programs.run(Map.of("NODE_EXTRA_CA_CERTS", scene.root.toString()), command);
      var without = Programs.run(Map.of(), command);

      assertThat(with.said()).isEqualTo("hello");
      assertThat(without.code()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OWN", "CONSTRAINED", "GIVEN"})
  void pythonTrustsItStrictly(Kind kind) throws Exception {
    Programs.need("python3");
    try (var scene = scene(kind, HOST)) {
      var ran =
          Programs.run(
              Map.of(),
              List.of("python3", "-c", PYTHON, scene.port(), HOST, scene.root.toString()));

      assertThat(ran.said()).contains("200 OK").contains("hello");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OWN", "CONSTRAINED", "GIVEN"})
  void javaTrustsIt(Kind kind) throws Exception {
    try (var scene = scene(kind, HOST)) {
      var trusted = store(Trust.in(scene.authority).store());

      assertThat(asked(trusted, scene.server.port(), HOST)).contains("hello");
      assertThatThrownBy(() -> asked(trusted, scene.server.port(), "cribl.io"))
          .isInstanceOf(SSLException.class);
      assertThatThrownBy(() -> asked(null, scene.server.port(), HOST))
          .isInstanceOf(SSLException.class);
    }
  }

  private static KeyStore store(byte[] octets) throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(new ByteArrayInputStream(octets), Trust.PASSWORD.toCharArray());
    return store;
  }

  private static String asked(@Nullable KeyStore trusted, int port, String host)
      throws GeneralSecurityException, IOException {
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    try (var plain = new Socket(InetAddress.getLoopbackAddress(), port);
        var secure = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
      var parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return new String(secure.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void aTrustStoreHasJavasRootsAndOurs() throws Exception {
    var authority = Authorities.of(Kind.OWN, data);

    var store = store(Trust.in(authority).store());

    assertThat(store.size()).isGreaterThan(50);
    assertThat(store.getCertificateAlias(authority.root())).startsWith("penstock-");
  }

  @Test
  void aBundleHasTheSystemsRootsAndOurs() throws Exception {
    var authority = Authorities.of(Kind.OWN, data);
    var system = Files.writeString(data.resolve("system.pem"), "# the system's\n");

    assertThat(Trust.in(authority).bundle(Map.of("SSL_CERT_FILE", system.toString())))
        .isEqualTo("# the system's\n" + authority.pem());
    assertThat(Trust.in(authority).bundle(Map.of()).split("BEGIN CERTIFICATE"))
        .hasSizeGreaterThan(50);
  }

  @Test
  void aBundleWithoutTheFileThatIsNamedIsNotMade() {
    var authority = Authorities.of(Kind.OWN, data);

    assertThatThrownBy(() -> Trust.in(authority).bundle(Map.of("SSL_CERT_FILE", "/no/such/file")))
        .isInstanceOf(IOException.class);
  }
}
