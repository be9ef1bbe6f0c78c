package io.penstock;

import io.penstock.event.Ip;
import io.penstock.http.TokenBuckets;
import io.penstock.intercept.Admission;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many requests a client of the proxy may make in a minute. A table of fixed size: clients that
 * share a place in it, which with thousands of them some will, share what may be asked. Safe for
 * many threads.
 */
final class ClientRates implements Admission {

  private static final int PLACES = 1 << 16;

  private final TokenBuckets buckets;
  private final AtomicLongArray fullAt = new AtomicLongArray(PLACES);
  private final long epoch = System.nanoTime();

  ClientRates(int perMinute) {
    buckets = new TokenBuckets(perMinute);
  }

  @Override
  public boolean take(Ip client, String host) {
    // An IPv6 client has at least a /64 to itself, and would otherwise have as many clients.
    long bits = client.isV4() ? client.low() : client.high();
    long mixed = bits * 0x9e37_79b9_7f4a_7c15L;
    int place = (int) (mixed >>> 48);
    return buckets.take(fullAt, place, System.nanoTime() - epoch) >= 0;
  }
}
