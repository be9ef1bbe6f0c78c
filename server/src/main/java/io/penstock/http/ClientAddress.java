package io.penstock.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.penstock.event.Ip;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Finds out who is calling. That is the peer, unless the peer is a trusted proxy: then it is the
 * last hop that a trusted proxy vouches for. Hops are read from the right, where our own proxies
 * write; what stands further left may have been made up by the client.
 */
final class ClientAddress {

  private static final HeaderName X_FORWARDED_FOR = HeaderNames.create("X-Forwarded-For");
  private static final HeaderName FORWARDED = HeaderNames.create("Forwarded");

  /** More trusted proxies in a row nobody has. */
  private static final int HOPS_MAX = 32;

  private final ProxyConfig proxies;
  private final BooleanSupplier isProxyTrusted;

  /**
   * @param isProxyTrusted whether the trusted proxies are, at this moment
   */
  ClientAddress(ProxyConfig proxies, BooleanSupplier isProxyTrusted) {
    this.proxies = proxies;
    this.isProxyTrusted = isProxyTrusted;
  }

  Ip of(ServerRequest request) {
    var peer = peer(request);
    if (!proxies.trusts(peer) || !isProxyTrusted.getAsBoolean()) {
      return peer;
    }
    return switch (proxies.header()) {
      case X_FORWARDED_FOR -> client(peer, elements(request, X_FORWARDED_FOR), false);
      case FORWARDED -> client(peer, elements(request, FORWARDED), true);
    };
  }

  /** Follows the hops as long as they are trusted; one that cannot be read ends the way. */
  private Ip client(Ip peer, List<String> elements, boolean areForwarded) {
    var client = peer;
    int first = Math.max(0, elements.size() - HOPS_MAX);
    for (int i = elements.size() - 1; i >= first; i--) {
      var hop = address(areForwarded ? forNode(elements.get(i)) : elements.get(i));
      if (hop.isEmpty()) {
        return client;
      }
      client = hop.get();
      if (!proxies.trusts(client)) {
        return client;
      }
    }
    return client;
  }

  private static Ip peer(ServerRequest request) {
    if (request.remotePeer().address() instanceof InetSocketAddress socket
        && socket.getAddress() != null) {
      return Ip.of(socket.getAddress());
    }
    return Ip.parse(request.remotePeer().host()).orElse(Ip.NONE);
  }

  /** The elements of a header's lines, all of them one list (RFC 9110 §5.3). */
  private static List<String> elements(ServerRequest request, HeaderName name) {
    var elements = new ArrayList<String>();
    for (var line : request.headers().all(name, List::of)) {
      int start = 0;
      boolean isQuoted = false;
      for (int i = 0; i < line.length(); i++) {
        char c = line.charAt(i);
        if (c == '"') {
          isQuoted = !isQuoted;
        } else if (c == ',' && !isQuoted) {
          elements.add(line.substring(start, i));
          start = i + 1;
        }
      }
      elements.add(line.substring(start));
    }
    return elements;
  }

  /** The value of {@code for}, the node that asked (RFC 7239 §5.2); empty when there is none. */
  private static String forNode(String element) {
    for (var pair : element.split(";")) {
      var text = pair.strip();
      if (text.toLowerCase(Locale.ROOT).startsWith("for=")) {
        return text.substring("for=".length()).replace("\"", "");
      }
    }
    return "";
  }

  /** {@code 192.0.2.1}, {@code 192.0.2.1:80}, {@code 2001:db8::1} or {@code [2001:db8::1]:80}. */
  private static Optional<Ip> address(String node) {
    var text = node.strip();
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      return end < 0 ? Optional.empty() : Ip.parse(text.substring(1, end));
    }
    int colon = text.indexOf(':');
    boolean hasPort = colon >= 0 && colon == text.lastIndexOf(':');
    return Ip.parse(hasPort ? text.substring(0, colon) : text);
  }

  /**
   * What one client has for itself: an IPv4 address, or the /64 that every IPv6 host can choose its
   * addresses from.
   */
  static Ip ofOneClient(Ip ip) {
    return ip.isV4() ? ip : new Ip(ip.high(), 0);
  }
}
