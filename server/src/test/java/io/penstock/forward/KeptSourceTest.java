package io.penstock.forward;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.config.Environment;
import io.penstock.receive.DatagramHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Datagrams under their exporters' addresses, over a cable between two networks of the test's own:
 * what the kernel of the other end makes of our packets is the proof.
 */
@Timeout(120)
class KeptSourceTest {

  private static final String NAME = "penstock-f" + ProcessHandle.current().pid();
  private static final String HERE = NAME + "-a";
  private static final String THERE = NAME + "-b";
  private static final int PORT = 2055;

  private final List<Process> running = new ArrayList<>();

  @BeforeEach
  void connect() {
    assumeTrue(
        run("ip", "netns", "add", HERE) == 0,
        "not tested against the kernel: network namespaces cannot be made here (ip netns add: root"
            + " is needed)");
    must("ip netns add " + THERE);
    must("ip -n " + HERE + " link add cable type veth peer name cable netns " + THERE);
    for (var end : List.of(HERE, THERE)) {
      int host = end.equals(HERE) ? 1 : 2;
      must("ip -n " + end + " address add 192.0.2." + host + "/24 dev cable");
      must("ip -n " + end + " address add 2001:db8::" + host + "/64 dev cable nodad");
      must("ip -n " + end + " link set cable up");
    }
    // The way back to the exporters, which a receiver may check (RFC 3704).
    must("ip -n " + THERE + " route add default via 192.0.2.1");
    must("ip -n " + THERE + " -6 route add default via 2001:db8::1");
  }

  @AfterEach
  void disconnect() {
    running.forEach(Process::destroyForcibly);
    run("ip", "netns", "delete", HERE);
    run("ip", "netns", "delete", THERE);
  }

