package io.penstock.http;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Limits and habits of the listener.
 *
 * @param host address to bind; empty for every IPv4 and IPv6 address
 * @param port TCP port; 0 lets the system choose
 * @param headerBytesMax most bytes of headers in a request
 * @param requestLineBytesMax most bytes of a request's first line
 * @param connectionsMax most connections at a time
 * @param bodyBytesInFlightMax most bytes of request bodies held in memory at a time
 * @param readTimeout longest wait for the next byte of a request
 * @param bodyTimeout longest time a request's body may take as a whole
 * @param idleTimeout how long a connection may stay open without a request
 * @param stopTimeout how long running requests may take once the server stops
 * @param corsOrigins origins whose scripts may call; {@code *} for all
 * @param log what the access log says
 * @param clients what one client may do, and how it is known
 */
public record HttpConfig(
    String host,
    int port,
    int headerBytesMax,
    int requestLineBytesMax,
    int connectionsMax,
    long bodyBytesInFlightMax,
    Duration readTimeout,
    Duration bodyTimeout,
    Duration idleTimeout,
    Duration stopTimeout,
    List<String> corsOrigins,
    AccessLog log,
    Clients clients) {

  /**
   * What one client may do, and how it is known.
   *
   * @param connectionsPerAddressMax most connections of an address at a time
   * @param requestsPerMinute most requests of a key in a minute; 0 for no limit
   * @param failuresPerMinute most requests without a good key of an address in a minute; 0 for no
   *     limit
   * @param proxies who speaks for others
   */
  public record Clients(
      int connectionsPerAddressMax,
      int requestsPerMinute,
      int failuresPerMinute,
      ProxyConfig proxies) {

    public static final Clients DEFAULT = new Clients(1000, 600, 60, ProxyConfig.NONE);
  }

  /**
   * What the access log says. Answers of 400 and above are always logged.
   *
   * @param enabled whether there is one
   * @param sampleRate share of the other answers that is logged, 0 to 1
   * @param excludedPaths paths that are not logged when they succeed
   */
  public record AccessLog(boolean enabled, double sampleRate, Set<String> excludedPaths) {}

  /** The defaults, on a port. */
  public static HttpConfig onPort(int port) {
    return new HttpConfig(
        "",
        port,
        16 * 1024,
        8 * 1024,
        10_000,
        Math.min(128L << 20, Runtime.getRuntime().maxMemory() / 8),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(75),
        Duration.ofSeconds(5),
        List.of("*"),
        new AccessLog(
            true, 0.01, Set.of("/v1/metrics", "/v1/system", "/v1/logs/tail", "/v1/admin/requests")),
        Clients.DEFAULT);
  }

  public HttpConfig withClients(Clients other) {
    return new HttpConfig(
        host,
        port,
        headerBytesMax,
        requestLineBytesMax,
        connectionsMax,
        bodyBytesInFlightMax,
        readTimeout,
        bodyTimeout,
        idleTimeout,
        stopTimeout,
        corsOrigins,
        log,
        other);
  }
}
