package io.penstock.benchmarks;

import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeMetrics;
import io.penstock.registry.Registry;
import io.penstock.sflow.SflowDecoder;
import io.penstock.sflow.SflowSample;
import io.penstock.traffic.SflowTraffic;
import io.penstock.wire.DecoderCounters;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * sFlow datagrams to events with every header decoded, against finding the records alone. An
 * operation is one sampled packet: Ethernet, mostly tagged, IPv4 and IPv6, one in sixteen in VXLAN,
 * with what the switch and the router knew, and for every other one a BGP path.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before any other
public class SflowBenchmark {

  private static final int SAMPLES = 6_000;
  private static final long NOW_MILLIS = 1_795_000_000_000L;

  private final InetSocketAddress sender =
      new InetSocketAddress(InetAddress.ofLiteral("10.255.0.1"), 50_000);
  private List<byte[]> datagrams;
  private Blackhole blackhole;
  private DatagramDecoder decoder;
  private SflowDecoder wire;

  @Setup
  public void makeDatagrams(Blackhole hole) {
    blackhole = hole;
    var metrics = new DecodeMetrics(new PrometheusRegistry(), 10);
    decoder =
        new DatagramDecoder(
            DecodeConfig.live(), Registry.load(), event -> blackhole.consume(event), metrics);
    wire =
        new SflowDecoder(
            new DecoderCounters(), (datagram, sample) -> blackhole.consume(sum(sample)));
    var traffic = new SflowTraffic(0, 1);
    datagrams = new ArrayList<>();
    int samples = 0;
    while (samples < SAMPLES) {
      int length = traffic.next(NOW_MILLIS);
      datagrams.add(Arrays.copyOf(traffic.bytes(), length));
      samples += traffic.flows();
    }
  }

  private static long sum(SflowSample sample) {
    long sum = sample.pool();
    for (int i = 0; i < sample.recordCount(); i++) {
      sum += sample.length(i);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public void baselineFindRecords() {
    for (var datagram : datagrams) {
      wire.decode(datagram, 0, datagram.length);
    }
  }

  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public void events() {
    for (var datagram : datagrams) {
      decoder.decode(sender, NOW_MILLIS * 1_000_000, datagram, 0, datagram.length);
    }
  }
}
