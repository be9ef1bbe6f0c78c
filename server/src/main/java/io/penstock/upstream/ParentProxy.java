package io.penstock.upstream;

import io.penstock.config.Secret;
import io.penstock.exchange.HostName;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between us and the servers. It is given names as they are, and looks them up itself.
 *
 * @param host as {@link HostName} writes it
 * @param user whom to authenticate as; null for nobody
 * @param password null when there is no user
 */
public record ParentProxy(
    Kind kind, String host, int port, @Nullable String user, @Nullable Secret password) {

  /** RFC 1929 §2 has one octet for each length. */
  private static final int CREDENTIAL_MAX = 255;

  /** How it is spoken to. */
  public enum Kind {
    HTTP("http", 80),
    /** HTTP inside TLS. */
    HTTPS("https", 443),
    SOCKS5("socks5", 1080);

    private final String scheme;
    private final int port;

    Kind(String scheme, int port) {
      this.scheme = scheme;
      this.port = port;
    }
  }

  /**
   * Reads what environments have in {@code HTTPS_PROXY}: {@code http://user:password@host:3128},
   * {@code https://}, {@code socks5://}, {@code socks5h://}, or just host and port, which means
   * HTTP. User and password are percent-encoded. Empty for what is none of these.
   */
  public static Optional<ParentProxy> parse(String text) {
    try {
      var uri = new URI(text.contains("://") ? text : "http://" + text).parseServerAuthority();
      var path = uri.getRawPath();
      boolean isBare =
          (path == null || path.isEmpty() || path.equals("/"))
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null;
      if (!isBare || uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > 65_535) {
        return Optional.empty();
      }
      return kind(uri.getScheme())
          .flatMap(kind -> HostName.of(uri.getHost()).flatMap(host -> of(kind, host, uri)));
    } catch (URISyntaxException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static Optional<Kind> kind(String scheme) {
    return switch (scheme.toLowerCase(Locale.ROOT)) {
      case "http" -> Optional.of(Kind.HTTP);
      case "https" -> Optional.of(Kind.HTTPS);
      case "socks5", "socks5h" -> Optional.of(Kind.SOCKS5);
      default -> Optional.empty();
    };
  }

  private static Optional<ParentProxy> of(Kind kind, String host, URI uri) {
    int port = uri.getPort() < 0 ? kind.port : uri.getPort();
    var info = uri.getRawUserInfo();
    if (info == null) {
      return Optional.of(new ParentProxy(kind, host, port, null, null));
    }
    int colon = info.indexOf(':');
    var user = decoded(colon < 0 ? info : info.substring(0, colon));
    var password = decoded(colon < 0 ? "" : info.substring(colon + 1));
    if (!isCredential(user)
        || user.isEmpty()
        || user.indexOf(':') >= 0
        || !isCredential(password)) {
      return Optional.empty();
    }
    return Optional.of(new ParentProxy(kind, host, port, user, new Secret(password)));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static boolean isCredential(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length <= CREDENTIAL_MAX
        && text.chars().noneMatch(Character::isISOControl);
  }

  /** The field {@code Proxy-Authorization} (RFC 7617 §2); null when nobody is to authenticate. */
  @Nullable String authorization() {
    if (user == null || password == null) {
      return null;
    }
    var pair = (user + ":" + password.value()).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  /** Its address, without who we are to it. */
  public String address() {
    return kind.scheme + "://" + HostPort.text(host, port);
  }
}
