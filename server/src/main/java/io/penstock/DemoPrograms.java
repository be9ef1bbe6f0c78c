package io.penstock;

import io.penstock.certificate.Trust;
import io.penstock.demo.PhoneHomes;
import io.penstock.demo.PhoneHomes.Request;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The programs that phone home, through the proxy of the demo's own server and trusting its
 * authority. That server is sealed: nothing of it goes further.
 */
final class DemoPrograms implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DemoPrograms.class);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final PhoneHomes calls;
  private final HttpClient client;
  private boolean hasBegun;

  DemoPrograms(PhoneHomes calls, Running running) throws GeneralSecurityException, IOException {
    this.calls = calls;
    var proxy = new InetSocketAddress(running.proxy().getHost(), running.proxy().getPort());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .proxy(ProxySelector.of(proxy))
            .sslContext(trusting(Trust.in(running.ca())))
            .build();
  }

  private static SSLContext trusting(Trust trust) throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < trust.roots().size(); i++) {
      store.setCertificateEntry("root-" + i, trust.roots().get(i));
    }
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  /** One round; before the first one there is one of the versions that the programs had before. */
  void call() throws InterruptedException {
    var requests = new ArrayList<Request>();
    if (!hasBegun) {
      requests.addAll(calls.round(true));
      hasBegun = true;
    }
    requests.addAll(calls.round(false));
    send(requests);
  }

  private void send(List<Request> requests) throws InterruptedException {
    for (var request : requests) {
      var builder =
          HttpRequest.newBuilder(request.uri())
              .timeout(PATIENCE)
              .header("User-Agent", request.product() + " (demo)")
              .header("X-Demo", "true");
      if (request.body() != null) {
        builder.header("Content-Type", request.contentType());
      }
      builder.method(
          request.method(),
          request.body() == null
              ? BodyPublishers.noBody()
              : BodyPublishers.ofString(request.body()));
      try {
        var _ = client.send(builder.build(), BodyHandlers.discarding());
      } catch (IOException e) {
        // Some are refused; that is what the demo shows.
        LOG.atDebug().addKeyValue("product", request.product()).setCause(e).log("not answered");
      }
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
