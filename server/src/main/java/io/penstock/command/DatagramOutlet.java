package io.penstock.command;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets that datagrams leave by: one for each exporter played, so that a collector can tell
 * them apart, up to a limit beyond which exporters share. Counts what was sent. Not thread-safe.
 */
final class DatagramOutlet implements Outlet {

  private static final int SEND_BUFFER_OCTETS = 4 << 20;

  /** The longest UDP payload in an IPv4 packet. */
  private static final int PAYLOAD_MAX = 65_507;

  private final Target target;
  private final InetSocketAddress address;
  private final List<DatagramChannel> sockets = new ArrayList<>();
  private long datagrams;
  private long octets;
  private long refused;
  private long tooLong;

  DatagramOutlet(Target target) {
    this.target = target;
    this.address = target.resolve();
  }

  @Override
  public void send(int exporter, byte[] bytes, int offset, int length) {
    if (length > PAYLOAD_MAX) {
      tooLong++;
      return;
    }
    var socket = socket(exporter % EXPORTERS_MAX);
    var buffer = ByteBuffer.wrap(bytes, offset, length);
    try {
      try {
        socket.write(buffer);
      } catch (PortUnreachableException e) {
        // The answer to an earlier datagram; this one has not been sent yet.
        refused++;
        socket.write(buffer.rewind().position(offset));
      }
    } catch (PortUnreachableException e) {
      refused++;
    } catch (IOException e) {
      throw new CommandFailure("cannot send to " + target + ": " + e.getMessage(), e);
    }
    datagrams++;
    octets += length;
  }

  private DatagramChannel socket(int index) {
    while (sockets.size() <= index) {
      sockets.add(open(sockets.size()));
    }
    return sockets.get(index);
  }

  private DatagramChannel open(int index) {
    try {
      var socket = DatagramChannel.open();
      try {
        socket.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_OCTETS);
        bind(socket, index);
        return socket.connect(address);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot open socket %d to %s: %s".formatted(index + 1, target, e.getMessage()), e);
    }
  }

  /** On loopback each socket gets an address of its own out of 127.0.0.0/8, as routers have. */
  private void bind(DatagramChannel socket, int index) throws IOException {
    var to = address.getAddress();
    if (index == 0 || !to.isLoopbackAddress() || !(to instanceof Inet4Address)) {
      return;
    }
    byte[] own = {127, 0, (byte) (index >> 8), (byte) (index + 1)};
    if (own[3] == 0 || own[3] == -1) {
      return; // network and broadcast look wrong in a report; the port tells this one apart
    }
    try {
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(own), 0));
    } catch (IOException e) {
      // Some systems have 127.0.0.1 alone: then ports tell the exporters apart.
      socket.bind(null);
    }
  }

  @Override
  public long datagrams() {
    return datagrams;
  }

  @Override
  public long octets() {
    return octets;
  }

  @Override
  public String leftOut() {
    return tooLong == 0
        ? ""
        : "; %d are too long for a datagram and were left out".formatted(tooLong);
  }

  /** The answer to a socket's last datagram: no later one has brought it to light. */
  private void collectRefusal(DatagramChannel socket) {
    try {
      socket.configureBlocking(false);
      var _ = socket.read(ByteBuffer.allocate(1));
    } catch (PortUnreachableException e) {
      refused++;
    } catch (IOException e) {
      // Nothing more can be learned about what has left.
    }
  }

  @Override
  public void demandListener() {
    sockets.forEach(this::collectRefusal);
    if (refused > 0) {
      throw new CommandFailure(
          "%s refused %d of %d datagrams: is the collector running, and is this its port?"
              .formatted(target, refused, datagrams));
    }
  }

  @Override
  public void close() {
    for (var socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        // All that was sent has left; there is nothing to lose and nobody to tell.
      }
    }
  }
}
