package io.penstock.upstream;

import static io.penstock.upstream.UpstreamsTest.assertFails;
import static io.penstock.upstream.UpstreamsTest.awaitNoConnections;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.penstock.dial.Authority;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.upstream.Caller.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(30)
@ExtendWith(NoLeaks.class)
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
class StreamsTest {

  private static final List<String> H2 = List.of("h2");

  private static Target http(StreamOrigin origin) {
    return new Target("http", "origin.test", origin.port());
  }

  private static void echo(ChannelHandlerContext stream, FullHttpRequest request) {
    var body =
        Unpooled.copiedBuffer(
            request.method()
                + " "
                + request.uri()
                + " "
                + request.headers().get("host")
                + " "
                + request.content().toString(StandardCharsets.US_ASCII),
            StandardCharsets.US_ASCII);
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
    response.trailingHeaders().set("grpc-status", "0");
    stream.writeAndFlush(response);
  }

  private static CompletableFuture<Answer> ask(Caller caller, Target target, String path) {
    return caller
        .upstreams
        .request(target, caller.loop, H2)
        .thenCompose(
            link ->
                Caller.send(link, Caller.get(target.host(), path))
                    .whenComplete((_, _) -> link.release()));
  }

  private static List<Answer> all(List<CompletableFuture<Answer>> asked) {
    return asked.stream().map(Caller::await).toList();
  }

