package io.penstock.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who does not take what comes holds up who sends it, and nothing grows in between. */
@Timeout(60)
@ExtendWith(NoLeaks.class)
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
class BackpressureTest {

  private static final int PIECE = 64 * 1_024;
  private static final int PIECES = 1_024;
  private static final long WHOLE = (long) PIECE * PIECES;

  /** What the kernel's buffers on both sides of a loopback connection can take. */
  private static final long HELD_MAX = 24L * 1_024 * 1_024;

  /** Reads once for each piece when told to, and otherwise not at all. */
  private static final class Slow extends ChannelInboundHandlerAdapter {

    private final AtomicLong taken = new AtomicLong();
    private final CompletableFuture<Long> whole = new CompletableFuture<>();
    private volatile boolean isEager;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpContent content) {
        taken.addAndGet(content.content().readableBytes());
      }
      if (message instanceof LastHttpContent) {
        whole.complete(taken.get());
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (isEager) {
        context.read();
      }
    }
  }

  private static Slow ask(Caller caller, Link link) {
    var slow = new Slow();
    caller.loop.execute(
        () -> {
          link.channel().pipeline().addLast(slow);
          link.channel().writeAndFlush(Caller.get("origin.test", "/"));
          link.channel().read();
        });
    return slow;
  }

  private static void assertHeldUpThenWhole(Caller caller, Link link, Slow slow, AtomicLong sent) {
    var last = new AtomicLong(-1);
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(150))
        .until(() -> sent.get() > 0 && last.getAndSet(sent.get()) == sent.get());
    assertThat(sent.get()).isLessThan(HELD_MAX);
    assertThat(slow.taken.get()).isLessThan(4L * PIECE);

    slow.isEager = true;
    caller.loop.execute(link.channel()::read);

    assertThat(Caller.await(slow.whole)).isEqualTo(WHOLE);
  }

  @Test
  void aResponseWaitsForItsReader() throws IOException {
    var sent = new AtomicLong();
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nContent-Length: " + WHOLE + "\r\n\r\n");
                  for (int i = 0; i < PIECES; i++) {
                    talk.out().write(new byte[PIECE]);
                    sent.addAndGet(PIECE);
                  }
                  talk.in().read();
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var link = caller.link(new Target("http", "origin.test", origin.port()), Caller.H1);

      assertHeldUpThenWhole(caller, link, ask(caller, link), sent);
    }
  }

  @Test
  void aResponseOfAStreamWaitsForItsReaderAndHoldsUpNoOther() {
    var sent = new AtomicLong();
    try (var origin =
            new StreamOrigin(
                null,
                100,
                (stream, request) -> {
                  stream.write(
                      new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
                  if (request.uri().equals("/quick")) {
                    stream.writeAndFlush(new DefaultLastHttpContent());
                    return;
                  }
                  for (int i = 0; i < PIECES; i++) {
                    stream
                        .write(new DefaultHttpContent(piece()))
                        .addListener(_ -> sent.addAndGet(PIECE));
                  }
                  stream.writeAndFlush(new DefaultLastHttpContent());
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var target = new Target("http", "origin.test", origin.port());
      var link = caller.link(target, List.of("h2"));
      var slow = ask(caller, link);
      await().atMost(Duration.ofSeconds(20)).until(() -> sent.get() > 0);

      assertThat(caller.ask(target, List.of("h2"), "/quick").status()).isEqualTo(200);
      assertThat(origin.connections).hasSize(1);
      // No more than the window of one stream.
      assertThat(sent.get()).isLessThanOrEqualTo(2L * PIECE);
      assertHeldUpThenWhole(caller, link, slow, sent);
    }
  }

  private static ByteBuf piece() {
    return Unpooled.wrappedBuffer(new byte[PIECE]);
  }

  @Test
  void aRequestWaitsForAServerThatDoesNotTakeIt() throws IOException {
    var goOn = new CompletableFuture<Void>();
    try (var origin =
            Origin.plain(
                talk -> {
                  talk.head();
                  goOn.join();
                  talk.in().skipNBytes(WHOLE);
                  talk.ok("taken");
                });
        var caller = new Caller(UpstreamConfig.DEFAULT)) {
      var link = caller.link(new Target("http", "origin.test", origin.port()), Caller.H1);
      var sender = new Sender(link);
      caller.loop.execute(sender::begin);

      await().atMost(Duration.ofSeconds(20)).until(() -> !link.channel().isWritable());
      assertThat(sender.sent.get()).isLessThan(HELD_MAX);

      goOn.complete(null);
      assertThat(Caller.await(sender.answered)).isEqualTo("taken");
      assertThat(sender.sent.get()).isEqualTo(WHOLE);
    }
  }

  /** Writes while it may. */
  private static final class Sender extends ChannelInboundHandlerAdapter {

    private final Link link;
    private final AtomicLong sent = new AtomicLong();
    private final StringBuilder answer = new StringBuilder();
    private final CompletableFuture<String> answered = new CompletableFuture<>();

    private Sender(Link link) {
      this.link = link;
    }

    void begin() {
      var channel = link.channel();
      channel.pipeline().addLast(this);
      var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
      head.headers().set("Content-Length", WHOLE);
      channel.write(head);
      channel.read();
      goOn();
    }

    private void goOn() {
      var channel = link.channel();
      while (channel.isWritable() && sent.get() < WHOLE) {
        channel.write(new DefaultHttpContent(piece()));
        if (sent.addAndGet(PIECE) == WHOLE) {
          channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        channel.flush();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      goOn();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpContent content) {
        answer.append(content.content().toString(java.nio.charset.StandardCharsets.US_ASCII));
      }
      if (message instanceof LastHttpContent) {
        answered.complete(answer.toString());
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.read();
    }
  }
}
