package io.penstock.intercept;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.penstock.certificate.Leaf;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS as we speak it with clients, ready for the hosts that were asked for lately. For any number
 * of threads.
 */
final class Contexts {

  private static final int SESSIONS_MAX = 256;
  private static final int SESSION_SECONDS = 3_600;

  private static final ApplicationProtocolConfig PROTOCOLS =
      new ApplicationProtocolConfig(
          Protocol.ALPN,
          SelectorFailureBehavior.NO_ADVERTISE,
          SelectedListenerFailureBehavior.ACCEPT,
          ApplicationProtocolNames.HTTP_2,
          ApplicationProtocolNames.HTTP_1_1);

  private final Certificates certificates;
  private final Executor workers;
  private final Map<String, Ready> ready;

  private record Ready(Leaf leaf, SslContext context) {}

  /**
   * @param workers makes contexts, which takes longer than an event loop has
   */
  Contexts(Certificates certificates, int contextsMax, Executor workers) {
    this.certificates = certificates;
    this.workers = workers;
    this.ready =
        new LinkedHashMap<>(16, .75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Ready> eldest) {
            return size() > contextsMax;
          }
        };
  }

  CompletableFuture<SslContext> of(String host) {
    return certificates.leaf(host).thenCompose(this::of);
  }

  private CompletableFuture<SslContext> of(Leaf leaf) {
    var known = known(leaf);
    return known != null
        ? CompletableFuture.completedFuture(known)
        : CompletableFuture.supplyAsync(() -> made(leaf), workers);
  }

  // A leaf that was issued anew is another one, whatever is in it.
  @SuppressWarnings("ReferenceEquality")
  private @Nullable SslContext known(Leaf leaf) {
    synchronized (ready) {
      var found = ready.get(leaf.host());
      return found != null && found.leaf() == leaf ? found.context() : null;
    }
  }

  private SslContext made(Leaf leaf) {
    try {
      var context =
          SslContextBuilder.forServer(leaf.key(), leaf.chain().toArray(X509Certificate[]::new))
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .applicationProtocolConfig(PROTOCOLS)
              .sessionCacheSize(SESSIONS_MAX)
              .sessionTimeout(SESSION_SECONDS)
              .build();
      synchronized (ready) {
        ready.put(leaf.host(), new Ready(leaf, context));
      }
      return context;
    } catch (SSLException e) {
      throw new CompletionException(e);
    }
  }
}
