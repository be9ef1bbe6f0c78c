package io.penstock.destination;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A node, or what stands before one, that answers what a test wants. */
final class ScriptedNode implements AutoCloseable {

  private final HttpServer server;
  private final String scheme;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** What was asked, in its order. */
  final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** A request. */
  record Asked(String method, String target, Map<String, String> headers, byte[] body) {

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** An answer. */
  record Reply(int status, Map<String, String> headers, Writer body) {

    static Reply of(int status, String body) {
      return new Reply(status, Map.of(), out -> out.write(body.getBytes(StandardCharsets.UTF_8)));
    }

    Reply with(String header, String value) {
      return new Reply(status, Map.of(header, value), body);
    }
  }

  /** Writes a body. */
  interface Writer {
    void write(OutputStream out) throws IOException;
  }

  /** Decides what is answered. */
  interface Script {
    Reply answer(Asked asked);
  }

  private ScriptedNode(HttpServer server, String scheme, Script script) {
    this.server = server;
    this.scheme = scheme;
    server.setExecutor(threads);
    server.createContext("/", exchange -> serve(exchange, script));
    server.start();
  }

  static ScriptedNode answering(Script script) throws IOException {
    return new ScriptedNode(HttpServer.create(anyPort(), 0), "http", script);
  }

  static ScriptedNode answering(int status, String body) throws IOException {
    return answering(_ -> Reply.of(status, body));
  }

  /** Wants a certificate from its clients. */
  static ScriptedNode secured(SSLContext context, Script script) throws IOException {
    var server = HttpsServer.create(anyPort(), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            var wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    return new ScriptedNode(server, "https", script);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void serve(HttpExchange exchange, Script script) throws IOException {
    try (exchange) {
      var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
      var request =
          new Asked(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              headers,
              exchange.getRequestBody().readAllBytes());
      asked.add(request);
      var reply = script.answer(request);
      reply.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(reply.status(), 0);
      reply.body().write(exchange.getResponseBody());
    }
  }

  URI uri() {
    return URI.create(scheme + "://localhost:" + server.getAddress().getPort());
  }

  /** What was asked last; null before anything was. */
  @Nullable Asked last() {
    return asked.isEmpty() ? null : asked.getLast();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
