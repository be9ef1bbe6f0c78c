package io.penstock.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends datagrams at a steady rate, evenly or in bursts, from several ports, in a process of its
 * own so that its CPU time is not counted. Prints how many it sent.
 */
final class UdpSender {

  private static final int SOCKETS = 16;

  private UdpSender() {}

  /**
   * Starts one.
   *
   * @param rate datagrams a second
   * @param burst how many leave back to back
   * @param bytes payload octets
   * @param count how many in all
   */
  static Process start(int port, int rate, int burst, int bytes, int count) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            UdpSender.class.getName(),
            String.valueOf(port),
            String.valueOf(rate),
            String.valueOf(burst),
            String.valueOf(bytes),
            String.valueOf(count))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(args[0]);
    int burst = Integer.parseInt(args[2]);
    long gapNanos = 1_000_000_000L * burst / Integer.parseInt(args[1]);
    var payload = ByteBuffer.allocateDirect(Integer.parseInt(args[3]));
    int count = Integer.parseInt(args[4]);
    var sockets = sockets(port);
    long due = System.nanoTime();
    for (int i = 0; i < count; i++) {
      if (i % burst == 0) {
        waitUntil(due);
        due += gapNanos;
      }
      payload.clear();
      sockets.get(i % SOCKETS).write(payload);
    }
    System.out.println(count);
  }

  private static void waitUntil(long due) {
    while (System.nanoTime() < due) {
      Thread.onSpinWait();
    }
  }

  private static List<DatagramChannel> sockets(int port) throws IOException {
    var sockets = new ArrayList<DatagramChannel>();
    for (int i = 0; i < SOCKETS; i++) {
      var channel = DatagramChannel.open();
      channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      sockets.add(channel);
    }
    return sockets;
  }
}
