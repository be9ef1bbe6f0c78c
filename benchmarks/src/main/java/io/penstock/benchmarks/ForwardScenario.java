package io.penstock.benchmarks;

import io.penstock.config.Environment;
import io.penstock.forward.ForwardConfig;
import io.penstock.forward.Forwarder;
import io.penstock.receive.DatagramHandler;
import io.penstock.receive.ReceiveConfig;
import io.penstock.receive.UdpReceiver;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What forwarding costs the threads that receive, by their CPU time for a datagram, and what it
 * costs its own. The collectors are sockets of this machine that nobody reads: the kernel takes the
 * datagrams, and throws away what finds their buffers full.
 */
record ForwardScenario() implements Scenario {

  private static final int RATE = 40_000;
  private static final int BURST = 8;
  private static final int PAYLOAD = 1_400;
  private static final int WARM_UP = 60_000;
  private static final int MEASURED = 120_000;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @Override
  public String sentence() {
    return "CPU time per datagram of receiving and of forwarding, to none, one and three collectors";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    out.printf("%,d datagrams of %,d octets at %,d a second%n", MEASURED, PAYLOAD, RATE);
    out.printf(
        "%-32s %14s %14s %10s %10s%n",
        "", "us receiving", "us forwarding", "received", "forwarded");
    measure(out, "none", 0, "own");
    measure(out, "one", 1, "own");
    measure(out, "three", 3, "own");
    measure(out, "one, if possible kept source", 1, "keep-if-possible");
    measure(out, "none, again", 0, "own");
  }

  private static void measure(PrintStream out, String name, int count, String source)
      throws Exception {
    var collectors = new ArrayList<DatagramChannel>();
    var destinations = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      var collector =
          DatagramChannel.open().bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      collectors.add(collector);
      int port = ((InetSocketAddress) collector.getLocalAddress()).getPort();
      destinations.add("127.0.0.1:" + port + "?source=" + source);
    }
    var registry = new PrometheusRegistry();
    var clock = InstantSource.system();
    var config =
        ForwardConfig.from(
            new Environment(Map.of("FORWARD_TO", String.join(",", destinations))),
            List.of("netflow"));
    var received = new AtomicLong();
    try (var forwarder = new Forwarder(config, registry, clock);
        var receiver =
            new UdpReceiver(
                ReceiveConfig.of(List.of(ReceiveConfig.Listener.everywhere("netflow", 0)))
                    .withWorkers(1),
                _ -> forwarder.tap(new Counting(received)),
                registry,
                clock)) {
      int port = receiver.port("netflow");
      forwarder.start(Map.of(port, "netflow"));
      receiver.start();
      send(port, WARM_UP, received);
      long receiving = cpu("udp-netflow", "decode-");
      long forwarding = cpu("forward-");
      long before = received.get();
      double forwardedBefore = forwarded(registry);
      send(port, MEASURED, received);
      double datagrams = received.get() - before;
      out.printf(
          "%-32s %14.2f %14.2f %9.2f%% %9.2f%%%n",
          name,
          (cpu("udp-netflow", "decode-") - receiving) / datagrams / 1e3,
          (cpu("forward-") - forwarding) / datagrams / 1e3,
          datagrams * 100 / MEASURED,
          count == 0 ? 0 : (forwarded(registry) - forwardedBefore) * 100 / count / datagrams);
      printDropped(out, registry);
    }
    for (var collector : collectors) {
      collector.close();
    }
  }

  /** Sends and waits until as many came, or no more do, and those that forward are done. */
  private static void send(int port, int count, AtomicLong received) throws Exception {
    long target = received.get() + count;
    if (UdpSender.start(port, RATE, BURST, PAYLOAD, count).waitFor() != 0) {
      throw new IllegalStateException("the sender failed");
    }
    long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
    while (received.get() < target && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
  }

  private static double forwarded(PrometheusRegistry registry) {
    return registry.scrape("telemetry_forward_datagrams"::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(point -> ((CounterSnapshot.CounterDataPointSnapshot) point).getValue())
        .sum();
  }

  /** Why any were not forwarded, the warm-up's among them. */
  private static void printDropped(PrintStream out, PrometheusRegistry registry) {
    for (var snapshot : registry.scrape("telemetry_forward_dropped"::equals)) {
      for (var point : snapshot.getDataPoints()) {
        double value = ((CounterSnapshot.CounterDataPointSnapshot) point).getValue();
        if (value > 0) {
          out.printf("  dropped %,.0f: %s%n", value, point.getLabels().get("reason"));
        }
      }
    }
  }

  private static long cpu(String... names) {
    long sum = 0;
    for (var thread : Thread.getAllStackTraces().keySet()) {
      for (var name : names) {
        sum += thread.getName().startsWith(name) ? THREADS.getThreadCpuTime(thread.threadId()) : 0;
      }
    }
    return sum;
  }

  /** In the decoder's place. */
  private static final class Counting implements DatagramHandler {

    private final AtomicLong received;
    private int batch;

    Counting(AtomicLong received) {
      this.received = received;
    }

    @Override
    public void handle(
        InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
      batch++;
    }

    @Override
    public void flush() {
      received.addAndGet(batch);
      batch = 0;
    }
  }
}
