package io.penstock.benchmarks;

import io.penstock.wire.ProtocolVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends flows at a steady rate from several exporters' addresses (127.0.0.2 and on), in a process
 * of its own so that its CPU time is not counted. The datagrams are made beforehand and sent again
 * and again. Prints how many flows and datagrams it sent.
 */
final class FlowSender {

  private static final int EXPORTERS = 16;
  private static final int MESSAGES = 64;
  private static final Duration TICK = Duration.ofMillis(1);

  private FlowSender() {}

  /** Starts one: flows a second, for so long. */
  static Process start(int port, ProtocolVersion version, int rate, Duration duration)
      throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            FlowSender.class.getName(),
            String.valueOf(port),
            version.name(),
            String.valueOf(rate),
            String.valueOf(duration.toMillis()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** What was sent. */
  record Sent(long flows, long datagrams) {}

  /** Waits for its end. */
  static Sent await(Process sender) throws IOException, InterruptedException {
    try (var out = sender.inputReader()) {
      var line = out.readLine();
      if (sender.waitFor() != 0 || line == null) {
        throw new IllegalStateException("the sender failed");
      }
      var numbers = line.split(" ", 2);
      return new Sent(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
    }
  }

  public static void main(String[] args) throws IOException {
    var target =
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(args[0]));
    var version = ProtocolVersion.valueOf(args[1]);
    var exporters = new ArrayList<Exporter>();
    for (int i = 0; i < EXPORTERS; i++) {
      exporters.add(new Exporter(version, i, target));
    }
    long flows =
        send(exporters, Integer.parseInt(args[2]), Duration.ofMillis(Long.parseLong(args[3])));
    long datagrams = exporters.stream().mapToLong(exporter -> exporter.datagrams).sum();
    System.out.println(flows + " " + datagrams);
  }

  private static long send(List<Exporter> exporters, int rate, Duration duration)
      throws IOException {
    for (var exporter : exporters) {
      exporter.announce();
    }
    long start = System.nanoTime();
    long sent = 0;
    int turn = 0;
    for (long now = start; now - start < duration.toNanos(); now = System.nanoTime()) {
      long due = (long) ((now - start) / 1e9 * rate);
      while (sent < due) {
        sent += exporters.get(turn++ % EXPORTERS).send();
      }
      LockSupport.parkNanos(TICK.toNanos());
    }
    return sent;
  }

  private static final class Exporter {

    private final DatagramChannel channel;
    private final ByteBuffer announcement;
    private final List<ByteBuffer> messages = new ArrayList<>();
    private final List<Integer> flows = new ArrayList<>();
    private int next;
    private long datagrams;

    Exporter(ProtocolVersion version, int index, InetSocketAddress target) throws IOException {
      channel = DatagramChannel.open(StandardProtocolFamily.INET);
      channel.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0." + (index + 2)), 0));
      channel.connect(target);
      var sample = new SampleMessages(version, index, System.currentTimeMillis() / 1_000);
      announcement = direct(sample.announcement().bytes());
      for (int i = 0; i < MESSAGES; i++) {
        var message = sample.data(Integer.MAX_VALUE);
        messages.add(direct(message.bytes()));
        flows.add(message.records());
      }
    }

    private static ByteBuffer direct(byte[] bytes) {
      return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    void announce() throws IOException {
      channel.write(announcement.rewind());
      datagrams++;
    }

    /** Sends the next message; how many flows are in it. */
    int send() throws IOException {
      int index = next++ % MESSAGES;
      if (index == 0) {
        announce();
      }
      channel.write(messages.get(index).rewind());
      datagrams++;
      return flows.get(index);
    }
  }
}
