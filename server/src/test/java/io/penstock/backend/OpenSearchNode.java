package io.penstock.backend;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/**
 * An OpenSearch node, a real one. Starting takes 10 to 30 seconds: tests that do not kill it use
 * the {@link #shared} one and indices of their own.
 */
public final class OpenSearchNode implements AutoCloseable {

  private final ChildServer child;
  private final HttpClient client = HttpClient.newHttpClient();

  private static final class Shared {

    private static final OpenSearchNode NODE = start();

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(NODE::close));
    }
  }

  private OpenSearchNode(ChildServer child) {
    this.child = child;
  }

  /** A node of the caller's own. */
  public static OpenSearchNode start() {
    return new OpenSearchNode(
        new ChildServer("OpenSearch", List.of("-Xms512m", "-Xmx512m")).start());
  }

  /** The node that the tests of a run share; not to be killed. */
  public static OpenSearchNode shared() {
    return Shared.NODE;
  }

  public int port() {
    return child.port("http");
  }

  /** Its address, without a slash at the end. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + port());
  }

  /** As a kill -9 does it. */
  public void kill() {
    child.kill();
  }

  /** Starts it again with what it kept, on the same port. */
  public void restart() {
    child.kill();
    child.start();
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri().resolve(path)).build());
  }

  /** Sends JSON, or lines of it. */
  public HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(uri().resolve(path))
            .method(method, BodyPublishers.ofString(body))
            .header(
                "Content-Type",
                path.contains("_bulk") ? "application/x-ndjson" : "application/json")
            .build());
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, BodyHandlers.ofString());
  }

  @Override
  public void close() {
    child.close();
  }
}
