package io.penstock.http;

import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.util.List;

/**
 * The proxies before this server. One header is read and no other: a proxy that writes the one
 * passes the other on as a client sent it.
 *
 * @param trusted addresses whose word is taken; empty when there is no proxy
 * @param header where a proxy says for whom it asks
 */
public record ProxyConfig(List<Prefix> trusted, Header header) {

  /** No proxies: the client is who is connected. */
  public static final ProxyConfig NONE = new ProxyConfig(List.of(), Header.X_FORWARDED_FOR);

  public ProxyConfig {
    trusted = List.copyOf(trusted);
  }

  /** The headers that proxies write. */
  public enum Header {
    /** The addresses of all hops but the last, separated by commas. */
    X_FORWARDED_FOR,
    /** RFC 7239. */
    FORWARDED
  }

  boolean trusts(Ip ip) {
    for (var network : trusted) {
      if (network.contains(ip)) {
        return true;
      }
    }
    return false;
  }
}
