package io.penstock.upstream;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server, over which requests go one after the other or, in HTTP/2, at once. What
 * changes in it belongs to the {@link Pool}.
 */
final class Connection {

  final Route route;
  final Channel channel;
  final Facts facts;
  final boolean isMultiplexed;

  /** Of HTTP/1.1; null for streams. */
  @Nullable Turn turn;

  /** Requests that may be under way, as the server wants it; one while that is not known. */
  int room = 1;

  /** Whether the server has said how many it wants. */
  boolean isSettled;

  int running;
  long opened;

  /** Takes no more requests. */
  boolean isDraining;

  /** When its last request ended, as {@link System#nanoTime} tells it. */
  long restingSince;

  Connection(Route route, Channel channel, Facts facts, boolean isMultiplexed) {
    this.route = route;
    this.channel = channel;
    this.facts = facts;
    this.isMultiplexed = isMultiplexed;
  }
}
