package io.penstock.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.penstock.dial.Authority;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.policy.HostPattern;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(30)
@ExtendWith(NoLeaks.class)
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
class UpstreamsTest {

  private static Target http(Origin origin) {
    return new Target("http", "origin.test", origin.port());
  }

  private static Target https(Origin origin) {
    return new Target("https", "origin.test", origin.port());
  }

  @Test
  void aConnectionIsUsedAgain() throws IOException {
    try (var origin = Origin.plain(Origin::echo);
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var first = caller.ask(http(origin), Caller.H1, "/1?a=%41&b");
      var second = caller.ask(http(origin), Caller.H1, "/2");

      assertThat(first.body()).isEqualTo("GET /1?a=%41&b HTTP/1.1");
      assertThat(second.body()).isEqualTo("GET /2 HTTP/1.1");
      assertThat(origin.connections()).isEqualTo(1);
      assertThat(first.link().isReused()).isFalse();
      assertThat(first.link().facts().address()).isEqualTo("127.0.0.1:" + origin.port());
      assertThat(first.link().facts().connectNanos()).isPositive();
      assertThat(second.link().isReused()).isTrue();
      assertThat(second.link().facts().connectNanos()).isZero();
      assertThat(caller.dialing.lookUps()).isEqualTo(1);
      assertThat(caller.dialing.connects()).isEqualTo(1);
    }
  }

