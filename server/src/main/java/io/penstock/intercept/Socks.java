package io.penstock.intercept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandResponse;
import io.netty.handler.codec.socksx.v5.DefaultSocks5InitialResponse;
import io.netty.handler.codec.socksx.v5.DefaultSocks5PasswordAuthResponse;
import io.netty.handler.codec.socksx.v5.Socks5AddressType;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequest;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5CommandType;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequest;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthRequest;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthStatus;
import io.netty.handler.codec.socksx.v5.Socks5ServerEncoder;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptMetrics.Refusal;
import io.penstock.policy.Decision;
import io.penstock.upstream.Target;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * SOCKS 5 (RFC 1928) with names and passwords (RFC 1929). Only CONNECT; hosts stay the names that
 * clients sent, which are looked up, if at all, where everything is.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Socks extends ChannelInboundHandlerAdapter {

  private static final String DECODER = "socks";
  private static final String ENCODER = "socks-encoder";

  private final Means means;
  private final Incoming from;
  private @Nullable Patience patience;
  private boolean isOver;

  Socks(Means means, Incoming from) {
    this.means = means;
    this.from = from;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    var pipeline = ctx.pipeline();
    pipeline.addBefore(ctx.name(), ENCODER, Socks5ServerEncoder.DEFAULT);
    pipeline.addBefore(ctx.name(), DECODER, new Socks5InitialRequestDecoder());
    patience = new Patience(ctx.channel().eventLoop(), () -> late(ctx));
    patience.allow(means.config.timeouts().head());
    ctx.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case Socks5InitialRequest greeting when greeting.decoderResult().isSuccess() ->
          greet(ctx, greeting);
      case Socks5PasswordAuthRequest login when login.decoderResult().isSuccess() ->
          login(ctx, login);
      case Socks5CommandRequest command when command.decoderResult().isSuccess() ->
          command(ctx, command);
      default -> {
        ReferenceCountUtil.release(message);
        malformed(ctx);
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!isOver) {
      ctx.read();
    }
  }

  private void greet(ChannelHandlerContext ctx, Socks5InitialRequest greeting) {
    var offered = greeting.authMethods();
    if (offered.contains(Socks5AuthMethod.PASSWORD)
        && (means.config.requiresLogin() || !offered.contains(Socks5AuthMethod.NO_AUTH))) {
      next(ctx, new Socks5PasswordAuthRequestDecoder());
      ctx.writeAndFlush(new DefaultSocks5InitialResponse(Socks5AuthMethod.PASSWORD));
      return;
    }
    if (offered.contains(Socks5AuthMethod.NO_AUTH) && !means.config.requiresLogin()) {
      next(ctx, new Socks5CommandRequestDecoder());
      ctx.writeAndFlush(new DefaultSocks5InitialResponse(Socks5AuthMethod.NO_AUTH));
      return;
    }
    means.metrics.refused(Refusal.LOGIN);
    last(ctx, new DefaultSocks5InitialResponse(Socks5AuthMethod.UNACCEPTED));
  }

  private static void next(ChannelHandlerContext ctx, ChannelHandler decoder) {
    ctx.pipeline().replace(DECODER, DECODER, decoder);
  }

  private void login(ChannelHandlerContext ctx, Socks5PasswordAuthRequest login) {
    from.login = means.logins.check(login.username(), login.password());
    if (from.login == null && means.config.requiresLogin()) {
      means.metrics.refused(Refusal.LOGIN);
      last(ctx, new DefaultSocks5PasswordAuthResponse(Socks5PasswordAuthStatus.FAILURE));
      return;
    }
    next(ctx, new Socks5CommandRequestDecoder());
    ctx.writeAndFlush(new DefaultSocks5PasswordAuthResponse(Socks5PasswordAuthStatus.SUCCESS));
  }

  private void command(ChannelHandlerContext ctx, Socks5CommandRequest command) {
    if (!command.type().equals(Socks5CommandType.CONNECT)) {
      last(ctx, answer(Socks5CommandStatus.COMMAND_UNSUPPORTED));
      return;
    }
    var meant =
        command.dstPort() == 0
            ? null
            : Authority.of(command.dstAddr(), command.dstPort()).orElse(null);
    if (meant == null) {
      last(ctx, answer(Socks5CommandStatus.ADDRESS_UNSUPPORTED));
      return;
    }
    var head = Head.connect(meant, "https", Headers.NONE);
    var objection = new Threshold(means, from).objection(meant.host(), meant.port());
    if (objection != null) {
      refuse(ctx, head, objection.why());
      return;
    }
    decide(ctx, head, meant);
  }

  private void refuse(ChannelHandlerContext ctx, Head head, String why) {
    Entry.failed(
        means,
        from,
        head,
        new Decision(Verdict.BLOCK, "refused", null),
        Cause.CLIENT_PROTOCOL,
        why);
    last(ctx, answer(Socks5CommandStatus.FORBIDDEN));
  }

  private void decide(ChannelHandlerContext ctx, Head head, Authority meant) {
    var decision = means.policy.get().connection(meant.host());
    if (decision.verdict() == Verdict.BLOCK) {
      var entry = new Entry(means, from, head, decision, 0);
      entry.end();
      last(ctx, answer(Socks5CommandStatus.FORBIDDEN));
      return;
    }
    if (decision.verdict() != Verdict.TUNNEL || meant.isAddress()) {
      granted(ctx, head, meant, decision, null);
      return;
    }
    isOver = true;
    end();
    var loop = ctx.channel().eventLoop();
    means
        .upstreams
        .raw(new Target("https", meant.host(), meant.port()), loop)
        .whenComplete(
            (server, failure) ->
                loop.execute(() -> dialed(ctx, head, meant, decision, server, failure)));
  }

  private void dialed(
      ChannelHandlerContext ctx,
      Head head,
      Authority meant,
      Decision decision,
      @Nullable Channel server,
      @Nullable Throwable failure) {
    if (server == null) {
      var known = Failures.of(failure);
      Entry.failed(means, from, head, decision, known.cause(), known.detail());
      last(ctx, answer(status(known.cause())));
      return;
    }
    if (!ctx.channel().isActive()) {
      server.close();
      Entry.failed(means, from, head, decision, Cause.CLIENT_GONE, "gone before the answer");
      return;
    }
    granted(ctx, head, meant, decision, server);
  }

  private static Socks5CommandStatus status(Cause cause) {
    return switch (cause) {
      case UPSTREAM_NAME -> Socks5CommandStatus.HOST_UNREACHABLE;
      case UPSTREAM_FORBIDDEN, SEALED -> Socks5CommandStatus.FORBIDDEN;
      default -> Socks5CommandStatus.CONNECTION_REFUSED;
    };
  }

  private void granted(
      ChannelHandlerContext ctx,
      Head head,
      Authority meant,
      Decision decision,
      @Nullable Channel server) {
    isOver = true;
    end();
    from.meant = meant;
    ctx.writeAndFlush(answer(Socks5CommandStatus.SUCCESS));
    var pipeline = ctx.pipeline();
    pipeline.addLast(new FirstOctets(means, from, new Tunnel(means, from, head, decision, server)));
    pipeline.remove(this);
    pipeline.remove(DECODER);
    pipeline.remove(ENCODER);
  }

  private static DefaultSocks5CommandResponse answer(Socks5CommandStatus status) {
    return new DefaultSocks5CommandResponse(status, Socks5AddressType.IPv4, "0.0.0.0", 0);
  }

  private void malformed(ChannelHandlerContext ctx) {
    means.metrics.refused(Refusal.MALFORMED);
    close(ctx);
  }

  private void late(ChannelHandlerContext ctx) {
    means.metrics.refused(Refusal.SLOW);
    close(ctx);
  }

  private void last(ChannelHandlerContext ctx, Object answer) {
    isOver = true;
    end();
    ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
  }

  private void close(ChannelHandlerContext ctx) {
    isOver = true;
    end();
    ctx.close();
  }

  private void end() {
    if (patience != null) {
      patience.end();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException) && !(cause instanceof DecoderException)) {
      means.bug("SOCKS", cause);
    }
    close(ctx);
  }
}
