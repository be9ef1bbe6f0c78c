package io.penstock.benchmarks;

import io.penstock.benchmarks.SampleMessages.Message;
import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeMetrics;
import io.penstock.registry.Registry;
import io.penstock.wire.DataRecord;
import io.penstock.wire.Exporter;
import io.penstock.wire.FlowDecoder;
import io.penstock.wire.Limits;
import io.penstock.wire.ProtocolVersion;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Datagrams to events, against reading every field as a number. An operation is one flow. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before any other
public class DecodeBenchmark {

  private static final int FLOWS = 6_000;

  private static final long NOW_SECONDS = 1_795_000_000L;

  @Param({"NETFLOW_V5", "NETFLOW_V9", "IPFIX"})
  private ProtocolVersion protocol;

  private final InetSocketAddress sender =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 50_000);
  private final Exporter exporter = new Exporter(sender);
  private List<Message> messages;
  private Blackhole blackhole;
  private DatagramDecoder decoder;
  private FlowDecoder wire;

  @Setup
  public void learnTemplates(Blackhole hole) {
    blackhole = hole;
    var registry = Registry.load();
    var metrics = new DecodeMetrics(new PrometheusRegistry(), 10);
    decoder =
        new DatagramDecoder(
            DecodeConfig.live(), registry, event -> blackhole.consume(event), metrics);
    wire =
        new FlowDecoder(
            Limits.DEFAULT, InstantSource.system(), (_, record) -> blackhole.consume(sum(record)));
    var sample = new SampleMessages(protocol, 1, NOW_SECONDS);
    var announcement = sample.announcement().bytes();
    wire.decode(exporter, announcement, 0, announcement.length);
    decoder.decode(sender, NOW_SECONDS * 1_000_000_000, announcement, 0, announcement.length);
    messages = sample.messages(FLOWS);
  }

  private static long sum(DataRecord record) {
    long sum = 0;
    for (int i = 0; i < record.template().fields().size(); i++) {
      sum += record.length(i) <= Long.BYTES ? record.unsigned(i) : 0;
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(FLOWS)
  public void baselineReadFields() {
    for (var message : messages) {
      wire.decode(exporter, message.bytes(), 0, message.bytes().length);
    }
  }

  @Benchmark
  @OperationsPerInvocation(FLOWS)
  public void events() {
    for (var message : messages) {
      decoder.decode(
          sender, NOW_SECONDS * 1_000_000_000, message.bytes(), 0, message.bytes().length);
    }
  }
}
