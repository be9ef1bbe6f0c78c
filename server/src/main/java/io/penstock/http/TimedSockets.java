package io.penstock.http;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Gives accepted connections their read timeout, and refuses those that are too many. The web
 * server configures channels, and a channel has no such option: without this, a client that stops
 * sending holds its thread for ever.
 */
final class TimedSockets implements SocketOptions {

  private final Duration readTimeout;
  private final ConnectionCap cap;

  TimedSockets(Duration readTimeout, ConnectionCap cap) {
    this.readTimeout = readTimeout;
    this.cap = cap;
  }

  @Override
  public void configureSocket(SocketChannel channel) {
    SocketOptions.super.configureSocket(channel);
    try {
      channel.socket().setSoTimeout(Math.toIntExact(readTimeout.toMillis()));
      if (!cap.admits(channel)) {
        // The web server takes an exception for a refusal, and closes.
        throw new SocketException("too many connections of this address");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Duration readTimeout() {
    return readTimeout;
  }

  @Override
  public Duration connectTimeout() {
    return readTimeout;
  }

  @Override
  public Map<SocketOption<?>, Object> socketOptions() {
    return Map.of();
  }

  @Override
  public Optional<Integer> socketReceiveBufferSize() {
    return Optional.empty();
  }

  @Override
  public Optional<Integer> socketSendBufferSize() {
    return Optional.empty();
  }

  @Override
  public boolean socketReuseAddress() {
    return true;
  }

  @Override
  public boolean socketKeepAlive() {
    return true;
  }

  /** On: without it a stream of small writes stalls 40 ms each on delayed acks. */
  @Override
  public boolean tcpNoDelay() {
    return true;
  }
}
