package io.penstock.forward;

import io.penstock.receive.SampledWarning;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends under the exporter's own address and port. */
final class KeepingOutlet {

  private static final Logger LOG = LoggerFactory.getLogger(KeepingOutlet.class);

  /** What every path of IPv6 takes (RFC 8200 §5); so does nearly every one of IPv4. */
  private static final int SMALLEST_MTU = 1_280;

  private final SampledWarning warning;
  private final Packet packet = new Packet();
  private final int port;
  private final @Nullable Way v4;
  private final @Nullable Way v6;

  /** The way to one address. */
  private record Way(InetAddress to, RawSocket socket, int mtu, Packet.Line line) {

    static @Nullable Way to(@Nullable InetAddress to, int port, @Nullable RawSocket socket) {
      if (to == null || socket == null) {
        return null;
      }
      socket.target(to);
      return new Way(to, socket, mtuTowards(to, port), (MemorySegment piece) -> socket.send(piece));
    }
  }

  /**
   * @param sockets used here and by nobody else; not closed here
   */
  KeepingOutlet(Addresses addresses, int port, RawSockets sockets, SampledWarning warning) {
    this.warning = warning;
    this.port = port;
    this.v4 = Way.to(addresses.v4(), port, sockets.v4());
    this.v6 = Way.to(addresses.v6(), port, sockets.v6());
  }

  /** What the interface takes that leads to an address; the system chooses it without sending. */
  private static int mtuTowards(InetAddress to, int port) {
    var family =
        to instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
    try (var channel = DatagramChannel.open(family).connect(new InetSocketAddress(to, port))) {
      var local = (InetSocketAddress) channel.getLocalAddress();
      var device = NetworkInterface.getByInetAddress(local.getAddress());
      return device == null ? SMALLEST_MTU : Math.max(SMALLEST_MTU, device.getMTU());
    } catch (IOException _) {
      // No way there at the moment: sending will say so.
      return SMALLEST_MTU;
    }
  }

  /** Sends what remains of the payload; why not, or null when the system took it. */
  @Nullable Drop send(InetSocketAddress from, ByteBuffer payload) {
    var way = from.getAddress() instanceof Inet4Address ? v4 : v6;
    if (way == null) {
      return Drop.FAMILY;
    }
    if (!packet.set(from, way.to, port, payload)) {
      return Drop.TOO_LARGE;
    }
    int error = packet.send(way.mtu, way.line);
    if (error == 0) {
      return null;
    }
    if (error == RawSocket.EMSGSIZE) {
      return Drop.TOO_LARGE;
    }
    failed(way, error);
    return Drop.FAILED;
  }

  private void failed(Way way, int error) {
    warning.warn(
        held ->
            LOG.atWarn()
                .addKeyValue("destination", way.to)
                .addKeyValue("repeated", held)
                .addKeyValue("why", RawSocket.words(error))
                .log("forwarding a datagram under its exporter's address failed"));
  }
}
