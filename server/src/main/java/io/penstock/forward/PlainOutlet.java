package io.penstock.forward;

import io.penstock.receive.SampledWarning;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends from an address of this machine, over a connected socket. */
final class PlainOutlet {

  private static final Logger LOG = LoggerFactory.getLogger(PlainOutlet.class);

  /** The most that fits behind IPv4's and UDP's headers, whose length field has 16 bits. */
  private static final int V4_PAYLOAD_MAX = 65_535 - 20 - 8;

  /** IPv6 does not count its own header. */
  private static final int V6_PAYLOAD_MAX = 65_535 - 8;

  private static final int SEND_BUFFER = 1 << 20;

  /** After so many failures nothing is tried for a moment: a network that is away costs no CPU. */
  private static final int FAILURES_IN_A_ROW = 8;

  private static final long PAUSE_NANOS = 100_000_000;

  private final InetSocketAddress target;
  private final CounterDataPoint refused;
  private final SampledWarning warning;
  private final int payloadMax;
  private @Nullable DatagramChannel channel;
  private int failures;
  private long pausedUntil;

  PlainOutlet(InetSocketAddress target, CounterDataPoint refused, SampledWarning warning) {
    this.target = target;
    this.refused = refused;
    this.warning = warning;
    this.payloadMax = target.getAddress() instanceof Inet6Address ? V6_PAYLOAD_MAX : V4_PAYLOAD_MAX;
  }

  /** Sends what remains of the payload; why not, or null when the system took it. */
  @Nullable Drop send(ByteBuffer payload) {
    if (payload.remaining() > payloadMax) {
      return Drop.TOO_LARGE;
    }
    if (failures >= FAILURES_IN_A_ROW && System.nanoTime() - pausedUntil < 0) {
      return Drop.FAILED;
    }
    try {
      var drop = write(connected(), payload);
      failures = 0;
      return drop;
    } catch (IOException e) {
      failed(e);
      return Drop.FAILED;
    }
  }

  /**
   * The system tells at the next call that one before it was refused (ICMP port unreachable, RFC
   * 1122 §4.1.3.3), and does not send at that call: so it is called again, once.
   */
  private @Nullable Drop write(DatagramChannel open, ByteBuffer payload) throws IOException {
    for (int attempt = 0; attempt < 2; attempt++) {
      try {
        open.write(payload);
        return null;
      } catch (PortUnreachableException _) {
        refused.inc();
      }
    }
    return Drop.FAILED;
  }

  private DatagramChannel connected() throws IOException {
    var open = channel;
    if (open == null) {
      open = open();
      channel = open;
    }
    return open;
  }

  private DatagramChannel open() throws IOException {
    ProtocolFamily family =
        target.getAddress() instanceof Inet4Address
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    var opened = DatagramChannel.open(family);
    try {
      opened.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
      return opened.connect(target);
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** The next datagram gets a new socket: this machine's address or routes may have changed. */
  private void failed(IOException e) {
    close();
    failures++;
    pausedUntil = System.nanoTime() + PAUSE_NANOS;
    warning.warn(
        held ->
            LOG.atWarn()
                .addKeyValue("destination", target)
                .addKeyValue("repeated", held)
                .addKeyValue("why", e.toString())
                .log("forwarding a datagram failed"));
  }

  void close() {
    var open = channel;
    channel = null;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException _) {
      // Nothing is lost with it: what was written is the kernel's.
    }
  }
}
