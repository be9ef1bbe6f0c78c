package io.penstock.admit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A network of a test's own, in which it may do to the packet filter what it likes. */
final class NetworkNamespace implements AutoCloseable {

  private final String name;
  private final List<Process> running = new ArrayList<>();

  private NetworkNamespace(String name) {
    this.name = name;
  }

  /** Whether this machine and this user can make one; else why not. */
  static String whyNot() {
    if (Stream.of("/usr/sbin/nft", "/sbin/nft").noneMatch(path -> Files.exists(Path.of(path)))) {
      return "nft is not installed";
    }
    var name = "penstock-try-" + ProcessHandle.current().pid();
    if (run("ip", "netns", "add", name) != 0) {
      return "network namespaces cannot be made here (ip netns add: root is needed)";
    }
    int listed = run("ip", "netns", "exec", name, "nft", "list", "tables");
    run("ip", "netns", "delete", name);
    return listed == 0 ? "" : "nft does not work in a network namespace here";
  }

  static NetworkNamespace open(String suffix) {
    var namespace =
        new NetworkNamespace("penstock-" + ProcessHandle.current().pid() + "-" + suffix);
    assertThat(run("ip", "netns", "add", namespace.name)).isZero();
    namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  /** Connects two of them by a cable; each end has these addresses. */
  static void connect(
      NetworkNamespace one, List<String> ofOne, NetworkNamespace other, List<String> ofOther) {
    assertThat(
            run(
                "ip",
                "-n",
                one.name,
                "link",
                "add",
                "cable",
                "type",
                "veth",
                "peer",
                "name",
                "cable",
                "netns",
                other.name))
        .isZero();
    one.address(ofOne);
    other.address(ofOther);
  }

  private void address(List<String> addresses) {
    for (var address : addresses) {
      if (address.contains(":")) {
        ip("address", "add", address, "dev", "cable", "nodad");
      } else {
        ip("address", "add", address, "dev", "cable");
      }
    }
    ip("link", "set", "cable", "up");
  }

  private void ip(String... arguments) {
    var command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    assertThat(run(command.toArray(String[]::new))).as("%s", command).isZero();
  }

  Nft nft() {
    return new Nft(
        List.of(
            "/usr/bin/env",
            "PATH=/usr/sbin:/sbin:/usr/bin:/bin",
            "ip",
            "netns",
            "exec",
            name,
            "nft"));
  }

  /** Prints a line for each datagram that comes to these ports. */
  BufferedReader listen(int... ports) {
    var arguments = new ArrayList<>(List.of("listen"));
    for (int port : ports) {
      arguments.add(String.valueOf(port));
    }
    var lines = start(arguments).inputReader(StandardCharsets.UTF_8);
    try {
      assertThat(lines.readLine()).isEqualTo("ready");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** Sends datagrams, each written as {@code from>to>port}, one after the other. */
  void send(String... datagrams) throws InterruptedException {
    var arguments = new ArrayList<>(List.of("send"));
    arguments.addAll(List.of(datagrams));
    var process = start(arguments);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  private Process start(List<String> arguments) {
    var command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                name,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NetworkNamespace.class.getName()));
    command.addAll(arguments);
    try {
      var process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
      running.add(process);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int run(String... command) {
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (IOException _) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  @Override
  public void close() {
    running.forEach(Process::destroyForcibly);
    run("ip", "netns", "delete", name);
  }

  /** Runs inside of a namespace. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments[0].equals("listen")) {
      listen(arguments);
      return;
    }
    for (int i = 1; i < arguments.length; i++) {
      var parts = arguments[i].split(">");
      var from = InetAddress.ofLiteral(parts[0]);
      var to = new InetSocketAddress(InetAddress.ofLiteral(parts[1]), Integer.parseInt(parts[2]));
      try (var channel = DatagramChannel.open().bind(new InetSocketAddress(from, 0))) {
        channel.send(ByteBuffer.wrap(new byte[4]), to);
      }
    }
  }

  private static void listen(String[] arguments) throws IOException, InterruptedException {
    var threads = new ArrayList<Thread>();
    for (int i = 1; i < arguments.length; i++) {
      int port = Integer.parseInt(arguments[i]);
      var channel = DatagramChannel.open().bind(new InetSocketAddress(port));
      threads.add(Thread.ofPlatform().start(() -> print(channel, port)));
    }
    System.out.println("ready");
    for (var thread : threads) {
      thread.join();
    }
  }

  private static void print(DatagramChannel channel, int port) {
    var buffer = ByteBuffer.allocate(100);
    try {
      while (true) {
        var from = (InetSocketAddress) channel.receive(buffer.clear());
        System.out.println(from.getAddress().getHostAddress() + " to " + port);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
