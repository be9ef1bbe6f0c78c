package io.penstock.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.penstock.json.Json;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The listener: one Helidon web server whose only handler is ours, so that every answer, refusals
 * included, passes through {@link Shell}.
 */
public final class HttpServer implements AutoCloseable {

  private final RouteTable routes;
  private final WebServer server;

  /** Builds without listening; {@link #start} opens the port. */
  public HttpServer(
      HttpConfig config,
      RouteTable routes,
      Authenticator authenticator,
      PrometheusRegistry registry,
      Consumer<Finished> observer) {
    this.routes = routes;
    var shell = new Shell(config, routes, authenticator, registry, observer);
    this.server =
        WebServer.builder()
            .bindAddress(bindAddress(config))
            .shutdownHook(false)
            // The other way of reading knows no timeout, see TimedSockets.
            .useNio(false)
            .featuresDiscoverServices(false)
            .shutdownGracePeriod(config.stopTimeout())
            .maxTcpConnections(config.connectionsMax())
            .idleConnectionTimeout(config.idleTimeout())
            .idleConnectionPeriod(Duration.ofSeconds(15))
            .connectionOptions(new TimedSockets(config.readTimeout()))
            .addProtocol(
                Http1Config.builder()
                    .maxHeadersSize(config.headerBytesMax())
                    .maxPrologueLength(config.requestLineBytesMax())
                    .build())
            .contentEncoding(new RawBodies())
            .directHandlers(plainErrors())
            .routing(HttpRouting.builder().any(shell::handle))
            .build();
  }

  /** Starts to listen. */
  public HttpServer start() {
    server.start();
    return this;
  }

  /** What it answers. */
  public RouteTable routes() {
    return routes;
  }

  /** The port it listens on: the system's choice when 0 was configured. */
  public int port() {
    return server.port();
  }

  /** Takes no more requests, lets the running ones end, and closes. */
  @Override
  public void close() {
    server.stop();
  }

  private static InetSocketAddress bindAddress(HttpConfig config) {
    if (config.host().isEmpty()) {
      // The wildcard of a dual-stack socket: IPv4 and IPv6.
      return new InetSocketAddress(config.port());
    }
    try {
      return new InetSocketAddress(InetAddress.getByName(config.host()), config.port());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("cannot listen on unknown host " + config.host(), e);
    }
  }

  /** What Helidon refuses before our handler sees it gets the same kind of body. */
  private static DirectHandlers plainErrors() {
    var builder = DirectHandlers.builder();
    for (var type : DirectHandler.EventType.values()) {
      builder.addHandler(type, HttpServer::plainError);
    }
    return builder.build();
  }

  private static DirectHandler.TransportResponse plainError(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    var body =
        switch (type) {
          case PAYLOAD_TOO_LARGE ->
              Json.object("error", "too_large", "detail", "Payload too large");
          case INTERNAL_ERROR ->
              Json.object(
                  "error", "internal_server_error", "detail", "An unexpected error occurred");
          default -> Json.object("error", "bad_request", "detail", "Malformed HTTP request");
        };
    headers.set(HeaderNames.CONTENT_TYPE, "application/json");
    Shell.addFixedHeaders(headers);
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .keepAlive(type.keepAlive())
        .entity(Json.bytes(body))
        .build();
  }
}
