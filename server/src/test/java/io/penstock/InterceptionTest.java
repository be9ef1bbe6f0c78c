package io.penstock;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * A whole server with a proxy, and programs that phone home through it; among it the weaknesses of
 * security that its forerunner had.
 */
@Timeout(120)
class InterceptionTest {

  private static final Pattern PROXY = Pattern.compile(", proxy (\\d+)");
  private static final Pattern KEY_IN_PEM =
      Pattern.compile("-----BEGIN [A-Z ]*PRIVATE[ ]KEY-----\\s+[A-Za-z0-9+/=]{40}");

  private static final String TELEMETRY = "https://cdn.cribl.io/telemetry/index.html";
  private static final String ANSWER = "cribl /// living the stream!\n";

  @TempDir private Path data;

  @Test
  void whatIsMockedIsAnsweredJournaledExplainedAndNothingLeaves() throws Exception {
    try (var server = start(Map.of("INTERCEPT_SEALED", "true"))) {
      var answer =
          client(server, HttpClient.Version.HTTP_2)
              .send(get(TELEMETRY + "?v=4.16.1&guid=b117a3cd&unheard=1"), BodyHandlers.ofString());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(ANSWER);
      assertThat(answer.headers().firstValue("content-type")).contains("text/html; charset=utf-8");

      var journaled = journaled(server, "product = cribl");
      assertThat(journaled)
          .contains("\"verdict\":\"MOCK\"", "\"host\":\"cdn.cribl.io\"", "\"status\":200")
          .contains("[\"guid\",\"b117a3cd\"]", "\"identifier\":\"installation\"")
          .contains("\"unknown\":[\"query unheard\"]");
      var evidence = text(server, "/v1/interception/evidence");
      assertThat(evidence)
          .contains("\"intercepted\":1", "\"left\":0", "\"look_ups\":0", "\"connects\":0")
          .contains("ASVS");
      assertThat(text(server, "/v1/interception/inventory"))
          .contains("\"field\":\"query unheard\"", "\"known\":false");
    }
  }

  @Test
  void whatWasSentHomeIsVerified() throws Exception {
    try (var server = start(Map.of("INTERCEPT_SEALED", "true"))) {
      client(server, HttpClient.Version.HTTP_1_1)
          .send(get(TELEMETRY + "?v=4.16.1&unheard=1"), BodyHandlers.ofString());
      journaled(server, "product = cribl");
      client(server, HttpClient.Version.HTTP_1_1)
          .send(get("https://cdn.cribl.io/dl/latest-x64"), BodyHandlers.discarding());
      journaled(server, "path = /dl/latest-x64");
      var junit = data.resolve("verify.xml");

      assertThat(
              verify(server, "--profile", "cribl", "--expect", "nothing-left", "--deny-host", "*"))
          .isZero();
      assertThat(
              verify(
                  server,
                  "--profile",
                  "cribl",
                  "--expect",
                  "no-new-fields",
                  "--junit",
                  junit.toString()))
          .isEqualTo(1);
      assertThat(Files.readString(junit))
          .contains("failures=\"1\"", "new field cribl: query unheard");
      assertThat(verify(server, "--deny-host", "*")).isZero();
      assertThat(verify(server, "--profile", "grafana")).isEqualTo(1);
      assertThat(verify(server, "--expect", "miracles")).isEqualTo(2);
    }
  }

