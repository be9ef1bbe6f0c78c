package io.penstock;

import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Calls a server with keys of all kinds. */
final class Visitor implements AutoCloseable {

  /** What a key lets its bearer be. */
  enum Standing {
    /** A good key without the scope admin. */
    MEMBER,
    ADMIN,
    /** A key that was good once. */
    REFUSED,
    /** No key. */
    STRANGER
  }

  /** Who calls. */
  record Caller(String name, @Nullable String secret, Standing standing) {

    static final Caller STRANGER = new Caller("stranger", null, Standing.STRANGER);

    @Override
    public String toString() {
      return name;
    }
  }

  /** What came back; of a stream that began, nothing but the status. */
  record Reply(int status, String body) {

    /** One of its members, as text. */
    String text(String member) {
      return String.valueOf(members().get(member));
    }

    Map<?, ?> members() {
      try {
        return (Map<?, ?>) Objects.requireNonNull(JsonTree.parse(body));
      } catch (MalformedJsonException e) {
        throw new IllegalStateException("not an object of JSON: " + body, e);
      }
    }
  }

  private static final Caller OPERATOR = new Caller("operator", ServerProcess.KEY, Standing.ADMIN);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final ServerProcess server;

  Visitor(ServerProcess server) {
    this.server = server;
  }

  int netflowPort() {
    return server.netflowPort();
  }

  HttpRequest.Builder request(Caller caller, String path, String... headers) {
    var request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + server.httpPort() + path))
            .timeout(Duration.ofSeconds(30));
    if (caller.secret() != null) {
      request.header("Authorization", "Bearer " + caller.secret());
    }
    return headers.length == 0 ? request : request.headers(headers);
  }

  /** Calls with headers given as name, value, name, value. */
  Reply call(Caller caller, String method, String path, String body, String... headers) {
    var request = request(caller, path, headers).method(method, BodyPublishers.ofString(body));
    try {
      var answer = client.send(request.build(), BodyHandlers.ofInputStream());
      try (var in = answer.body()) {
        var type = answer.headers().firstValue("Content-Type").orElse("");
        return new Reply(
            answer.statusCode(),
            type.startsWith("text/event-stream")
                ? ""
                : new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path + " by " + caller, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** What the server's own admin does, for a tenant or for none. */
  Reply operate(String method, String path, String body, @Nullable String tenant) {
    return tenant == null
        ? call(OPERATOR, method, path, body)
        : call(OPERATOR, method, path, body, "X-Tenant-ID", tenant);
  }

  HttpClient client() {
    return client;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
