package io.penstock.upstream;

import io.penstock.dial.Identity;
import io.penstock.policy.HostPattern;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How servers are reached.
 *
 * @param http the proxy for what is asked in clear
 * @param https the proxy for the rest, and for tunnels
 * @param noProxy what is reached without either
 * @param shown who we are to servers that ask; the first that is about a host counts
 */
public record UpstreamConfig(
    Optional<ParentProxy> http,
    Optional<ParentProxy> https,
    NoProxy noProxy,
    Trust trust,
    List<Shown> shown,
    Times times,
    Limits limits) {

  public static final UpstreamConfig DEFAULT =
      new UpstreamConfig(
          Optional.empty(),
          Optional.empty(),
          NoProxy.NONE,
          Trust.DEFAULT,
          List.of(),
          Times.DEFAULT,
          Limits.DEFAULT);

  public UpstreamConfig {
    shown = List.copyOf(shown);
  }

  /**
   * Whose certificates are good.
   *
   * @param authorities certificates to trust besides the machine's, PEM; null for none
   * @param insecure hosts that need not prove who they are
   */
  public record Trust(@Nullable String authorities, List<HostPattern> insecure) {

    public static final Trust DEFAULT = new Trust(null, List.of());

    public Trust {
      insecure = List.copyOf(insecure);
    }

    boolean isInsecure(String host) {
      for (var pattern : insecure) {
        if (pattern.matches(host)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Hosts, and what they are shown when they want to know who we are (RFC 8446 §4.3.2). */
  public record Shown(HostPattern hosts, Identity identity) {}

  /**
   * Longest waits.
   *
   * @param connect for addresses, and for one of them to answer
   * @param handshake for TLS, and for a proxy's answer
   * @param turn for a connection while there may be no more of them
   * @param idle how long a connection is kept without a request; over one of HTTP/2 that is silent
   *     for half of it while requests are under way, the server is asked whether it is still there
   */
  public record Times(Duration connect, Duration handshake, Duration turn, Duration idle) {

    public static final Times DEFAULT =
        new Times(
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30));
  }

  /**
   * @param perTarget connections to one server
   * @param total connections to all of them
   * @param idlePerTarget connections to one server that are kept without a request
   * @param idle connections to all of them that are kept without a request
   * @param waiting requests that wait for a connection
   * @param streams requests at once over one connection of HTTP/2; the server may want fewer
   */
  public record Limits(
      int perTarget, int total, int idlePerTarget, int idle, int waiting, int streams) {

    public static final Limits DEFAULT = new Limits(64, 1_024, 16, 256, 512, 100);
  }

  /** The proxy on the way to a server; null when there is none. */
  @Nullable ParentProxy parent(Target target) {
    var proxy = target.isSecure() ? https : http;
    return proxy.filter(_ -> !noProxy.matches(target.host(), target.port())).orElse(null);
  }
}