  @Test
  void whatWasLetThroughToADeniedHostFailsTheVerification() throws Exception {
    var origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    origin.createContext("/", HttpExchange::close);
    origin.start();
    try (var server =
        start(Map.of("INTERCEPT_ALLOW", "127.0.0.0/8", "INTERCEPT_RULES", "observe=localhost"))) {
      var address = "http://localhost:%d/home".formatted(origin.getAddress().getPort());
      talk(
          server,
          "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(address));
      journaled(server, "host = localhost");

      assertThat(verify(server, "--deny-host", "*")).isEqualTo(1);
      assertThat(verify(server, "--deny-host", "localhost")).isEqualTo(1);
      assertThat(verify(server, "--deny-host", "*.example")).isZero();
      assertThat(verify(server, "--expect", "nothing-left")).isEqualTo(1);
    } finally {
      origin.stop(0);
    }
  }

  @Test
  void anEncryptedJournalIsReadableByTheServerAlone() throws Exception {
    var told = "told-" + System.nanoTime();
    var key = Base64.getEncoder().encodeToString(SecureRandom.getSeed(32));
    var sealed = Map.of("JOURNAL_ENCRYPTED", "true", "PENSTOCK_SECRET_KEY", key);
    try (var server = start(sealed)) {
      client(server, HttpClient.Version.HTTP_1_1)
          .send(get(TELEMETRY + "?v=4.16.1&note=" + told), BodyHandlers.discarding());

      assertThat(journaled(server, "product = cribl")).contains(told);
    }
    try (var files = Files.walk(data)) {
      assertThat(files.filter(Files::isRegularFile))
          .isNotEmpty()
          .noneMatch(file -> contains(file, told.getBytes(UTF_8)));
    }
  }

  private static int verify(ServerProcess server, String... arguments) {
    var command = new VerifyCommand(Map.of("PENSTOCK_API_KEY", ServerProcess.KEY));
    var all = new ArrayList<>(List.of("--server", "http://127.0.0.1:" + server.httpPort()));
    all.addAll(List.of(arguments));
    var line = new CommandLine(command);
    line.setOut(new PrintWriter(new StringWriter()));
    line.setErr(new PrintWriter(new StringWriter()));
    return line.execute(all.toArray(String[]::new));
  }

  @Test
  void noPrivateKeyIsAmongTheFilesOfTheProject() throws IOException {
    try (var files = Files.walk(Path.of(".."))) {
      var withKeys =
          files
              .filter(Files::isRegularFile)
              .filter(file -> !file.toString().contains("/target/"))
              .filter(file -> !file.toString().contains("/.git/"))
              .filter(file -> !file.toString().contains("/node_modules/"))
              .filter(file -> file.toFile().length() < 1 << 20)
              .filter(InterceptionTest::hasKey)
              .toList();

      assertThat(withKeys).isEmpty();
    }
  }

  private static boolean hasKey(Path file) {
    try {
      return KEY_IN_PEM.matcher(new String(Files.readAllBytes(file), ISO_8859_1)).find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theKeyOfTheAuthorityIsReadableByItsOwnerAloneAndNeverExported() throws Exception {
    try (var server = start(Map.of())) {
      var folder = data.resolve("ca");

      assertThat(permissions(folder)).isEqualTo("rwx------");
      try (var files = Files.list(folder)) {
        assertThat(files.filter(InterceptionTest::hasKey).map(InterceptionTest::permissions))
            .isNotEmpty()
            .allMatch("rw-------"::equals);
      }
      assertThat(text(server, "/ca.pem")).contains("BEGIN CERTIFICATE").doesNotContain("PRIVATE");
      assertThat(Files.readString(data.resolve("intercept.json"))).doesNotContain("PRIVATE");
    }
  }

  private static String permissions(Path file) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theProxyIsNotOpenToEverybody() throws Exception {
    try (var server = start(Map.of("PROXY_AUTH", "true"))) {
      assertThat(
              talk(server, "CONNECT cdn.cribl.io:443 HTTP/1.1\r\nHost: cdn.cribl.io:443\r\n\r\n"))
          .startsWith("HTTP/1.1 407 ");
      assertThat(text(server, "/v1/interception")).contains("\"look_ups\":0", "\"connects\":0");
    }
    try (var server = start(Map.of())) {
      assertThat(server.output().getLast()).contains("proxy ");
      for (var address : otherAddresses()) {
        assertThat(isReachable(address, proxyPort(server))).isFalse();
      }
    }
  }

  private static List<InetAddress> otherAddresses() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
        .toList();
  }

  private static boolean isReachable(InetAddress address, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1_000);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  @Test
  void aHostThatOnlyLooksAlikeIsAnotherHost() throws Exception {
    try (var server = start(Map.of("INTERCEPT_SEALED", "true"))) {
      for (var host : new String[] {"cdn.cribl.io.evil.example", "xcdn.cribl.io", "cribl.io"}) {
        var answer =
            talk(server, "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n".formatted(host, host));

        assertThat(answer).as(host).startsWith("HTTP/1.1 403 ");
      }
      assertThat(journaled(server, "host = cdn.cribl.io.evil.example"))
          .contains("\"verdict\":\"TUNNEL\"", "\"failure\":\"SEALED\"");
    }
  }

  @Test
  void thePathBesideTheTelemetryIsNotAnswered() throws Exception {
    try (var server = start(Map.of("INTERCEPT_SEALED", "true"))) {
      var answer =
          client(server, HttpClient.Version.HTTP_1_1)
              .send(get("https://cdn.cribl.io/dl/latest-x64"), BodyHandlers.ofString());

      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).doesNotContain("living the stream");
      assertThat(journaled(server, "path = /dl/latest-x64"))
          .contains("\"verdict\":\"OBSERVE\"", "\"failure\":\"SEALED\"");
    }
  }

  @Test
  void otherHostsAreNotDecrypted() throws Exception {
    try (var trap = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var server = start(Map.of("INTERCEPT_ALLOW", "127.0.0.0/8"));
        var socket = new Socket(InetAddress.getLoopbackAddress(), proxyPort(server))) {
      var hello = clientHello("localhost");
      var target = "localhost:" + trap.getLocalPort();
      var connect = "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(target, target);
      trap.setSoTimeout(20_000);
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(connect.getBytes(ISO_8859_1));
      try (var reached = trap.accept()) {
        assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
        socket.getOutputStream().write(hello);

        assertThat(reached.getInputStream().readNBytes(hello.length)).isEqualTo(hello);
      }
    }
  }

  private static byte[] clientHello(String host) throws Exception {
    var engine = SSLContext.getDefault().createSSLEngine(host, 443);
    engine.setUseClientMode(true);
    engine.beginHandshake();
    var bytes = ByteBuffer.allocate(32 << 10);
    engine.wrap(ByteBuffer.allocate(0), bytes);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  @Test
  void whatIsKeptHasNoCredentials() throws Exception {
    var secret = "s3cr3t-" + System.nanoTime();
    try (var server = start(Map.of("INTERCEPT_SEALED", "true", "INTERCEPT_RULES", "mock=a.test"))) {
      var request =
          HttpRequest.newBuilder(URI.create("https://a.test/x?api_key=" + secret))
              .header("Authorization", "Bearer " + secret)
              .header("Cookie", "session=" + secret)
              .POST(BodyPublishers.ofString("{\"password\":\"" + secret + "\",\"n\":1}"))
              .build();
      client(server, HttpClient.Version.HTTP_1_1).send(request, BodyHandlers.discarding());

      assertThat(journaled(server, "host = a.test"))
          .contains("redacted:", "\\\"n\\\":1")
          .doesNotContain(secret);
    }
    try (var files = Files.walk(data)) {
      assertThat(files.filter(Files::isRegularFile))
          .noneMatch(file -> contains(file, secret.getBytes(UTF_8)));
    }
    assertThat(permissions(data.resolve("redaction.key"))).isEqualTo("rw-------");
  }

  private static boolean contains(Path file, byte[] bytes) {
    try {
      return new String(Files.readAllBytes(file), ISO_8859_1)
          .contains(new String(bytes, ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itNeedsNoPrivileges() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is not installed");
    try (var server = start(Map.of(ServerProcess.WITHOUT_PRIVILEGES, "true"))) {
      var answer =
          client(server, HttpClient.Version.HTTP_1_1).send(get(TELEMETRY), BodyHandlers.ofString());

      assertThat(answer.body()).isEqualTo(ANSWER);
    }
  }

  @Test
  void thisServerIsNotReachedThroughItsOwnProxy() throws Exception {
    try (var server = start(Map.of("INTERCEPT_ALLOW", "0.0.0.0/0"))) {
      for (int port : new int[] {server.httpPort(), proxyPort(server)}) {
        var target = "127.0.0.1:" + port;
        var answer =
            talk(
                server,
                "GET http://%s/v1/health HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                    .formatted(target, target));

        assertThat(answer).as(target).startsWith("HTTP/1.1 ").doesNotStartWith("HTTP/1.1 200");
      }
    }
  }

  @Test
  void metadataAndPrivateAddressesAreNotReached() throws Exception {
    try (var server = start(Map.of())) {
      for (var host : new String[] {"169.254.169.254", "10.0.0.1", "127.0.0.1", "192.168.1.1"}) {
        var answer =
            talk(
                server,
                "GET http://%s/latest/meta-data HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                    .formatted(host, host));

        assertThat(answer).as(host).startsWith("HTTP/1.1 ").doesNotStartWith("HTTP/1.1 200");
      }
      assertThat(text(server, "/v1/interception")).contains("\"connects\":0");
    }
  }

  private ServerProcess start(Map<String, String> more) {
    var environment = new HashMap<>(Map.of("PROXY_PORT", "0", "INTERCEPT_PROFILES", "cribl=mock"));
    environment.putAll(more);
    return ServerProcess.start(data, environment);
  }

  private static int proxyPort(ServerProcess server) {
    var ports = PROXY.matcher(server.output().getLast());
    assertThat(ports.find()).as(server.output().getLast()).isTrue();
    return Integer.parseInt(ports.group(1));
  }

  private static HttpRequest get(String address) {
    return HttpRequest.newBuilder(URI.create(address)).timeout(Duration.ofSeconds(20)).build();
  }

  private HttpClient client(ServerProcess server, HttpClient.Version version) throws Exception {
    var roots = KeyStore.getInstance(KeyStore.getDefaultType());
    roots.load(null, null);
    try (var pem = Files.newInputStream(data.resolve("ca/ca.pem"))) {
      var root = CertificateFactory.getInstance("X.509").generateCertificate(pem);
      roots.setCertificateEntry("root", root);
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    var tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder()
        .version(version)
        .proxy(
            ProxySelector.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), proxyPort(server))))
        .sslContext(tls)
        .build();
  }

  /** What a proxy answers to octets, up to the end of its head. */
  private static String talk(ServerProcess server, String octets) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), proxyPort(server))) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(octets.getBytes(ISO_8859_1));
      return head(socket.getInputStream());
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        break;
      }
      head.append((char) octet);
    }
    return head.toString();
  }

  private static String text(ServerProcess server, String path) {
    try {
      return server.get(path).body();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The exchanges that a filter finds, as soon as there are any. */
  private static String journaled(ServerProcess server, String filter) {
    var path = "/v1/exchanges?filter=" + ServerProcess.encoded(filter);
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> !text(server, path).contains("\"count\":0"));
    return text(server, path);
  }
}
