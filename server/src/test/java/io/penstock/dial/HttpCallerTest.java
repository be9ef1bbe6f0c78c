package io.penstock.dial;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.config.Secret;
import io.penstock.dial.HttpCaller.AnswerTooLongException;
import io.penstock.dial.UnansweredException.Stage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpCallerTest {

  private static final Resolver LOOPBACK =
      _ -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
  private static final HttpLimits LIMITS =
      HttpLimits.DEFAULT.withTimes(
          Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(30));

  private final Dialer dialer =
      new Dialer(DialPolicy.DEFAULT, LOOPBACK, _ -> false, "penstock/1.2.3");

  @AfterEach
  void hangUp() {
    dialer.close();
  }

  private HttpCaller caller(HttpLimits limits) throws GeneralSecurityException {
    return caller(limits, Tls.DEFAULT);
  }

  private HttpCaller caller(HttpLimits limits, Tls tls) throws GeneralSecurityException {
    return dialer.http(TlsContext.of(tls), limits);
  }

  private static Body body(String text) {
    return Body.of(text.getBytes(UTF_8));
  }

  @Test
  void aCallIsOneRequestAndItsAnswer() throws Exception {
    try (var peer = Peer.answering(_ -> Peer.reply("429 Busy", "slow down", "Retry-After: 7"));
        var caller = caller(LIMITS)) {
      var call = Call.post(peer.uri("/a?b=c"), "application/x-ndjson", body("{}\n"));

      var reply = caller.call(call.with("Authorization", "ApiKey secret"));

      assertThat(reply.status()).isEqualTo(429);
      assertThat(reply.text()).isEqualTo("slow down");
      assertThat(reply.retryAfter()).isEqualTo(Duration.ofSeconds(7));
      assertThat(reply.isCut()).isFalse();
      var asked = peer.asked.take();
      assertThat(asked.body()).asString(UTF_8).isEqualTo("{}\n");
      assertThat(asked.head())
          .startsWith("POST /a?b=c HTTP/1.1\r\n")
          .contains("User-Agent: penstock/1.2.3\r\n")
          .contains("Content-Type: application/x-ndjson\r\n")
          .contains("Content-Length: 3\r\n")
          .contains("Host: localhost:" + peer.port() + "\r\n")
          .contains("Authorization: ApiKey secret\r\n")
          .doesNotContain("Accept-Encoding", "Expect", "Transfer-Encoding", "Upgrade");
      assertThat(peer.asked).isEmpty();
      assertThat(call.toString()).doesNotContain("secret");
    }
  }

  @Test
  void aCompressedBodySaysSoAndHasItsLength() throws Exception {
    var text = "event ".repeat(100_000);
    try (var peer = Peer.answering(_ -> Peer.reply("200 OK", ""));
        var caller = caller(LIMITS)) {
      caller.call(Call.post(peer.uri("/"), "text/plain", body(text)).compressed(true));

      var asked = peer.asked.take();
      assertThat(asked.head()).contains("Content-Encoding: gzip\r\n", "Content-Length: ");
      assertThat(asked.body().length).isLessThan(10_000);
      try (var in = new GZIPInputStream(new ByteArrayInputStream(asked.body()))) {
        assertThat(in.readAllBytes()).asString(UTF_8).isEqualTo(text);
      }
    }
  }

  @Test
  void connectionsAreKeptButNotForLong() throws Exception {
    var limits =
        new HttpLimits(
            LIMITS.connect(),
            LIMITS.answer(),
            LIMITS.total(),
            Duration.ofMillis(300),
            4,
            1000,
            false);
    try (var peer = Peer.answering(_ -> Peer.reply("200 OK", "{}"));
        var caller = caller(limits)) {
      for (int i = 0; i < 5; i++) {
        caller.call(Call.get(peer.uri("/")));
      }
      assertThat(peer.connections()).isEqualTo(1);

      Awaitility.await().until(() -> peer.open() == 0);
      caller.call(Call.get(peer.uri("/")));
      assertThat(peer.connections()).isEqualTo(2);
    }
  }

  @Test
  void aConnectionThatTheOtherSideHasClosedIsNotUsed() throws Exception {
    try (var peer =
            Peer.doing(
                connection -> {
                  Peer.read(connection.getInputStream());
                  write(connection, Peer.reply("200 OK", "{}"));
                });
        var caller = caller(LIMITS)) {
      assertThat(caller.call(Call.get(peer.uri("/"))).status()).isEqualTo(200);
      Awaitility.await().until(() -> peer.open() == 0);
      Awaitility.await()
          .pollDelay(Duration.ofMillis(250))
          .untilAsserted(
              () -> assertThat(caller.call(Call.get(peer.uri("/"))).status()).isEqualTo(200));
    }
  }

  @Test
  void onlySoManyConnectionsAreOpenAtATime() throws Exception {
    var release = new CountDownLatch(1);
    try (var peer =
            Peer.answering(
                _ -> {
                  awaitQuietly(release);
                  return Peer.reply("200 OK", "");
                });
        var caller = caller(LIMITS.withConnections(2))) {
      var calls =
          List.of(1, 2, 3, 4, 5).stream()
              .map(
                  _ ->
                      CompletableFuture.supplyAsync(
                          () -> status(caller, peer.uri("/")), Thread::startVirtualThread))
              .toList();
      Awaitility.await().until(() -> peer.asked.size() == 2);
      release.countDown();

      assertThat(calls).allSatisfy(call -> assertThat(call.get()).isEqualTo(200));
      assertThat(peer.connections()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectIsAnAnswerAndNothingElse(int status) throws Exception {
    try (var other = Peer.answering(_ -> Peer.reply("200 OK", "secrets"));
        var peer =
            Peer.answering(
                _ -> Peer.reply(status + " Over there", "", "Location: " + other.uri("/secret")));
        var caller = caller(LIMITS)) {
      assertThat(caller.call(Call.get(peer.uri("/"))).status()).isEqualTo(status);
      assertThat(peer.asked).hasSize(1);
      assertThat(other.connections()).isZero();
    }
  }

  @Test
  void aChallengeAndAnUnavailableServerAreAnswersToo() throws Exception {
    try (var peer =
            Peer.answering(
                asked ->
                    asked.head().contains(" /401")
                        ? Peer.reply("401 No", "", "WWW-Authenticate: Basic realm=\"x\"")
                        : Peer.reply("503 Down", "", "Retry-After: 0"));
        var caller = caller(LIMITS)) {
      assertThat(caller.call(Call.get(peer.uri("/401"))).status()).isEqualTo(401);
      assertThat(caller.call(Call.get(peer.uri("/503"))).status()).isEqualTo(503);
      assertThat(peer.asked).hasSize(2);
    }
  }

  @Test
  void anAnswerIsNotUnpacked() throws Exception {
    try (var peer =
            Peer.answering(_ -> Peer.reply("200 OK", "not gzip at all", "Content-Encoding: gzip"));
        var caller = caller(LIMITS)) {
      assertThat(caller.call(Call.get(peer.uri("/"))).text()).isEqualTo("not gzip at all");
    }
  }

  @Test
  void cookiesAreSentBackOnlyWhenAsked() throws Exception {
    try (var peer = Peer.answering(_ -> Peer.reply("200 OK", "", "Set-Cookie: node=3"));
        var without = caller(LIMITS);
        var with = caller(LIMITS.withCookies())) {
      for (var caller : List.of(without, with)) {
        caller.call(Call.get(peer.uri("/")));
        caller.call(Call.get(peer.uri("/")));
      }
      assertThat(peer.asked.stream().map(asked -> asked.head().contains("Cookie: node=3")))
          .containsExactly(false, false, false, true);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[FE80::1]/",
        "https://[fd00:ec2::254]/",
        "http://0.0.0.0/"
      })
  void aLiteralAddressIsGuardedLikeAName(String url) throws Exception {
    try (var caller = caller(LIMITS)) {
      assertThatThrownBy(() -> caller.call(Call.get(URI.create(url))))
          .isInstanceOf(ForbiddenAddressException.class)
          .hasMessageContaining("may not be connected to");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://2852039166/", "http://0xa9fea9fe/", "http://0251.254.169.254/"})
  void anAddressInAnUnusualFormIsUnknown(String url) throws Exception {
    try (var caller = caller(LIMITS)) {
      assertThatThrownBy(() -> caller.call(Call.get(URI.create(url))))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(ForbiddenAddressException.class);
    }
  }

  @Test
  void theServersOwnPortIsNotCalled() throws Exception {
    try (var peer = Peer.answering(_ -> Peer.reply("200 OK", ""));
        var own =
            new Dialer(
                DialPolicy.DEFAULT, LOOPBACK, port -> port == peer.port(), "penstock/1.2.3");
        var caller = own.http(TlsContext.of(Tls.DEFAULT), LIMITS)) {
      assertThatThrownBy(() -> caller.call(Call.get(peer.uri("/"))))
          .isInstanceOf(ForbiddenAddressException.class)
          .hasMessageContaining("this server's own");
      assertThat(peer.connections()).isZero();
    }
  }

  @Test
  void aLongAnswerIsCutAndItsConnectionGivenUp() throws Exception {
    try (var peer = Peer.doing(HttpCallerTest::talkWithoutEnd);
        var caller = caller(LIMITS.withAnswerBytes(10_000))) {
      var reply = caller.call(Call.get(peer.uri("/")));

      assertThat(reply.isCut()).isTrue();
      assertThat(reply.body()).hasSize(10_000);
      Awaitility.await().until(() -> peer.open() == 0);
      assertThatThrownBy(
              () -> caller.call(Call.get(peer.uri("/")), (_, _, in) -> in.readAllBytes().length))
          .isInstanceOf(AnswerTooLongException.class);
      Awaitility.await().until(() -> peer.open() == 0);
    }
  }

  @Test
  void anAnswerCanBeReadWhileItComes() throws Exception {
    try (var peer = Peer.answering(_ -> Peer.reply("201 Made", "abc"));
        var caller = caller(LIMITS)) {
      int first = caller.call(Call.get(peer.uri("/")), (status, _, in) -> status + in.read());

      assertThat(first).isEqualTo(201 + 'a');
    }
  }

  @Test
  void aServerThatNeverAnswersIsGivenUp() throws Exception {
    var limits =
        LIMITS.withTimes(Duration.ofSeconds(5), Duration.ofMillis(200), Duration.ofSeconds(30));
    try (var peer = Peer.doing(connection -> connection.getInputStream().readAllBytes());
        var caller = caller(limits)) {
      var call = Call.post(peer.uri("/"), "text/plain", body("x"));

      assertThatThrownBy(() -> caller.call(call))
          .isInstanceOfSatisfying(
              UnansweredException.class, e -> assertThat(e.stage()).isEqualTo(Stage.WAITING))
          .hasMessage("no answer after 200 ms");
      Awaitility.await().until(() -> peer.open() == 0);
    }
  }

  @Test
  void aServerThatAnswersAnOctetNowAndThenIsGivenUp() throws Exception {
    var limits =
        LIMITS.withTimes(Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofMillis(300));
    try (var peer = Peer.doing(HttpCallerTest::talkSlowly);
        var caller = caller(limits)) {
      assertThatThrownBy(() -> caller.call(Call.get(peer.uri("/"))))
          .isInstanceOf(UnansweredException.class)
          .hasMessage("not over after 300 ms");
    }
  }

  @Test
  void aServerThatNeverReadsIsGivenUp() throws Exception {
    var limits =
        LIMITS.withTimes(Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofMillis(400));
    var release = new CountDownLatch(1);
    try (var peer = Peer.doing(_ -> awaitQuietly(release));
        var caller = caller(limits)) {
      var call = Call.post(peer.uri("/"), "text/plain", Body.of(new byte[50 << 20]));

      assertThatThrownBy(() -> caller.call(call))
          .isInstanceOfSatisfying(
              UnansweredException.class, e -> assertThat(e.stage()).isEqualTo(Stage.SENDING))
          .hasMessage("not over after 400 ms");
    } finally {
      release.countDown();
    }
  }

  @Test
  void aServerThatShakesNoHandsIsGivenUp() throws Exception {
    var limits =
        LIMITS.withTimes(Duration.ofMillis(200), Duration.ofSeconds(20), Duration.ofSeconds(30));
    try (var peer = Peer.doing(connection -> connection.getInputStream().readAllBytes());
        var caller = caller(limits)) {
      var uri = URI.create("https://localhost:" + peer.port());

      assertThatThrownBy(() -> caller.call(Call.get(uri)))
          .isInstanceOfSatisfying(
              UnansweredException.class, e -> assertThat(e.stage()).isEqualTo(Stage.CONNECTING));
    }
  }

  @Test
  void nobodyThereIsToldAsSuch() throws Exception {
    int port;
    try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    try (var caller = caller(LIMITS)) {
      assertThatThrownBy(() -> caller.call(Call.get(URI.create("http://localhost:" + port))))
          .isInstanceOfSatisfying(
              UnansweredException.class, e -> assertThat(e.stage()).isEqualTo(Stage.CONNECTING))
          .hasMessageContaining("no connection: ");
    }
  }

  @Test
  void anEarlyAnswerIsSeenAlthoughTheConnectionIsResetMidUpload() throws Exception {
    try (var peer =
            Peer.doing(
                connection -> {
                  Peer.head(connection.getInputStream());
                  write(connection, Peer.reply("413 Too Large", "no", "Connection: close"));
                  reset(connection);
                });
        var caller = caller(LIMITS)) {
      for (int i = 0; i < 20; i++) {
        var call = Call.post(peer.uri("/"), "text/plain", Body.of(new byte[20 << 20]));

        var reply = caller.call(call);

        assertThat(reply.status()).isEqualTo(413);
      }
      assertThat(peer.connections()).isEqualTo(20);
    }
  }

  @Test
  void anEarlyAnswerEndsTheUploadAndItsConnectionIsNotUsedAgain() throws Exception {
    var release = new CountDownLatch(1);
    try (var peer =
            Peer.doing(
                connection -> {
                  Peer.head(connection.getInputStream());
                  write(connection, Peer.reply("413 Too Large", "no"));
                  connection.getInputStream().readNBytes(1 << 20);
                  awaitQuietly(release);
                });
        var caller = caller(LIMITS)) {
      var call = Call.post(peer.uri("/"), "text/plain", Body.of(new byte[20 << 20]));

      assertThat(caller.call(call).status()).isEqualTo(413);
      assertThat(caller.call(call).status()).isEqualTo(413);

      assertThat(peer.connections()).isEqualTo(2);
    } finally {
      release.countDown();
    }
  }

  @Test
  void aResetWithoutAnAnswerIsToldAsSuch() throws Exception {
    try (var peer =
            Peer.doing(
                connection -> {
                  Peer.head(connection.getInputStream());
                  reset(connection);
                });
        var caller = caller(LIMITS)) {
      var call = Call.post(peer.uri("/"), "text/plain", Body.of(new byte[20 << 20]));

      assertThatThrownBy(() -> caller.call(call))
          .isInstanceOfSatisfying(
              UnansweredException.class, e -> assertThat(e.stage()).isEqualTo(Stage.SENDING))
          .hasMessageContaining("reset during upload");
    }
  }

  @Test
  void anInterruptedCallEnds() throws Exception {
    try (var peer = Peer.doing(connection -> connection.getInputStream().readAllBytes());
        var caller = caller(LIMITS)) {
      var ended = new CompletableFuture<Throwable>();
      var thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      caller.call(Call.get(peer.uri("/")));
                    } catch (IOException | InterruptedException e) {
                      ended.complete(e);
                    }
                  });
      Awaitility.await().until(() -> peer.open() == 1);

      thread.interrupt();

      assertThat(ended.get()).isInstanceOf(InterruptedException.class);
    }
  }

  @Test
  void aServerProvesItsNameAndAClientShowsItsCertificate() throws Exception {
    var authority = new Authority("our authority");
    var own = authority.issue("penstock");
    var tls =
        new Tls(true, authority.certificatePem(), own.certificatePem(), new Secret(own.keyPem()));
    try (var peer =
            Peer.secured(
                context(authority, authority.issue("localhost")),
                true,
                _ -> Peer.reply("200 OK", "hello"));
        var caller = caller(LIMITS, tls);
        var stranger = caller(LIMITS, new Tls(true, authority.certificatePem(), null, null))) {
      assertThat(caller.call(Call.get(peer.uri("/"))).text()).isEqualTo("hello");
      assertThatThrownBy(() -> stranger.call(Call.get(peer.uri("/"))))
          .isInstanceOf(UnansweredException.class);
    }
  }

  @Test
  void aWrongNameOrAnUnknownAuthorityIsRefusedUnlessNothingIsChecked() throws Exception {
    var authority = new Authority("our authority");
    var trusting = new Tls(true, authority.certificatePem(), null, null);
    var careless = new Tls(false, null, null, null);
    try (var peer =
            Peer.secured(
                context(authority, authority.issue("someone.else")),
                false,
                _ -> Peer.reply("200 OK", "hello"));
        var strict = caller(LIMITS, trusting);
        var usual = caller(LIMITS);
        var lax = caller(LIMITS, careless)) {
      assertThatThrownBy(() -> strict.call(Call.get(peer.uri("/"))))
          .isInstanceOfSatisfying(
              UnansweredException.class, e -> assertThat(e.stage()).isEqualTo(Stage.CONNECTING))
          .hasMessageContaining("localhost");
      assertThatThrownBy(() -> usual.call(Call.get(peer.uri("/"))))
          .isInstanceOf(UnansweredException.class);
      assertThat(lax.call(Call.get(peer.uri("/"))).text()).isEqualTo("hello");
    }
  }

  @Test
  void streamsAreSecuredToo() throws Exception {
    var authority = new Authority("our authority");
    var timeout = Duration.ofSeconds(5);
    try (var peer =
        Peer.secured(
            context(authority, authority.issue("localhost")),
            false,
            _ -> Peer.reply("200 OK", "hello"))) {
      var trusting = TlsContext.of(new Tls(true, authority.certificatePem(), null, null));
      try (var socket = dialer.connect("localhost", peer.port(), trusting, timeout)) {
        socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8));
        assertThat(socket.getInputStream().readNBytes(12))
            .asString(UTF_8)
            .isEqualTo("HTTP/1.1 200");
      }
      assertThatThrownBy(
              () -> dialer.connect("other.test", peer.port(), TlsContext.of(Tls.DEFAULT), timeout))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whatIsNoCertificateOrKeyIsToldToTheOperator() throws Exception {
    var authority = new Authority("our authority");
    var one = authority.issue("one");
    var other = authority.issue("other");

    assertThat(problem(null, one.certificatePem(), one.keyPem())).isNull();
    assertThat(problem("nothing", null, null)).startsWith("the authority: ");
    assertThat(
            problem(
                null, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", one.keyPem()))
        .startsWith("the certificate: ");
    assertThat(problem(null, one.certificatePem(), other.keyPem()))
        .isEqualTo("the private key does not belong to the certificate");
    assertThat(problem(null, one.certificatePem(), "none")).contains("no private key");
    assertThat(problem(null, one.certificatePem(), Authority.pem("PRIVATE KEY", new byte[] {1, 2})))
        .isNotNull();
    assertThat(problem(null, one.certificatePem(), Authority.pem("EC PRIVATE KEY", new byte[0])))
        .isNotNull();
  }

  private static @Nullable String problem(
      @Nullable String authorities, @Nullable String certificate, @Nullable String key) {
    var secret = key == null ? null : new Secret(key);
    return TlsContext.problem(new Tls(true, authorities, certificate, secret)).orElse(null);
  }

  private static SSLContext context(Authority authority, Authority.Issued own)
      throws GeneralSecurityException {
    var chain = Pem.certificates(new ByteArrayInputStream(own.certificatePem().getBytes(UTF_8)));
    var trusted =
        Pem.certificates(new ByteArrayInputStream(authority.certificatePem().getBytes(UTF_8)));
    var context = SSLContext.getInstance("TLS");
    context.init(Pem.identity(chain, own.keys().getPrivate()), Pem.trust(trusted), null);
    return context;
  }

  private static int status(HttpCaller caller, URI uri) {
    try {
      return caller.call(Call.get(uri)).status();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void talkWithoutEnd(Socket connection) throws IOException {
    InputStream in = connection.getInputStream();
    Peer.read(in);
    OutputStream out = connection.getOutputStream();
    out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n".getBytes(UTF_8));
    var piece = new byte[8192];
    Arrays.fill(piece, (byte) 'x');
    while (true) {
      out.write(piece);
    }
  }

  private static void talkSlowly(Socket connection) throws IOException {
    Peer.read(connection.getInputStream());
    write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    connection.setSoTimeout(20);
    while (true) {
      try {
        if (connection.getInputStream().read() < 0) {
          return;
        }
      } catch (SocketTimeoutException _) {
        write(connection, "x");
      }
    }
  }

  private static void write(Socket connection, String text) throws IOException {
    connection.getOutputStream().write(text.getBytes(UTF_8));
  }

  /** Closes with data unread or without lingering: the other side gets a reset. */
  private static void reset(Socket connection) throws IOException {
    connection.setSoLinger(true, 0);
    connection.close();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
