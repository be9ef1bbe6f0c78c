package io.penstock.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ErrorHandling;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.penstock.json.Json;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The listener: one Helidon web server whose only handler is ours, so that every answer, refusals
 * included, passes through {@link Shell}.
 */
public final class HttpServer implements AutoCloseable {

  /** The web server's words for a request of which it says 400 where RFC 6585 §5 has 431. */
  private static final String HEADERS_TOO_LARGE = "Header size exceeded";

  private static final Status STATUS_431 = Status.create(431, "Request Header Fields Too Large");

  private final RouteTable routes;
  private final WebServer server;

  /**
   * Empty once closed: Helidon 4.5 leaves a timer behind that holds the stopped server for ever,
   * and through this it would hold everything that the routes reach.
   */
  private final AtomicReference<@Nullable Shell> shell;

  /** Builds without listening; {@link #start} opens the port. Trusts the configured proxies. */
  public HttpServer(
      HttpConfig config,
      RouteTable routes,
      Authenticator authenticator,
      PrometheusRegistry registry,
      Consumer<Finished> observer) {
    this(config, routes, authenticator, () -> true, registry, observer);
  }

  /**
   * Builds without listening.
   *
   * @param isProxyTrusted whether the configured proxies are trusted, asked with every request
   */
  public HttpServer(
      HttpConfig config,
      RouteTable routes,
      Authenticator authenticator,
      BooleanSupplier isProxyTrusted,
      PrometheusRegistry registry,
      Consumer<Finished> observer) {
    this.routes = routes;
    var cors = new Cors(config.corsOrigins());
    var handshake = new Handshake(cors);
    this.shell =
        new AtomicReference<>(
            new Shell(
                config,
                routes,
                authenticator,
                isProxyTrusted,
                cors,
                handshake,
                registry,
                observer));
    var open = shell;
    var cap = new ConnectionCap(config.clients(), registry);
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
            .connectionOptions(new TimedSockets(config.readTimeout(), cap))
            .addConnectionSelector(http1(config, handshake))
            .contentEncoding(new RawBodies())
            .directHandlers(plainErrors())
            // So that they are told what was wrong; they write bodies of their own.
            .errorHandling(ErrorHandling.builder().includeEntity(true).build())
            .routing(
                HttpRouting.builder().any((request, response) -> handle(open, request, response)))
            .build();
  }

  private static Http1ConnectionSelector http1(HttpConfig config, Handshake handshake) {
    return Http1ConnectionSelector.builder()
        .config(
            Http1Config.builder()
                .maxHeadersSize(config.headerBytesMax())
                .maxPrologueLength(config.requestLineBytesMax())
                .build())
        .addUpgrader(handshake)
        .build();
  }

  private static void handle(
      AtomicReference<@Nullable Shell> open, ServerRequest request, ServerResponse response) {
    var shell = open.get();
    if (shell == null) {
      throw new CloseConnectionException("closed");
    }
    shell.handle(request, response);
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
    shell.set(null);
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
      Status given,
      ServerResponseHeaders headers,
      @Nullable String message) {
    boolean isHeadersTooLarge = message != null && message.contains(HEADERS_TOO_LARGE);
    var status = isHeadersTooLarge ? STATUS_431 : given;
    var body =
        switch (status.code()) {
          case 413 -> problem(status, "too_large", "Payload too large");
          case 414 -> problem(status, "uri_too_long", "The request line is too long");
          case 431 -> problem(status, "headers_too_large", "The headers are too large");
          case 500 -> problem(status, "internal_server_error", "An unexpected error occurred");
          case 505 -> problem(status, "version_not_supported", "HTTP/1.0 or HTTP/1.1 expected");
          default -> problem(status, "bad_request", "Malformed HTTP request");
        };
    var requestId = UUID.randomUUID().toString();
    headers.set(HeaderNames.create("X-Request-ID"), requestId);
    headers.set(HeaderNames.CONTENT_TYPE, Problem.mediaType(request.headers()));
    Shell.addFixedHeaders(headers);
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .keepAlive(type.keepAlive())
        .entity(Problem.withInstance(Json.bytes(body), requestId, request.path()))
        .build();
  }

  private static Map<String, @Nullable Object> problem(Status status, String error, String detail) {
    return Problem.of(status.code(), Json.object("error", error, "detail", detail));
  }
}
