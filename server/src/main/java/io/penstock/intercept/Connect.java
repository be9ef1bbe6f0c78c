package io.penstock.intercept;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Verdict;
import io.penstock.policy.Decision;
import io.penstock.upstream.Target;
import org.jspecify.annotations.Nullable;

/**
 * CONNECT (RFC 9110 §9.3.6). A host that is tunnelled is connected to first, so that the client
 * learns when that fails. Every other one is answered at once, and so is an address: whose it is,
 * only TLS will tell.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connect implements Turn {

  private final Means means;
  private final Requests requests;
  private final Incoming from;
  private final Head head;
  private final Authority meant;
  private final Decision decision;
  private final Reply reply;
  private boolean isOver;

  Connect(
      Means means,
      Requests requests,
      Incoming from,
      Head head,
      Authority meant,
      Decision decision,
      Reply reply) {
    this.means = means;
    this.requests = requests;
    this.from = from;
    this.head = head;
    this.meant = meant;
    this.decision = decision;
    this.reply = reply;
  }

  @Override
  public boolean takes() {
    return true;
  }

  @Override
  public void content(HttpContent piece) {
    boolean isLast = piece instanceof LastHttpContent;
    piece.release();
    if (!isLast || isOver) {
      return;
    }
    if (decision.verdict() != Verdict.TUNNEL || meant.isAddress()) {
      established(null);
      return;
    }
    var loop = reply.channel().eventLoop();
    means
        .upstreams
        .raw(new Target("https", meant.host(), meant.port()), loop)
        .whenComplete((server, failure) -> loop.execute(() -> dialed(server, failure)));
  }

  private void dialed(@Nullable Channel server, @Nullable Throwable failure) {
    if (isOver) {
      if (server != null) {
        server.close();
      }
      return;
    }
    if (server == null) {
      var known = Failures.of(failure);
      refuse(known.cause(), known.detail(), Failures.status(known.cause()));
      return;
    }
    established(server);
  }

  private void refuse(Cause cause, String detail, int status) {
    isOver = true;
    var entry = new Entry(means, from, head, decision, 0);
    entry.failed(cause, detail);
    var headers = Details.headers();
    var body = Details.body(Failures.detail(cause));
    reply.whole(HttpResponseStatus.valueOf(status), headers, body, EmptyHttpHeaders.INSTANCE);
    entry.answered(status, Heads.headers(headers));
    if (reply.hasBody()) {
      entry.got.see(body, 0, body.length);
    }
    entry.end();
    requests.done();
  }

  private void established(@Nullable Channel server) {
    isOver = true;
    from.meant = meant;
    reply.switching(
        new HttpResponseStatus(200, "Connection Established"), new DefaultHttpHeaders());
    var tunnel = new Tunnel(means, from, head, decision, server);
    requests.leave();
    Pipelines.first(requests.context(), means, from, tunnel);
  }

  @Override
  public void writable() {}

  @Override
  public void late() {
    if (!isOver) {
      refuse(Cause.UPSTREAM_CONNECT, "no connection in time", 504);
    }
  }

  @Override
  public void gone() {
    if (!isOver) {
      isOver = true;
      Entry.failed(means, from, head, decision, Cause.CLIENT_GONE, "gone before the answer");
    }
  }
}
