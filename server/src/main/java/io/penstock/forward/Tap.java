package io.penstock.forward;

import io.penstock.event.Ip;
import io.penstock.receive.DatagramHandler;
import io.penstock.receive.Drop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One worker's handler with a copy for the destinations taken before it: of what admission let in,
 * and whether or not it can be decoded. Destinations are bits of a number, so that which of them
 * want a datagram is one operation while they are asked about each exporter only when it changes.
 */
final class Tap implements DatagramHandler {

  private final DatagramHandler inner;
  private final Forwarder forwarder;
  private final List<Sender> senders;

  /** Those that want what comes in at the listener at hand. */
  private int ofListener;

  /** Those that want what the last exporter sends. */
  private int ofExporter;

  private @Nullable InetAddress exporter;

  /** Those that were offered something since the last flush. */
  private int touched;

  Tap(DatagramHandler inner, Forwarder forwarder, List<Sender> senders) {
    this.inner = inner;
    this.forwarder = forwarder;
    this.senders = senders;
  }

  @Override
  public void receivedOn(int localPort) {
    ofListener = forwarder.wantedOn(localPort);
    inner.receivedOn(localPort);
  }

  @Override
  public @Nullable Drop refuses(InetSocketAddress from) {
    return inner.refuses(from);
  }

  @Override
  public void handle(
      InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
    // An empty one says nothing, and the JDK's connected sockets do not send it.
    int wanted = length == 0 ? 0 : ofListener & ofExporter(from.getAddress());
    touched |= wanted;
    for (int left = wanted; left != 0; left &= left - 1) {
      senders.get(Integer.numberOfTrailingZeros(left)).offer(from, buffer, offset, length);
    }
    inner.handle(from, receivedNanos, buffer, offset, length);
  }

  private int ofExporter(InetAddress address) {
    if (!address.equals(exporter)) {
      exporter = address;
      ofExporter = wantedFrom(Ip.of(address));
    }
    return ofExporter;
  }

  private int wantedFrom(Ip ip) {
    int wanted = 0;
    for (int i = 0; i < senders.size(); i++) {
      wanted |= senders.get(i).wants(ip) ? 1 << i : 0;
    }
    return wanted;
  }

  @Override
  public void dropped(Drop reason, InetSocketAddress from, byte[] buffer, int offset, int length) {
    inner.dropped(reason, from, buffer, offset, length);
  }

  @Override
  public void flush() {
    for (int left = touched; left != 0; left &= left - 1) {
      senders.get(Integer.numberOfTrailingZeros(left)).wake();
    }
    touched = 0;
    inner.flush();
  }
}
