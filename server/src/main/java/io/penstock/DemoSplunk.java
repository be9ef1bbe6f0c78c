package io.penstock;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.penstock.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * What the demo has in the place of a Splunk: an event collector on loopback that takes everything
 * and keeps nothing, but events with a member {@code strange}, which it refuses as Splunk refuses
 * what it cannot read.
 */
final class DemoSplunk implements AutoCloseable {

  private static final byte[] EVENT = "{\"time\":".getBytes(StandardCharsets.UTF_8);
  private static final byte[] STRANGE = "\"strange\":".getBytes(StandardCharsets.UTF_8);

  /** More than a sink sends at once. */
  private static final int BODY_BYTES_MAX = 16 << 20;

  private final String token;
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  /**
   * @param token what must be shown
   */
  DemoSplunk(String token) throws IOException {
    this.token = token;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(workers);
    server.createContext("/services/collector", this::answer);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!("Splunk " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        answer(exchange, 403, "Invalid token", 4, null);
        return;
      }
      if (exchange.getRequestURI().getPath().endsWith("/health")) {
        answer(exchange, 200, "HEC is healthy", 17, null);
        return;
      }
      var body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX);
      int strange = strange(body);
      if (strange >= 0) {
        answer(exchange, 400, "Invalid data format", 6, strange);
        return;
      }
      answer(exchange, 200, "Success", 0, null);
    }
  }

  /** Number of the first event that is refused, from 0 on; -1 when there is none. */
  private static int strange(byte[] body) {
    int at = find(body, STRANGE, 0, body.length);
    return at < 0 ? -1 : count(body, at) - 1;
  }

  /** How many events begin before a place. */
  private static int count(byte[] body, int end) {
    int count = 0;
    for (int at = find(body, EVENT, 0, end); at >= 0; at = find(body, EVENT, at + 1, end)) {
      count++;
    }
    return count;
  }

  private static int find(byte[] text, byte[] wanted, int from, int end) {
    for (int i = from; i <= end - wanted.length; i++) {
      if (text[i] == wanted[0] && matches(text, wanted, i)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean matches(byte[] text, byte[] wanted, int at) {
    for (int i = 1; i < wanted.length; i++) {
      if (text[at + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private static void answer(
      HttpExchange exchange, int status, String text, int code, @Nullable Integer event)
      throws IOException {
    Map<String, @Nullable Object> answer = Json.object("text", text, "code", code);
    if (event != null) {
      answer.put("invalid-event-number", event);
    }
    var bytes = Json.bytes(answer);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
