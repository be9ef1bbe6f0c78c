package io.penstock.exchange;

import java.util.List;

/**
 * A request as a client sent it.
 *
 * @param scheme {@code http}, {@code https}, {@code ws} or {@code wss}
 * @param host whom it is for, as {@link HostName} writes it; never empty
 * @param port whom it is for
 * @param method as sent, such as {@code GET}
 * @param target path and query as sent, octet for octet ({@code /a?b=c}); {@code *} and an
 *     authority are possible
 * @param version as on the wire: {@code HTTP/1.0}, {@code HTTP/1.1}, {@code HTTP/2}
 * @param headers without HTTP/2's pseudo headers
 */
public record Asked(
    String scheme,
    String host,
    int port,
    String method,
    String target,
    String version,
    Headers headers,
    Content body) {

  /** The path as sent, without the query. */
  public String path() {
    int question = target.indexOf('?');
    return question < 0 ? target : target.substring(0, question);
  }

  /** The query as sent, without its question mark; empty when there is none. */
  public String query() {
    int question = target.indexOf('?');
    return question < 0 ? "" : target.substring(question + 1);
  }

  /** The parameters of the query, decoded, in their order; names may repeat. */
  public List<Parameter> parameters() {
    return Parameter.parse(query());
  }

  /**
   * The whole address as sent; the standard port of the scheme is left out. A target that names no
   * path, as those of CONNECT and {@code OPTIONS *} do, has none there either (RFC 9110 §7.1).
   */
  public String url() {
    boolean isStandard =
        port == 443 && (scheme.equals("https") || scheme.equals("wss"))
            || port == 80 && (scheme.equals("http") || scheme.equals("ws"));
    var authority = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    var origin = scheme + "://" + authority + (isStandard ? "" : ":" + port);
    var path = path();
    return path.startsWith("/") ? origin + target : origin + target.substring(path.length());
  }
}