  @Test
  void bothSidesAgreeOnItInsideTls() throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin =
            new StreamOrigin(Origin.context(authority, "origin.test"), 100, StreamsTest::echo);
        var caller = new Caller(Caller.trusting(authority.certificatePem()))) {
      var target = new Target("https", "origin.test", origin.port());

      var first = caller.ask(target, Caller.BOTH, "/a?b=%41");
      var second = caller.ask(target, Caller.BOTH, "/");

      assertThat(first.body()).isEqualTo("GET /a?b=%41 origin.test ");
      assertThat(first.trailers().get("grpc-status")).isEqualTo("0");
      assertThat(first.link().isStream()).isTrue();
      assertThat(first.link().facts().tls())
          .satisfies(tls -> assertThat(tls).extracting("alpn").isEqualTo("h2"));
      assertThat(second.link().isReused()).isTrue();
      assertThat(origin.connections).hasSize(1);
    }
  }

  @Test
  void requestsAtOnceShareAConnection() {
    Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    try (var origin =
            new StreamOrigin(null, 100, (stream, request) -> hold(held, stream, request));
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var asked = new ArrayList<CompletableFuture<Answer>>();
      for (int i = 0; i < 50; i++) {
        asked.add(ask(caller, http(origin), "/" + i));
      }
      await().atMost(Duration.ofSeconds(5)).until(() -> held.size() == 50);
      held.forEach(Runnable::run);

      assertThat(all(asked)).extracting(Answer::status).containsOnly(200);
      assertThat(origin.connections).hasSize(1);
    }
  }

  @Test
  void aServerThatWantsFewerAtOnceGetsFewer() {
    Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    try (var origin = new StreamOrigin(null, 2, (stream, request) -> hold(held, stream, request));
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var first = ask(caller, http(origin), "/first");
      await().atMost(Duration.ofSeconds(5)).until(() -> !held.isEmpty());
      held.remove().run();
      assertThat(Caller.await(first).status()).isEqualTo(200);

      var asked = new ArrayList<CompletableFuture<Answer>>();
      for (int i = 0; i < 6; i++) {
        asked.add(ask(caller, http(origin), "/" + i));
      }
      await().atMost(Duration.ofSeconds(5)).until(() -> held.size() == 6);

      assertThat(origin.connections).hasSize(3);
      held.forEach(Runnable::run);
      assertThat(all(asked)).extracting(Answer::status).containsOnly(200);
    }
  }

  @Test
  void aServerThatGoesAwayEndsWhatItBeganAndGetsNoMore() {
    Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    try (var origin =
            new StreamOrigin(
                null,
                100,
                (stream, request) -> {
                  if (!request.uri().equals("/held")) {
                    echo(stream, request);
                    return;
                  }
                  hold(held, stream, request);
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var begun = ask(caller, http(origin), "/held");
      await().atMost(Duration.ofSeconds(5)).until(() -> !held.isEmpty());
      origin.goAway(origin.connections.element());

      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () -> {
                assertThat(Caller.await(ask(caller, http(origin), "/")).status()).isEqualTo(200);
                assertThat(origin.connections).hasSize(2);
              });
      held.remove().run();

      assertThat(Caller.await(begun).status()).isEqualTo(200);
      await().atMost(Duration.ofSeconds(5)).until(() -> !origin.connections.element().isActive());
    }
  }

  @Test
  void theHeadIsAsTheServerSentItAndInterimResponsesComeBeforeIt() {
    try (var origin =
            new StreamOrigin(
                null,
                100,
                (stream, _) -> {
                  var hints =
                      new DefaultFullHttpResponse(
                          HttpVersion.HTTP_1_1,
                          HttpResponseStatus.EARLY_HINTS,
                          Unpooled.EMPTY_BUFFER);
                  hints.headers().set("link", "</a>");
                  stream.write(
                      new DefaultFullHttpResponse(
                          HttpVersion.HTTP_1_1,
                          HttpResponseStatus.CONTINUE,
                          Unpooled.EMPTY_BUFFER));
                  stream.write(hints);
                  var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
                  head.headers().add("set-cookie", "a=1").add("set-cookie", "b=2");
                  stream.write(head);
                  stream.writeAndFlush(new DefaultLastHttpContent());
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var answer = caller.ask(http(origin), H2, "/");

      assertThat(answer.interim()).containsExactly(100, 103);
      assertThat(answer.headers().entries())
          .extracting(line -> line.getKey() + ": " + line.getValue())
          .containsExactly("set-cookie: a=1", "set-cookie: b=2");
    }
  }

  @Test
  void aStreamThatIsResetIsAFailureOfItsOwn() {
    try (var origin =
            new StreamOrigin(
                null,
                100,
                (stream, request) -> {
                  if (request.uri().equals("/reset")) {
                    stream
                        .channel()
                        .pipeline()
                        .firstContext()
                        .writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM));
                    return;
                  }
                  echo(stream, request);
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      assertFails(Cause.UPSTREAM_GONE, () -> caller.ask(http(origin), H2, "/reset"));
      assertThat(caller.ask(http(origin), H2, "/").status()).isEqualTo(200);
      assertThat(origin.connections).hasSize(1);
    }
  }

  @Test
  void aConnectionThatBreaksIsAFailureOfEachOfItsStreams() {
    try (var origin =
            new StreamOrigin(null, 100, (stream, _) -> stream.channel().parent().close());
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var asked = List.of(ask(caller, http(origin), "/1"), ask(caller, http(origin), "/2"));

      for (var answer : asked) {
        await().atMost(Duration.ofSeconds(5)).until(answer::isCompletedExceptionally);
      }
      awaitNoConnections(caller);
    }
  }

  @Test
  void aServerThatIsSilentIsAskedWhetherItIsThereAndThenGivenUp() throws IOException {
    var idle = Duration.ofMillis(400);
    var config =
        Caller.config(
            new UpstreamConfig.Times(
                Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5), idle),
            UpstreamConfig.Limits.DEFAULT);
    Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    try (var dead =
            Origin.plain(
                talk -> {
                  // An empty SETTINGS frame (RFC 9113 §6.5), and nothing more.
                  talk.out().write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
                  talk.in().readAllBytes();
                });
        var busy = new StreamOrigin(null, 100, (stream, request) -> hold(held, stream, request));
        var caller = new Caller(config)) {
      var lost = ask(caller, new Target("http", "origin.test", dead.port()), "/");
      var slow = ask(caller, http(busy), "/");

      await().atMost(Duration.ofSeconds(5)).until(lost::isCompletedExceptionally);
      await().pollDelay(idle).atMost(Duration.ofSeconds(5)).until(() -> !held.isEmpty());
      held.remove().run();
      assertThat(Caller.await(slow).status()).isEqualTo(200);
    }
  }

  private static void hold(
      Queue<Runnable> held, ChannelHandlerContext stream, FullHttpRequest request) {
    var kept = request.retain();
    held.add(
        () -> {
          echo(stream, kept);
          kept.release();
        });
  }

  @Test
  void aServerOfTheOldVersionWorksWhenBothAreOffered()
      throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin = Origin.secure(authority, "origin.test", Origin::echo);
        var caller = new Caller(Caller.trusting(authority.certificatePem()))) {
      var target = new Target("https", "origin.test", origin.port());
      var asked = new ArrayList<CompletableFuture<Answer>>();
      for (int i = 0; i < 10; i++) {
        asked.add(
            caller
                .upstreams
                .request(target, caller.loop, Caller.BOTH)
                .thenCompose(link -> Caller.send(link, Caller.get("origin.test", "/"))));
      }

      assertThat(all(asked)).extracting(Answer::status).containsOnly(200);
      assertThat(origin.connections()).isEqualTo(10);
    }
  }

  @Test
  void aServerThatDoesNotSpeakItIsAFailureWhenNothingElseIsOffered()
      throws IOException, GeneralSecurityException {
    var authority = new Authority("the test's authority");
    try (var origin = Origin.secure(authority, "origin.test", Origin::echo);
        var caller = new Caller(Caller.trusting(authority.certificatePem()))) {
      var target = new Target("https", "origin.test", origin.port());

      assertFails(Cause.UPSTREAM_TLS, () -> caller.ask(target, H2, "/"));
    }
  }
}
