package io.penstock.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** TLS from here on. */
final class Handshake extends Step {

  private static final int CAUSES_MAX = 8;

  private final SSLEngine engine;
  private final Executor tasks;
  private final Duration timeout;

  /**
   * @param tasks runs what takes long: checking certificates, computing keys
   */
  Handshake(SSLEngine engine, Executor tasks, Duration timeout) {
    super(Cause.UPSTREAM_TLS, timeout);
    this.engine = engine;
    this.tasks = tasks;
    this.timeout = timeout;
  }

  @Override
  void begin(ChannelHandlerContext context) {
    var handler = new SslHandler(engine, false, tasks);
    // The step's own clock is the one that counts.
    handler.setHandshakeTimeoutMillis(2 * timeout.toMillis());
    handler
        .handshakeFuture()
        .addListener(
            shaken -> {
              if (shaken.isSuccess()) {
                succeed();
              } else {
                fail(reason(shaken.cause()));
              }
            });
    context.pipeline().addBefore(context.name(), null, handler);
  }

  @Override
  void end(ChannelHandlerContext context) {}

  @Override
  void received(ChannelHandlerContext context, Object message) {}

  /** What is wrong with a certificate says more than that something is. */
  private static String reason(@Nullable Throwable failure) {
    var said = failure;
    for (int i = 0; i < CAUSES_MAX && said != null; i++) {
      if (said instanceof CertificateException && said.getMessage() != null) {
        return "certificate: " + said.getMessage();
      }
      said = said.getCause();
    }
    return failure == null || failure.getMessage() == null ? "no TLS" : failure.getMessage();
  }

  /** What was agreed on. */
  static Exchange.Tls facts(SSLEngine engine, @Nullable String sni) {
    var session = engine.getSession();
    var alpn = engine.getApplicationProtocol();
    return new Exchange.Tls(
        session.getProtocol(),
        session.getCipherSuite(),
        sni,
        alpn == null || alpn.isEmpty() ? null : alpn);
  }
}
