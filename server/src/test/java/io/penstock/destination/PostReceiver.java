package io.penstock.destination;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;

/** An HTTP server on loopback that takes posts and answers what a test says. */
final class PostReceiver implements AutoCloseable {

  private final Answering answering;
  private final int port;
  private HttpServer server;

  /** Every request that came to its end, in its order. */
  final List<Asked> asked = new CopyOnWriteArrayList<>();

  /**
   * A request.
   *
   * @param body unpacked
   */
  record Asked(String method, URI uri, Headers headers, byte[] body, int packedBytes) {

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    String header(String name) {
      return String.valueOf(headers.getFirst(name));
    }
  }

  /** An answer. */
  record Said(int status, String body, Map<String, String> headers) {

    Said(int status, String body) {
      this(status, body, Map.of());
    }
  }

  /** Decides what is answered. */
  interface Answering {
    Said answer(Asked asked);
  }

  PostReceiver(Answering answering) throws IOException {
    this.answering = answering;
    this.server = listen(0);
    this.port = server.getAddress().getPort();
  }

  private HttpServer listen(int wanted) throws IOException {
    var listening =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 0);
    listening.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    listening.createContext("/", this::serve);
    listening.start();
    return listening;
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      var packed = exchange.getRequestBody().readAllBytes();
      var headers = exchange.getRequestHeaders();
      var request =
          new Asked(
              exchange.getRequestMethod(),
              exchange.getRequestURI(),
              headers,
              "gzip".equals(headers.getFirst("Content-Encoding")) ? unpacked(packed) : packed,
              packed.length);
      asked.add(request);
      var said = answering.answer(request);
      said.headers().forEach(exchange.getResponseHeaders()::set);
      var body = said.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(said.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static byte[] unpacked(byte[] packed) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return in.readAllBytes();
    }
  }

  URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }

  void down() {
    server.stop(0);
  }

  void up() throws IOException {
    server = listen(port);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