  @Test
  void aConnectionIsUsedAgainInsideTls() throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin = Origin.secure(authority, "origin.test", Origin::echo);
        var caller = new Caller(Caller.trusting(authority.certificatePem()))) {
      var first = caller.ask(https(origin), Caller.BOTH, "/1");
      caller.ask(https(origin), Caller.BOTH, "/2");

      var tls = Objects.requireNonNull(first.link().facts().tls());
      assertThat(origin.connections()).isEqualTo(1);
      assertThat(tls.version()).isEqualTo("TLSv1.3");
      assertThat(tls.sni()).isEqualTo("origin.test");
      assertThat(tls.cipher()).startsWith("TLS_");
      assertThat(first.link().facts().tlsNanos()).isPositive();
    }
  }

  @Test
  void aRequestWithABodyAndTrailersArrivesAsItIs() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  var body = talk.body("5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n".length());
                  talk.say(
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                          + Integer.toHexString(body.length())
                          + "\r\n"
                          + body
                          + "\r\n0\r\ngrpc-status: 0\r\n\r\n");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/up");
      head.headers().set("X-miXed", "1").set("Transfer-Encoding", "chunked");
      var last = new DefaultLastHttpContent();
      last.trailingHeaders().set("X-Sum", "9");

      var answer =
          caller.ask(http(origin), Caller.H1, head, new DefaultHttpContent(text("hello")), last);

      assertThat(origin.heads())
          .containsExactly("POST /up HTTP/1.1\r\nX-miXed: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
      assertThat(answer.body()).isEqualTo("5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n");
      assertThat(answer.trailers().get("grpc-status")).isEqualTo("0");
    }
  }

  @Test
  void interimResponsesComeWholeAndBeforeTheResponse() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  while (talk.head() != null) {
                    talk.say("HTTP/1.1 100 Continue\r\n\r\n");
                    talk.say("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                    talk.ok("done");
                  }
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var first = caller.ask(http(origin), Caller.H1, "/");
      var second = caller.ask(http(origin), Caller.H1, "/");

      assertThat(first.interim()).containsExactly(100, 103);
      assertThat(first.body()).isEqualTo("done");
      assertThat(second.link().isReused()).isTrue();
    }
  }

  @Test
  void aBodyThatEndsWithTheConnectionIsWhole() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.0 200 OK\r\n\r\nto the end");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertThat(caller.ask(http(origin), Caller.H1, "/").body()).isEqualTo("to the end");
      assertThat(caller.ask(http(origin), Caller.H1, "/").link().isReused()).isFalse();
    }
  }

  @Test
  void aServerThatGoesInTheMiddleIsAFailure() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertThatThrownBy(() -> caller.ask(http(origin), Caller.H1, "/"))
          .isInstanceOf(CompletionException.class);
      awaitNoConnections(caller);
    }
  }

  @Test
  void aServerThatResetsIsAFailure() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.reset();
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertFails(Cause.UPSTREAM_GONE, () -> caller.ask(http(origin), Caller.H1, "/"));
    }
  }

  @Test
  void whatIsNotHttpIsAFailure() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("SSH-2.0-OpenSSH_9.9\r\n\r\n");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertFails(Cause.UPSTREAM_PROTOCOL, () -> caller.ask(http(origin), Caller.H1, "/"));
      awaitNoConnections(caller);
    }
  }

  @Test
  void aHeadWithoutEndAndInterimResponsesWithoutEndAreFailures() throws IOException {
    try (var head =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\n");
                  while (true) {
                    talk.say("X-More: and more and more and more\r\n");
                  }
                });
        var interim =
            Origin.plain(
                talk -> {
                  talk.head();
                  while (true) {
                    talk.say("HTTP/1.1 102 Processing\r\n\r\n");
                  }
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertFails(Cause.UPSTREAM_PROTOCOL, () -> caller.ask(http(head), Caller.H1, "/"));
      assertFails(Cause.UPSTREAM_PROTOCOL, () -> caller.ask(http(interim), Caller.H1, "/"));
      awaitNoConnections(caller);
    }
  }

  @Test
  void aConnectionThatSpeaksUnaskedIsNotUsedAgain() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  talk.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                  talk.in().read();
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertThat(caller.ask(http(origin), Caller.H1, "/").body()).isEqualTo("ok");
      awaitNoConnections(caller);
    }
  }

  @Test
  void aConnectionThatTheServerClosesIsForgotten() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.ok("bye");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      caller.ask(http(origin), Caller.H1, "/");

      awaitNoConnections(caller);
      assertThat(caller.ask(http(origin), Caller.H1, "/").link().isReused()).isFalse();
    }
  }

  @Test
  void aConnectionWithoutRequestsIsClosedAfterAWhile() throws IOException {
    try (var origin = Origin.plain(Origin::echo);
        var caller =
            new Caller(
                Caller.config(
                    new UpstreamConfig.Times(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofMillis(50)),
                    UpstreamConfig.Limits.DEFAULT))) {
      caller.ask(http(origin), Caller.H1, "/");

      awaitNoConnections(caller);
    }
  }

  @Test
  void oneWaitsForItsTurnWhereThereMayBeNoMoreConnections() throws IOException {
    var limits = new UpstreamConfig.Limits(1, 10, 10, 10, 1, 100);
    try (var origin = Origin.plain(Origin::echo);
        var caller = new Caller(Caller.config(UpstreamConfig.Times.DEFAULT, limits))) {
      var link = caller.link(http(origin), Caller.H1);
      var waiting = caller.upstreams.request(http(origin), caller.loop, Caller.H1);
      var refused = caller.upstreams.request(http(origin), caller.loop, Caller.H1);

      assertFails(Cause.UPSTREAM_CONNECT, () -> Caller.await(refused));
      assertThat(waiting).isNotDone();
      assertThat(caller.metric("intercept_upstream_refused")).isEqualTo(1);
      caller.loop.execute(link::release);
      assertThat(Caller.await(waiting).isReused()).isTrue();
      assertThat(origin.connections()).isEqualTo(1);
    }
  }

  @Test
  void whatWasGivenBackIsNoLongerOnesOwn() throws IOException {
    try (var origin = Origin.plain(Origin::echo);
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var first = caller.ask(http(origin), Caller.H1, "/1").link();
      caller.loop.submit(first::discard).syncUninterruptibly();

      assertThat(caller.ask(http(origin), Caller.H1, "/2").link().isReused()).isTrue();
    }
  }

  @Test
  void oneDoesNotWaitForEver() throws IOException {
    var limits = new UpstreamConfig.Limits(1, 10, 10, 10, 1, 100);
    try (var origin = Origin.plain(Origin::echo);
        var caller = new Caller(Caller.config(Caller.times(Duration.ofMillis(200)), limits))) {
      caller.link(http(origin), Caller.H1);

      assertFails(Cause.UPSTREAM_CONNECT, () -> caller.link(http(origin), Caller.H1));
    }
  }

  @Test
  void aConnectionThatRestsMakesRoomForAnother() throws IOException {
    var limits = new UpstreamConfig.Limits(1, 1, 10, 10, 1, 100);
    try (var one = Origin.plain(Origin::echo);
        var other = Origin.plain(Origin::echo);
        var caller = new Caller(Caller.config(UpstreamConfig.Times.DEFAULT, limits))) {
      caller.ask(http(one), Caller.H1, "/");

      assertThat(caller.ask(http(other), Caller.H1, "/").status()).isEqualTo(200);
    }
  }

  @Test
  void whoDoesNotWantItAnyMoreLeavesTheConnectionToOthers() throws IOException {
    var limits = new UpstreamConfig.Limits(1, 1, 10, 10, 10, 100);
    try (var origin = Origin.plain(Origin::echo);
        var caller = new Caller(Caller.config(UpstreamConfig.Times.DEFAULT, limits))) {
      caller.forgo(caller.upstreams.request(http(origin), caller.loop, Caller.H1));

      assertThat(caller.ask(http(origin), Caller.H1, "/").status()).isEqualTo(200);
    }
  }

  @Test
  void whatCannotBeTrustedIsNotTalkedTo() throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var stranger = Origin.secure(new Authority("another"), "origin.test", Origin::echo);
        var impostor = Origin.secure(authority, "other.test", Origin::echo);
        var plain =
            Origin.plain(
                talk -> {
                  talk.in().read();
                  talk.say("HTTP/1.1 400 Bad Request\r\n\r\n");
                });
        var caller = new Caller(Caller.trusting(authority.certificatePem()))) {
      assertFails(Cause.UPSTREAM_TLS, () -> caller.ask(https(stranger), Caller.H1, "/"));
      assertFails(Cause.UPSTREAM_TLS, () -> caller.ask(https(impostor), Caller.H1, "/"));
      assertFails(Cause.UPSTREAM_TLS, () -> caller.ask(https(plain), Caller.H1, "/"));
      assertThat(stranger.heads()).isEmpty();
      assertThat(impostor.heads()).isEmpty();
      awaitNoConnections(caller);
    }
  }

  @Test
  void anExceptedServerNeedNotProveWhoItIs() throws IOException, GeneralSecurityException {
    var trust =
        new UpstreamConfig.Trust(null, List.of(HostPattern.parse("origin.test").orElseThrow()));
    var config =
        new UpstreamConfig(
            Optional.empty(),
            Optional.empty(),
            NoProxy.NONE,
            trust,
            List.of(),
            UpstreamConfig.Times.DEFAULT,
            UpstreamConfig.Limits.DEFAULT);
    try (var origin = Origin.secure(new Authority("nobody"), "whoever.test", Origin::echo);
        var caller = new Caller(config)) {
      assertThat(caller.ask(https(origin), Caller.H1, "/").status()).isEqualTo(200);
      assertFails(
          Cause.UPSTREAM_TLS,
          () -> caller.ask(new Target("https", "other.test", origin.port()), Caller.H1, "/"));
    }
  }

  @Test
  void aSwitchedProtocolIsCarriedAsItIs() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say(
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          + "Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nearly ");
                  talk.say(talk.body(5) + " back");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var link = caller.link(http(origin), Caller.H1);
      var heard = new CompletableFuture<String>();
      caller.loop.execute(() -> link.channel().pipeline().addLast(new Switching(link, heard)));

      assertThat(Caller.await(heard)).isEqualTo("early hello back");
      awaitNoConnections(caller);
    }
  }

  /** Asks for another protocol, and then speaks it. */
  private static final class Switching extends ChannelInboundHandlerAdapter {

    private final Link link;
    private final CompletableFuture<String> heard;
    private final StringBuilder text = new StringBuilder();

    private Switching(Link link, CompletableFuture<String> heard) {
      this.link = link;
      this.heard = heard;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      var request = Caller.get("origin.test", "/ws");
      request.headers().set("Connection", "Upgrade").set("Upgrade", "websocket");
      context.writeAndFlush(request);
      context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof LastHttpContent) {
        link.detach();
        context.writeAndFlush(text("hello"));
      }
      if (message instanceof ByteBuf octets) {
        text.append(octets.toString(StandardCharsets.US_ASCII));
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        heard.complete(text.toString());
        context.close();
      }
    }
  }

  @Test
  void whereNobodyListensIsAFailure() throws IOException {
    int port;
    try (var gone = Origin.plain(Origin::echo)) {
      port = gone.port();
    }
    try (var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertFails(
          Cause.UPSTREAM_CONNECT,
          () -> caller.ask(new Target("http", "origin.test", port), Caller.H1, "/"));
    }
  }

  static void assertFails(Cause cause, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            UpstreamException.class, failure -> assertThat(failure.reason()).isEqualTo(cause));
  }

  static void awaitNoConnections(Caller caller) {
    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(caller.metric("intercept_upstream_connections")).isZero());
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }
}
