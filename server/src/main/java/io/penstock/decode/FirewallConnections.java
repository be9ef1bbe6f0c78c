package io.penstock.decode;

import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a firewall has reported of each connection so far, so that its octets count once (decoding
 * case 60).
 *
 * <p>A Cisco ASA sends a connection's updates with what passed since the last one, and then, when
 * the connection ends, one more update with the rest and a record with the totals. Of the totals,
 * what no update told is still to be counted: all of it for a short connection, which has no
 * updates at all; nothing as a rule for a long one; and what was in updates that got lost.
 */
final class FirewallConnections {

  /** Connections of one firewall that are remembered. */
  private static final int CONNECTIONS_MAX = 65_536;

  /** What was counted of a connection: octets and packets of both directions. */
  static final class Counted {

    private final long[] sums = new long[COUNTERS];
    private boolean isEnded;
  }

  /** Octets, packets, and both in the reverse direction. */
  static final int COUNTERS = 4;

  /** What a connection takes: its number, its counters and their place. */
  private static final int CONNECTION_BYTES = 176;

  private final Announcements owner;
  private final AnnouncementBook book;
  private @Nullable LinkedHashMap<Long, Counted> connections;

  FirewallConnections(Announcements owner, AnnouncementBook book) {
    this.owner = owner;
    this.book = book;
  }

  private static long key(long domain, long connection) {
    return LongMap.mix(domain) ^ connection;
  }

  /** A connection begins; its number may have been another's before. */
  void created(long domain, long connection) {
    if (connections != null && connections.remove(key(domain, connection)) != null) {
      book.shrank(owner, CONNECTION_BYTES);
    }
  }

  /** Takes an update's counters, and leaves of them what is to be counted: all, or nothing. */
  void updated(long domain, long connection, long[] counters) {
    var known = connection(key(domain, connection));
    for (int i = 0; i < COUNTERS; i++) {
      counters[i] = known.isEnded ? Math.min(counters[i], 0) : counters[i];
      known.sums[i] += Math.max(0, counters[i]);
    }
  }

  /** Takes the totals of a connection that ended, and leaves what was not counted before. */
  void ended(long domain, long connection, long[] counters) {
    var known = connections == null ? null : connections.get(key(domain, connection));
    if (known == null) {
      return;
    }
    known.isEnded = true;
    for (int i = 0; i < COUNTERS; i++) {
      counters[i] = counters[i] < 0 ? counters[i] : Math.max(0, counters[i] - known.sums[i]);
    }
  }

  private Counted connection(Long key) {
    if (connections == null) {
      connections = new LinkedHashMap<>(16, 0.75f, true);
    }
    var known = connections.get(key);
    if (known != null) {
      return known;
    }
    var counted = new Counted();
    if (connections.size() >= CONNECTIONS_MAX) {
      displaceOldest();
    }
    connections.put(key, counted);
    book.grew(owner, CONNECTION_BYTES);
    return counted;
  }

  /** Forgets the connection not heard of for longest; false if there is none. */
  boolean displaceOldest() {
    if (connections == null || connections.pollFirstEntry() == null) {
      return false;
    }
    book.shrank(owner, CONNECTION_BYTES);
    book.displacedConnection();
    return true;
  }
}
