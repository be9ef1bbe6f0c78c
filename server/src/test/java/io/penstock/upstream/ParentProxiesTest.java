package io.penstock.upstream;

import static io.penstock.upstream.UpstreamsTest.assertFails;
import static io.penstock.upstream.UpstreamsTest.awaitNoConnections;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.penstock.dial.Authority;
import io.penstock.dial.Resolver;
import io.penstock.exchange.Exchange.Cause;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(30)
@ExtendWith(NoLeaks.class)
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
class ParentProxiesTest {

  /** Of all names only the proxy's is known here. */
  private static final Resolver PROXY_ONLY =
      name -> {
        if (!name.equals("proxy.test")) {
          throw new UnknownHostException(name);
        }
        return new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};
      };

  private final Parent parent = new Parent();

  private static Caller caller(String proxy, @Nullable String authorities) {
    return caller(proxy, NoProxy.NONE, authorities);
  }

  private static Caller caller(String proxy, NoProxy noProxy, @Nullable String authorities) {
    var through = ParentProxy.parse(proxy);
    assertThat(through).isPresent();
    var config =
        new UpstreamConfig(
            through,
            through,
            noProxy,
            new UpstreamConfig.Trust(authorities, List.of()),
            List.of(),
            UpstreamConfig.Times.DEFAULT,
            UpstreamConfig.Limits.DEFAULT);
    var dialer = Caller.dialer(PROXY_ONLY);
    return new Caller(config, new Open(dialer, dialer));
  }

  private static Target target(String scheme, Origin origin) {
    return new Target(scheme, "origin.test", origin.port());
  }

  @Test
  void aProxyTunnelsToTheNameThatItIsGiven() throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin = Origin.secure(authority, "origin.test", Origin::echo);
        var proxy = Origin.plain(parent.http(_ -> 200));
        var caller = caller("http://proxy.test:" + proxy.port(), authority.certificatePem())) {
      var answer = caller.ask(target("https", origin), Caller.BOTH, "/a");
      caller.ask(target("https", origin), Caller.BOTH, "/b");

      var meant = "origin.test:" + origin.port();
      assertThat(answer.body()).isEqualTo("GET /a HTTP/1.1");
      assertThat(parent.asked)
          .containsExactly("CONNECT " + meant + " HTTP/1.1\r\nhost: " + meant + "\r\n\r\n");
      assertThat(answer.link().facts().through()).isEqualTo("http://proxy.test:" + proxy.port());
      assertThat(answer.link().facts().address()).isEqualTo("127.0.0.1:" + proxy.port());
      assertThat(Objects.requireNonNull(answer.link().facts().tls()).sni())
          .isEqualTo("origin.test");
    }
  }

  @Test
  void aProxyIsToldWhoWeAre() throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin = Origin.secure(authority, "origin.test", Origin::echo);
        var proxy =
            Origin.plain(
                parent.http(
                    // user:p@ss
                    head ->
                        head.contains("proxy-authorization: Basic dXNlcjpwQHNz\r\n") ? 200 : 407));
        var known =
            caller("http://user:p%40ss@proxy.test:" + proxy.port(), authority.certificatePem());
        var unknown = caller("http://proxy.test:" + proxy.port(), authority.certificatePem())) {
      assertThat(known.ask(target("https", origin), Caller.H1, "/").status()).isEqualTo(200);
      assertFails(
          Cause.UPSTREAM_CONNECT, () -> unknown.ask(target("https", origin), Caller.H1, "/"));
      awaitNoConnections(unknown);
    }
  }

  @Test
  void aProxyThatRefusesIsAFailure() throws IOException {
    try (var proxy = Origin.plain(parent.http(_ -> 403));
        var caller = caller("http://proxy.test:" + proxy.port(), null)) {
      assertFails(
          Cause.UPSTREAM_CONNECT,
          () -> caller.ask(new Target("https", "origin.test", 443), Caller.H1, "/"));
    }
  }

  @Test
  void aProxyIsAskedForWhatIsMeantInClear() throws IOException {
    try (var proxy = Origin.plain(Origin::echo);
        var caller = caller("http://user:pw@proxy.test:" + proxy.port(), null)) {
      var answer = caller.ask(new Target("http", "origin.test", 8080), Caller.H1, "/a?b");

      assertThat(answer.body()).isEqualTo("GET http://origin.test:8080/a?b HTTP/1.1");
      assertThat(caller.ask(new Target("http", "::1", 80), Caller.H1, "/").body())
          .isEqualTo("GET http://[::1]/ HTTP/1.1");
      assertThat(proxy.heads().getFirst()).contains("proxy-authorization: Basic dXNlcjpwdw==\r\n");
    }
  }

  @Test
  void aProxyThatDoesNotKnowUsIsNoAnswerForTheClient() throws IOException {
    try (var proxy =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n");
                });
        var caller = caller("http://proxy.test:" + proxy.port(), null)) {
      assertFails(
          Cause.UPSTREAM_CONNECT,
          () -> caller.ask(new Target("http", "origin.test", 80), Caller.H1, "/"));
    }
  }

  @Test
  void aProxyIsReachedInsideTls() throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin = Origin.secure(authority, "origin.test", Origin::echo);
        var proxy = Origin.secure(authority, "proxy.test", parent.http(_ -> 200));
        var impostor = Origin.secure(authority, "other.test", parent.http(_ -> 200));
        var caller = caller("https://proxy.test:" + proxy.port(), authority.certificatePem());
        var fooled = caller("https://proxy.test:" + impostor.port(), authority.certificatePem())) {
      assertThat(caller.ask(target("https", origin), Caller.H1, "/").status()).isEqualTo(200);
      assertFails(Cause.UPSTREAM_TLS, () -> fooled.ask(target("https", origin), Caller.H1, "/"));
      assertThat(parent.asked).hasSize(1);
    }
  }

  @Test
  void socksIsGivenTheName() throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin = Origin.secure(authority, "origin.test", Origin::echo);
        var plain = Origin.plain(Origin::echo);
        var proxy = Origin.plain(parent.socks("user", "secret"));
        var caller =
            caller("socks5h://user:secret@proxy.test:" + proxy.port(), authority.certificatePem());
        var wrong =
            caller("socks5://user:guess@proxy.test:" + proxy.port(), authority.certificatePem());
        var nobody = caller("socks5://proxy.test:" + proxy.port(), authority.certificatePem())) {
      assertThat(caller.ask(target("https", origin), Caller.H1, "/").status()).isEqualTo(200);
      assertThat(caller.ask(target("http", plain), Caller.H1, "/x").body())
          .isEqualTo("GET /x HTTP/1.1");
      assertThat(caller.ask(new Target("http", "127.0.0.9", plain.port()), Caller.H1, "/").status())
          .isEqualTo(200);
      assertThat(parent.asked)
          .containsExactly(
              "3 origin.test " + origin.port(),
              "3 origin.test " + plain.port(),
              "1 /127.0.0.9 " + plain.port());
      for (var other : List.of(wrong, nobody)) {
        assertFails(
            Cause.UPSTREAM_CONNECT, () -> other.ask(target("https", origin), Caller.H1, "/"));
      }
      assertFails(
          Cause.UPSTREAM_CONNECT,
          () -> caller.ask(new Target("http", "refused.test", 80), Caller.H1, "/"));
    }
  }

  @Test
  void whatIsExceptedIsReachedDirectly() throws IOException {
    try (var origin = Origin.plain(Origin::echo);
        var proxy = Origin.plain(Origin::echo);
        var caller =
            caller("http://proxy.test:" + proxy.port(), NoProxy.parse("127.0.0.0/8"), null)) {
      var direct = caller.ask(new Target("http", "127.0.0.1", origin.port()), Caller.H1, "/d");

      assertThat(direct.body()).isEqualTo("GET /d HTTP/1.1");
      assertThat(direct.link().facts().through()).isNull();
      assertThat(proxy.connections()).isZero();
    }
  }

  @Test
  void aTunnelCarriesOctetsEvenThoseThatComeWithTheProxysAnswer() throws IOException {
    try (var proxy =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\n\r\nSSH-2.0-early\r\n");
                  talk.say(talk.body(5) + " back");
                });
        var caller = caller("http://proxy.test:" + proxy.port(), null)) {
      var channel =
          Caller.await(caller.upstreams.raw(new Target("https", "s.test", 22), caller.loop));
      var heard = listen(caller, channel);
      caller.loop.execute(
          () -> {
            channel.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII));
            channel.read();
          });

      assertThat(Caller.await(heard)).isEqualTo("SSH-2.0-early\r\nhello back");
      assertThat(Objects.requireNonNull(Facts.of(channel)).through())
          .startsWith("http://proxy.test");
      channel.close().syncUninterruptibly();
      awaitNoConnections(caller);
    }
  }

  @Test
  void aTunnelStaysOpenForOneSideAfterTheOtherHasEnded() throws IOException {
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.in().readAllBytes();
                  talk.say("after the end");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var channel = Caller.await(caller.upstreams.raw(target("https", origin), caller.loop));
      var heard = listen(caller, channel);
      caller.loop.execute(
          () -> {
            ((SocketChannel) channel).shutdownOutput();
            channel.read();
          });

      assertThat(Caller.await(heard)).isEqualTo("after the end");
    }
  }

  /** Until the server has said its last word. */
  private static CompletableFuture<String> listen(Caller caller, Channel channel) {
    var heard = new CompletableFuture<String>();
    var text = new StringBuilder();
    var added =
        caller.loop.submit(
            () -> {
              channel
                  .pipeline()
                  .addLast(
                      new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext context, Object message) {
                          text.append(((ByteBuf) message).toString(StandardCharsets.US_ASCII));
                          ReferenceCountUtil.release(message);
                        }

                        @Override
                        public void channelReadComplete(ChannelHandlerContext context) {
                          context.read();
                        }

                        @Override
                        public void userEventTriggered(
                            ChannelHandlerContext context, Object event) {
                          if (event instanceof ChannelInputShutdownEvent) {
                            heard.complete(text.toString());
                          }
                        }
                      });
            });
    added.syncUninterruptibly();
    return heard;
  }

  @Test
  void anythingElseIsNoProxy() {
    assertThat(
            List.of(
                "",
                "ftp://proxy.test",
                "http://",
                "http://proxy.test:0",
                "http://proxy.test:99999",
                "http://proxy.test/path",
                "http://pro xy.test",
                "http://%zz@proxy.test"))
        .allSatisfy(text -> assertThat(ParentProxy.parse(text)).isEqualTo(Optional.empty()));
    assertThat(ParentProxy.parse("proxy.test:3128"))
        .map(ParentProxy::address)
        .contains("http://proxy.test:3128");
    assertThat(ParentProxy.parse("https://[::1]"))
        .map(ParentProxy::address)
        .contains("https://[::1]:443");
    assertThat(String.valueOf(ParentProxy.parse("socks5://user:secret@proxy.test")))
        .doesNotContain("secret");
  }
}
