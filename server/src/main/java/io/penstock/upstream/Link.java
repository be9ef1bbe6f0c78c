package io.penstock.upstream;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * A way to a server for one exchange. The channel takes the request in Netty's HTTP objects, and
 * gives those of the response to the handlers that the exchange adds at its end, when it is read
 * from: each {@code read} for what is there, no more. Interim responses (RFC 9110 §15.2) come as
 * whole ones of their own before the response.
 *
 * <p>What goes wrong comes as an {@link UpstreamException} in {@code exceptionCaught}, and the
 * channel closes; a channel that closes before the response was whole is the end of it, too. To be
 * used on the event loop it was asked for on, and to be given back by one of its methods.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
public final class Link {

  private final Pool pool;
  private final Connection connection;
  private final Channel channel;
  private final @Nullable Turn turn;
  private final boolean isReused;
  private boolean isEnded;

  Link(Pool pool, Connection connection, Channel channel, @Nullable Turn turn, boolean isReused) {
    this.pool = pool;
    this.connection = connection;
    this.channel = channel;
    this.turn = turn;
    this.isReused = isReused;
    if (turn == null) {
      channel.closeFuture().addListener(_ -> pool.release(connection));
    }
  }

  /** Not read from by itself. */
  public Channel channel() {
    return channel;
  }

  public Facts facts() {
    return isReused ? connection.facts.reused() : connection.facts;
  }

  /**
   * Whether others came before: then the server may close the connection just as the request is
   * sent, and a request without effects may be tried again (RFC 9110 §9.2.2).
   */
  public boolean isReused() {
    return isReused;
  }

  /** Whether it is a stream of HTTP/2. */
  public boolean isStream() {
    return turn == null;
  }

  /** The exchange is over. Whether the connection can have another is known here. */
  public void release() {
    if (isEnded) {
      return;
    }
    isEnded = true;
    if (turn == null || !turn.isOver() || !channel.isActive()) {
      channel.close();
      return;
    }
    turn.rest(channel);
    // The response may have come with another that nobody asked for, which ends the connection: it
    // must be seen before somebody else's request is there to be answered by it.
    channel.eventLoop().execute(() -> pool.release(connection));
  }

  /** The exchange is given up, and the connection, or the stream, with it. */
  public void discard() {
    if (isEnded) {
      // It may be somebody else's by now.
      return;
    }
    isEnded = true;
    channel.close();
  }

  /**
   * Leaves the channel to the caller without HTTP, after the protocol was switched (RFC 9110 §7.8).
   * Octets that came already go to its handlers at once.
   *
   * @throws IllegalStateException for a stream, on which nothing can be switched
   */
  public Channel detach() {
    if (turn == null) {
      throw new IllegalStateException("a stream of HTTP/2 cannot switch protocols");
    }
    isEnded = true;
    turn.leave(channel);
    return channel;
  }
}
