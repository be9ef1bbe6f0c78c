package io.penstock.intercept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptMetrics.Handshake;
import io.penstock.policy.Decision;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;

/**
 * Waits for the handshake with a client, and goes on with the protocol that it agreed on. A client
 * that does not accept our certificate is journaled: something tried to speak, and cannot be read.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Shaking extends ChannelInboundHandlerAdapter {

  private static final String ALERT = "received fatal alert: ";
  private static final int DETAIL_MAX = 200;

  private final Means means;
  private final Incoming from;
  private final SslHandler tls;
  private boolean isShaken;

  /** Its slot for a handshake is taken already. */
  Shaking(Means means, Incoming from, SslHandler tls) {
    this.means = means;
    this.from = from;
    this.tls = tls;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent completion) {
      shaken();
      if (completion.isSuccess()) {
        succeeded(ctx);
      } else {
        failed(ctx, completion.cause());
      }
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  private void shaken() {
    if (!isShaken) {
      isShaken = true;
      means.slots.shaken();
    }
  }

  private void succeeded(ChannelHandlerContext ctx) {
    means.metrics.shaken(Handshake.DONE);
    var session = tls.engine().getSession();
    var protocol = tls.applicationProtocol();
    from.tls =
        new Exchange.Tls(session.getProtocol(), session.getCipherSuite(), from.sni, protocol);
    if (ApplicationProtocolNames.HTTP_2.equals(protocol)) {
      Pipelines.http2(ctx.pipeline(), this, means, from);
    } else {
      Pipelines.http1(ctx.pipeline(), this, means, from);
    }
  }

  private void failed(ChannelHandlerContext ctx, Throwable cause) {
    var message = String.valueOf(cause.getMessage());
    int alert = message.toLowerCase(Locale.ROOT).indexOf(ALERT);
    boolean isGone = cause instanceof ClosedChannelException;
    means.metrics.shaken(
        alert >= 0 ? Handshake.REJECTED : isGone ? Handshake.BROKEN_OFF : Handshake.FAILED);
    var detail =
        alert >= 0
            ? "the client says " + message.substring(alert + ALERT.length())
            : isGone ? "the client went away" : message;
    var meant = from.destination();
    var certified = String.valueOf(from.certified());
    var head =
        Head.connect(
            meant == null ? new Authority(certified, from.towards(443)) : meant,
            "https",
            Headers.NONE);
    var hosts = from.hosts();
    var decision =
        hosts.isEmpty()
            ? new Decision(Verdict.OBSERVE, "refused", null)
            : Strictness.connection(means.policy.get(), hosts);
    Entry.failed(
        means,
        from,
        head,
        decision,
        Cause.CLIENT_TLS,
        detail.substring(0, Math.min(DETAIL_MAX, detail.length())));
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    shaken();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // It has been told as an event.
    ctx.close();
  }
}
