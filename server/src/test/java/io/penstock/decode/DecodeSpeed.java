package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.traffic.TrafficModel;
import io.penstock.wire.ProtocolVersion;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;

/**
 * A quick look at what decoding costs, per flow and on the decoding thread alone: {@code java
 * io.penstock.decode.DecodeSpeed}. The benchmarks module measures properly.
 */
final class DecodeSpeed {

  private DecodeSpeed() {}

  public static void main(String[] args) {
    for (var version :
        new ProtocolVersion[] {
          ProtocolVersion.NETFLOW_V5, ProtocolVersion.NETFLOW_V9, ProtocolVersion.IPFIX
        }) {
      measure(version);
    }
  }

  private static void measure(ProtocolVersion version) {
    var model = new TrafficModel(version, 0, 42);
    var datagrams = new ArrayList<byte[]>();
    for (int i = 0; i < 2_000; i++) {
      int length = model.next(1_700_000_000_000L + i);
      datagrams.add(Arrays.copyOf(model.bytes(), length));
    }
    var sink = new Event[16];
    var seen = new int[1];
    var decoder =
        new DatagramDecoder(
            DecodeConfig.live(),
            Corpus.REGISTRY,
            event -> sink[seen[0]++ & 15] = event,
            new DecodeMetrics(new PrometheusRegistry(), 10));
    var from = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int round = 0; round < 12; round++) {
      long cpu = threads.getCurrentThreadCpuTime();
      long allocated = threads.getCurrentThreadAllocatedBytes();
      seen[0] = 0;
      for (int repeat = 0; repeat < 10; repeat++) {
        for (var datagram : datagrams) {
          decoder.decode(from, 1_700_000_000_000_000_000L, datagram, 0, datagram.length);
        }
      }
      cpu = threads.getCurrentThreadCpuTime() - cpu;
      allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
      if (round > 8) {
        System.out.printf(
            "%s: %.2f million flows per CPU-second, %d bytes a flow%n",
            version, seen[0] * 1e3 / cpu, allocated / seen[0]);
      }
    }
  }
}
