package io.penstock.forward;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.config.Environment;
import io.penstock.receive.DatagramHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ForwarderTest {

  private static final int NETFLOW = 2055;
  private static final int SFLOW = 6343;
  private static final Map<Integer, String> LISTENERS = Map.of(NETFLOW, "netflow", SFLOW, "sflow");
  private static final InetSocketAddress ROUTER =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 40_000);

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final List<Collector> collectors = new ArrayList<>();
  private final List<String> handled = new ArrayList<>();
  private List<InetAddress> addressesOfName = List.of();

  @AfterEach
  void close() {
    collectors.forEach(Collector::close);
  }

  /** Another collector: a socket. */
  private final class Collector implements AutoCloseable {

    private final DatagramChannel channel;
    private final int port;

    Collector() throws IOException {
      channel =
          DatagramChannel.open().bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      collectors.add(this);
    }

    String place() {
      return "127.0.0.1:" + port;
    }

    /** The next datagram's text; waits for it. */
    String next() throws IOException {
      var buffer = ByteBuffer.allocate(70_000);
      channel.receive(buffer);
      return UTF_8.decode(buffer.flip()).toString();
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The handler behind the forwarder. */
  private final class Decoder implements DatagramHandler {

    @Override
    public void handle(
        InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
      handled.add(new String(buffer, offset, length, UTF_8));
    }

    @Override
    public void flush() {
      handled.add("flush");
    }
  }

  private Forwarder forwarder(String destinations) {
    return forwarder(destinations, ForwardConfig.NONE.queueBytes());
  }

  private Forwarder forwarder(String destinations, int queueBytes) {
    var environment =
        new Environment(
            Map.of("FORWARD_TO", destinations, "FORWARD_QUEUE_BYTES", String.valueOf(queueBytes)));
    var config = ForwardConfig.from(environment, List.of("netflow", "sflow"));
    assertThat(environment.problems()).isEmpty();
    return new Forwarder(
        config,
        this::lookUp,
        new Resolver.Rhythm(Duration.ofMillis(20), Duration.ofMillis(20)),
        registry,
        InstantSource.system());
  }

  private synchronized List<InetAddress> lookUp(String host) throws UnknownHostException {
    if (addressesOfName.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return addressesOfName;
  }

  private synchronized void nameIs(String... addresses) {
    addressesOfName = List.of(addresses).stream().map(InetAddress::ofLiteral).toList();
  }

  private static void handle(DatagramHandler tap, int port, InetSocketAddress from, String text) {
    tap.receivedOn(port);
    var bytes = ("--" + text).getBytes(UTF_8);
    tap.handle(from, 1, bytes, 2, bytes.length - 2);
    tap.flush();
  }

  private static void handle(DatagramHandler tap, String text) {
    handle(tap, NETFLOW, ROUTER, text);
  }

  private double count(String metric, String... labelsAndValues) {
    double sum = 0;
    for (var snapshot : registry.scrape(name -> name.equals(metric))) {
      for (var point : snapshot.getDataPoints()) {
        boolean matches = true;
        for (int i = 0; i < labelsAndValues.length; i += 2) {
          matches &= labelsAndValues[i + 1].equals(point.getLabels().get(labelsAndValues[i]));
        }
        if (matches && point instanceof CounterSnapshot.CounterDataPointSnapshot counter) {
          sum += counter.getValue();
        } else if (matches && point instanceof GaugeSnapshot.GaugeDataPointSnapshot gauge) {
          sum += gauge.getValue();
        }
      }
    }
    return sum;
  }

  private double sent(Collector to) {
    return count("telemetry_forward_datagrams", "destination", to.place());
  }

  private double dropped(String destination, String reason) {
    return count("telemetry_forward_dropped", "destination", destination, "reason", reason);
  }

  @Test
  void withoutDestinationsTheHandlerIsLeftAlone() {
    var decoder = new Decoder();
    var none = new Forwarder(ForwardConfig.NONE, registry, InstantSource.system());

    assertThat(none.tap(decoder)).isSameAs(decoder);
    none.close();
  }

  @Test
  void everyDestinationGetsEveryDatagramInOrderButEmptyOnes() throws Exception {
    var one = new Collector();
    var other = new Collector();

    try (var forwarder = forwarder(one.place() + "," + other.place())) {
      forwarder.start(LISTENERS);
      var tap = forwarder.tap(new Decoder());
      for (var text : List.of("first", "", "second", "third")) {
        handle(tap, text);
      }

      for (var collector : List.of(one, other)) {
        assertThat(List.of(collector.next(), collector.next(), collector.next()))
            .containsExactly("first", "second", "third");
        await().until(() -> sent(collector) == 3);
        assertThat(count("telemetry_forward_bytes", "destination", collector.place()))
            .isEqualTo(16);
      }
      assertThat(handled)
          .containsExactly("first", "flush", "", "flush", "second", "flush", "third", "flush");
    }
  }

  @Test
  void aDestinationGetsWhatItsListenersAndExportersBring() throws Exception {
    var sflow = new Collector();
    var ten = new Collector();
    var destinations =
        sflow.place()
            + "?listener=sflow,"
            + ten.place()
            + "?exporters=10.0.0.0/8&except=10.1.0.0/16";
    var inTen = new InetSocketAddress(InetAddress.ofLiteral("10.2.0.1"), 1);
    var excepted = new InetSocketAddress(InetAddress.ofLiteral("10.1.0.1"), 1);
    var six = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 1);

    try (var forwarder = forwarder(destinations)) {
      forwarder.start(LISTENERS);
      var tap = forwarder.tap(new Decoder());
      handle(tap, NETFLOW, ROUTER, "neither");
      handle(tap, NETFLOW, excepted, "neither");
      handle(tap, NETFLOW, inTen, "ten");
      handle(tap, SFLOW, six, "sflow");
      handle(tap, SFLOW, inTen, "both");

      assertThat(List.of(ten.next(), ten.next())).containsExactly("ten", "both");
      assertThat(List.of(sflow.next(), sflow.next())).containsExactly("sflow", "both");
      await().until(() -> sent(ten) == 2 && sent(sflow) == 2);
    }
    assertThat(count("telemetry_forward_dropped")).isZero();
  }

  @Test
  void whatTheDecoderFailsAtIsForwardedAllTheSame() throws Exception {
    var collector = new Collector();
    DatagramHandler broken =
        new DatagramHandler() {
          @Override
          public void handle(
              InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
            throw new IllegalStateException("broken");
          }

          @Override
          public void flush() {}
        };

    try (var forwarder = forwarder(collector.place())) {
      forwarder.start(LISTENERS);
      var tap = forwarder.tap(broken);
      tap.receivedOn(NETFLOW);
      assertThatThrownBy(() -> tap.handle(ROUTER, 1, "x".getBytes(UTF_8), 0, 1))
          .hasMessage("broken");
      tap.flush();

      assertThat(collector.next()).isEqualTo("x");
    }
  }

  @Test
  void aDestinationThatIsDownCostsTheOthersNothingAndGetsItsDatagramsWhenItIsBack()
      throws Exception {
    var up = new Collector();
    var down = new Collector();
    down.close();

    try (var forwarder = forwarder(down.place() + "," + up.place())) {
      forwarder.start(LISTENERS);
      var tap = forwarder.tap(new Decoder());
      for (int i = 0; i < 200; i++) {
        handle(tap, "datagram " + i);
        assertThat(up.next()).isEqualTo("datagram " + i);
      }
      await().until(() -> count("telemetry_forward_waiting_datagrams") == 0);

      assertThat(count("telemetry_forward_refused", "destination", down.place())).isPositive();
      assertThat(count("telemetry_forward_refused", "destination", up.place())).isZero();
      assertThat(sent(down) + dropped(down.place(), "failed")).isEqualTo(200);
      assertThat(handled).hasSize(400);

      try (var back = new DatagramSocket(down.port, InetAddress.ofLiteral("127.0.0.1"))) {
        handle(tap, "again");
        var packet = new DatagramPacket(new byte[100], 100);
        back.receive(packet);
        assertThat(new String(packet.getData(), 0, packet.getLength(), UTF_8)).isEqualTo("again");
      }
    }
  }

  @Test
  void aQueueThatIsFullDropsAndNeverWaits() throws Exception {
    var collector = new Collector();
    var resolving = new CountDownLatch(1);
    nameIs("127.0.0.1");

    // The look-up does not end, so that nothing is sent.
    var environment =
        new Environment(
            Map.of("FORWARD_TO", "slow:" + collector.port, "FORWARD_QUEUE_BYTES", "512k"));
    var forwarder =
        new Forwarder(
            ForwardConfig.from(environment, List.of()),
            host -> {
              awaitQuietly(resolving);
              return lookUp(host);
            },
            Resolver.Rhythm.DEFAULT,
            registry,
            InstantSource.system());
    try (forwarder) {
      forwarder.start(LISTENERS);
      var tap = forwarder.tap(new Decoder());
      var text = "x".repeat(1_000);
      for (int i = 0; i < 1_000; i++) {
        handle(tap, text);
      }

      int waiting = (int) count("telemetry_forward_waiting_datagrams");
      assertThat(waiting).isEqualTo((256 << 10) / 1_000);
      assertThat(dropped("slow:" + collector.port, "queue_full")).isEqualTo(1_000.0 - waiting);
      assertThat(handled).hasSize(2_000);

      resolving.countDown();
      assertThat(collector.next()).isEqualTo(text);
      await().until(() -> count("telemetry_forward_datagrams") == waiting);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aNameIsLookedUpAgainAndFollowed() throws Exception {
    var collector = new Collector();
    var place = "collector.example:" + collector.port;

    try (var forwarder = forwarder(place);
        var elsewhere = new DatagramSocket(collector.port, InetAddress.ofLiteral("127.0.0.2"))) {
      forwarder.start(LISTENERS);
      var tap = forwarder.tap(new Decoder());
      handle(tap, "nowhere");
      await().until(() -> dropped(place, "unresolved") == 1);

      nameIs("127.0.0.1");
      await()
          .until(
              () -> {
                handle(tap, "here");
                return count("telemetry_forward_datagrams") > 0;
              });
      assertThat(collector.next()).isEqualTo("here");

      // Of several addresses the one in use stays; when it is gone, another is taken.
      nameIs("127.0.0.2", "127.0.0.1");
      nameIs("127.0.0.2");
      elsewhere.setSoTimeout(10);
      await().until(() -> arrivedAfter(() -> handle(tap, "there"), elsewhere));
    }
  }

  private static boolean arrivedAfter(Runnable sending, DatagramSocket at) throws IOException {
    sending.run();
    try {
      at.receive(new DatagramPacket(new byte[100], 100));
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    }
  }

  @Test
  void whatIsTooLongForTheOtherFamilyIsCountedAndTheNextOneGoes() throws Exception {
    var collector = new Collector();

    try (var forwarder = forwarder(collector.place())) {
      forwarder.start(LISTENERS);
      var tap = forwarder.tap(new Decoder());
      handle(tap, "x".repeat(65_508));
      handle(tap, "y".repeat(65_507));

      assertThat(collector.next()).isEqualTo("y".repeat(65_507));
      assertThat(dropped(collector.place(), "too_large")).isEqualTo(1);
    }
  }

  @Test
  void aServerDoesNotForwardToItself() throws Exception {
    try (var forwarder = forwarder("127.0.0.1:" + SFLOW)) {
      assertThatThrownBy(() -> forwarder.start(LISTENERS))
          .hasMessage(
              "FORWARD_TO: 127.0.0.1:6343 is this server itself, datagrams would come back for ever");
    }
    nameIs(anAddressOfThisMachine());
    // Two forwarders do not share a registry.
    registry.clear();
    try (var forwarder = forwarder("myself:" + SFLOW)) {
      forwarder.start(LISTENERS);
      handle(forwarder.tap(new Decoder()), "mine");

      await().until(() -> dropped("myself:" + SFLOW, "unresolved") == 1);
    }
  }

  private static String anAddressOfThisMachine() throws SocketException {
    var all = NetworkInterface.networkInterfaces();
    return all.flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address)
        .findAny()
        .map(InetAddress::getHostAddress)
        .orElse("127.0.0.1");
  }

  @Test
  void aStopStillSendsWhatWaits() throws Exception {
    var collector = new Collector();
    var forwarder = forwarder(collector.place());
    forwarder.start(LISTENERS);
    var tap = forwarder.tap(new Decoder());
    for (int i = 0; i < 50; i++) {
      handle(tap, "datagram " + i);
    }

    forwarder.close();

    assertThat(sent(collector)).isEqualTo(50);
    assertThat(count("telemetry_forward_waiting_datagrams")).isZero();
  }
}
