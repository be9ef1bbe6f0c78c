package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.penstock.exchange.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a connection.
 *
 * @param address that was connected to, with its port; the proxy's when there is one in between
 * @param through the proxy in between; null when there is none
 * @param tls with the server that was meant; null when there is none, or it is not ours to read
 * @param connectNanos to look up, connect and get through the proxy; 0 when it was there
 * @param tlsNanos to shake hands; 0 when it was there
 */
public record Facts(
    String address,
    @Nullable String through,
    Exchange.@Nullable Tls tls,
    long connectNanos,
    long tlsNanos) {

  private static final AttributeKey<Facts> KEY = AttributeKey.valueOf(Facts.class, "facts");

  /** Of a tunnel that {@link Upstreams#raw} made. */
  public static @Nullable Facts of(Channel channel) {
    return channel.attr(KEY).get();
  }

  void attach(Channel channel) {
    channel.attr(KEY).set(this);
  }

  Facts reused() {
    return new Facts(address, through, tls, 0, 0);
  }

  /** As an exchange tells it. */
  public Exchange.Upstream upstream(long firstOctetNanos) {
    return new Exchange.Upstream(address, through, tls, connectNanos, tlsNanos, firstOctetNanos);
  }
}