  private static void must(String command) {
    assertThat(run(command.split(" "))).as(command).isZero();
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

  /** Runs {@link #main} in one of the two, behind a command that narrows what it may do. */
  private BufferedReader start(String namespace, List<String> wrapper, String... arguments) {
    var command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    command.addAll(wrapper);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            KeptSourceTest.class.getName()));
    command.addAll(List.of(arguments));
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      running.add(process);
      return process.inputReader(UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private BufferedReader listen() throws IOException {
    var lines = start(THERE, List.of(), "listen");
    assertThat(lines.readLine()).isEqualTo("ready");
    return lines;
  }

  private static String datagram(String exporter, int length) {
    return exporter + " " + length + " " + Arrays.hashCode(payload(length));
  }

  private static byte[] payload(int length) {
    var payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) (i * 31 + length);
    }
    return payload;
  }

  /** The last line of a forwarding process, which tells how it ended. */
  private static String end(BufferedReader lines) {
    return lines.lines().reduce("", (_, line) -> line);
  }

  @Test
  void anIpv4ExportersAddressAndPortAreKeptAndLongDatagramsAreFragmented() throws Exception {
    var received = listen();

    // Odd lengths pad the checksum; the longest takes 45 packets.
    var sending =
        start(
            HERE,
            List.of(),
            "forward",
            "192.0.2.2:2055?source=keep",
            "198.51.100.7:4242>2",
            "198.51.100.7:4242>1",
            "198.51.100.8:65535>1464",
            "198.51.100.8:1>1473",
            "198.51.100.9:9>65507",
            "[2001:db8:7::1]:9>10",
            "198.51.100.9:9>3");

    assertThat(received.readLine()).isEqualTo(datagram("/198.51.100.7:4242", 2));
    assertThat(received.readLine()).isEqualTo(datagram("/198.51.100.7:4242", 1));
    assertThat(received.readLine()).isEqualTo(datagram("/198.51.100.8:65535", 1464));
    assertThat(received.readLine()).isEqualTo(datagram("/198.51.100.8:1", 1473));
    assertThat(received.readLine()).isEqualTo(datagram("/198.51.100.9:9", 65507));
    assertThat(received.readLine()).isEqualTo(datagram("/198.51.100.9:9", 3));
    assertThat(end(sending)).isEqualTo("sent 6, dropped family 1");
  }

  @Test
  void anIpv6ExportersAddressAndPortAreKeptToo() throws Exception {
    var received = listen();

    var sending =
        start(
            HERE,
            List.of(),
            "forward",
            "[2001:db8::2]:2055?source=keep-if-possible",
            "[2001:db8:7::1]:4242>2",
            "[2001:db8:7::1]:4242>77",
            "[2001:db8:7::2]:1>1452",
            "[2001:db8:7::2]:1>1453",
            "[2001:db8:7::3]:1>65527",
            "198.51.100.7:9>5");

    assertThat(received.readLine()).isEqualTo(datagram("/[2001:db8:7:0:0:0:0:1]:4242", 2));
    assertThat(received.readLine()).isEqualTo(datagram("/[2001:db8:7:0:0:0:0:1]:4242", 77));
    assertThat(received.readLine()).isEqualTo(datagram("/[2001:db8:7:0:0:0:0:2]:1", 1452));
    assertThat(received.readLine()).isEqualTo(datagram("/[2001:db8:7:0:0:0:0:2]:1", 1453));
    assertThat(received.readLine()).isEqualTo(datagram("/[2001:db8:7:0:0:0:0:3]:1", 65527));
    // The other family goes under our own address, which is possible.
    assertThat(received.readLine()).startsWith("/[2001:db8:0:0:0:0:0:1]:").contains(" 5 ");
    assertThat(end(sending)).isEqualTo("sent 6");
  }

  @Test
  void whereItIsNotAllowedTheStartFailsOrTheAddressIsOurs() throws Exception {
    var unprivileged = List.of("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw");
    assumeTrue(
        run("setpriv", "--bounding-set", "-net_raw", "true") == 0,
        "not tested without CAP_NET_RAW: setpriv (util-linux) does not work here");
    var received = listen();

    var refused =
        start(HERE, unprivileged, "forward", "192.0.2.2:2055?source=keep", "198.51.100.7:1>9");
    assertThat(end(refused))
        .startsWith("FORWARD_TO: 192.0.2.2:2055 cannot keep the exporters' addresses: ")
        .contains("CAP_NET_RAW")
        .endsWith("allow it, or say source=keep-if-possible");

    var other =
        start(
            HERE,
            unprivileged,
            "forward",
            "192.0.2.2:2055?source=keep-if-possible",
            "198.51.100.7:1>9");
    assertThat(received.readLine()).startsWith("/192.0.2.1:").contains(" 9 ");
    assertThat(end(other)).isEqualTo("sent 1");
  }

  /** Runs inside of a namespace. */
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("listen")) {
      print();
      return;
    }
    var environment = new Environment(Map.of("FORWARD_TO", arguments[1]));
    var config = ForwardConfig.from(environment, List.of("netflow"));
    var registry = new PrometheusRegistry();
    try (var forwarder = new Forwarder(config, registry, InstantSource.system())) {
      forwarder.start(Map.of(PORT, "netflow"));
      var tap = forwarder.tap(new Nothing());
      tap.receivedOn(PORT);
      for (var datagram : List.of(arguments).subList(2, arguments.length)) {
        forward(tap, datagram);
      }
      tap.flush();
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
      return;
    }
    System.out.println(result(registry));
  }

  /** Datagrams written as {@code exporter:port>length}. */
  private static void forward(DatagramHandler tap, String datagram) {
    int arrow = datagram.indexOf('>');
    int colon = datagram.lastIndexOf(':');
    var host = datagram.substring(0, colon).replaceAll("[\\[\\]]", "");
    var from =
        new InetSocketAddress(
            InetAddress.ofLiteral(host), Integer.parseInt(datagram.substring(colon + 1, arrow)));
    var payload = payload(Integer.parseInt(datagram.substring(arrow + 1)));
    tap.handle(from, 1, payload, 0, payload.length);
  }

  private static String result(PrometheusRegistry registry) {
    var words = new StringBuilder();
    for (var snapshot : registry.scrape()) {
      for (var point : snapshot.getDataPoints()) {
        if (point instanceof CounterDataPointSnapshot counter && counter.getValue() > 0) {
          int value = (int) counter.getValue();
          switch (snapshot.getMetadata().getName()) {
            case "telemetry_forward_datagrams" -> words.insert(0, "sent " + value);
            case "telemetry_forward_dropped" ->
                words
                    .append(", dropped ")
                    .append(point.getLabels().get("reason"))
                    .append(' ')
                    .append(value);
            default -> {}
          }
        }
      }
    }
    return words.toString();
  }

  private static final class Nothing implements DatagramHandler {

    @Override
    public void handle(
        InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {}

    @Override
    public void flush() {}
  }

  private static void print() throws IOException {
    var channel = DatagramChannel.open().bind(new InetSocketAddress(PORT));
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20);
    System.out.println("ready");
    var buffer = ByteBuffer.allocate(70_000);
    while (true) {
      var from = (InetSocketAddress) channel.receive(buffer.clear());
      var payload = Arrays.copyOf(buffer.array(), buffer.position());
      System.out.println(from + " " + payload.length + " " + Arrays.hashCode(payload));
    }
  }
}
