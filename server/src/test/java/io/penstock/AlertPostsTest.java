package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.inventory.Alert;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AlertPostsTest {

  private static final Alert ALERT =
      new Alert(
          Alert.Kind.NEW_HOST,
          Instant.parse("2026-11-22T12:00:00Z"),
          "default",
          "cribl",
          "4.16.1",
          "cdn.cribl.io",
          "was asked for <the> first time");

  private final List<String> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private final HttpServer receiver = receiver();
  private final Dialer dialer =
      new Dialer(DialPolicy.DEFAULT, Resolver.SYSTEM, _ -> false, "penstock/test");

  private HttpServer receiver() {
    try {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean isRefused = refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
            if (!isRefused) {
              received.add(exchange.getRequestURI().getPath() + " " + body);
            }
            exchange.sendResponseHeaders(isRefused ? 503 : 204, -1);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() {
    receiver.stop(0);
    dialer.close();
  }

  @Test
  void eachPlaceGetsItsForm() throws Exception {
    try (var posts = posts(Optional.of(uri("/hook")), Optional.of(uri("/slack")))) {
      posts.start();

      posts.accept(ALERT);

      await().untilAsserted(() -> assertThat(received).hasSize(2));
      assertThat(received.getFirst())
          .startsWith("/hook {")
          .contains("\"kind\":\"NEW_HOST\"", "\"subject\":\"cdn.cribl.io\"");
      assertThat(received.getLast())
          .isEqualTo(
              "/slack {\"text\":\"new host: cribl was asked for &lt;the&gt; first time (tenant"
                  + " default)\"}");
    }
  }

  @Test
  void whatIsNotTakenIsSentAgain() throws Exception {
    refusals.set(2);
    try (var posts = posts(Optional.of(uri("/hook")), Optional.empty())) {
      posts.start();

      posts.accept(ALERT);

      await().untilAsserted(() -> assertThat(received).hasSize(1));
    }
  }

  private AlertPosts posts(Optional<URI> webhook, Optional<URI> slack) throws Exception {
    var config = new AlertPosts.Config(webhook, slack);
    return new AlertPosts(config, dialer, Duration.ofMillis(10), new PrometheusRegistry());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + path);
  }
}
