package io.penstock.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The company's exporters as they send now: datagrams from an address of each, to ports of this
 * machine. One falls silent soon, one loses a datagram now and then, one samples.
 */
public final class LiveExporters implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LiveExporters.class);

  private static final Duration TICK = Duration.ofMillis(500);

  /** Ticks after which {@link Device#WAREHOUSE_ROUTER} is heard no more. */
  private static final int SILENT_AFTER = 6;

  /** Every so many datagrams of {@link Device#CORE_SWITCH} are lost on the way. */
  private static final int LOST_EVERY = 25;

  /** Conversations of a datagram. */
  private static final Map<Device, Integer> CONVERSATIONS =
      Map.of(
          Device.BRANCH_ROUTER, 4,
          Device.CORE_SWITCH, 8,
          Device.EDGE_SWITCH, 4,
          Device.FIREWALL, 2,
          Device.WAREHOUSE_ROUTER, 1);

  private final Site site;
  private final InstantSource clock;
  private final SplittableRandom random;
  private final List<Sender> senders = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private long ticks;

  /** Where a device sends, and how. */
  private record Sender(
      Device device, Exporter exporter, DatagramSocket socket, InetSocketAddress target) {}

  /** The ports that take datagrams. */
  public record Ports(int netflow, int ipfix, int sflow) {}

  public LiveExporters(Networks networks, long seed, Ports ports, InstantSource clock) {
    this.site = new Site(networks, Site.COMPANY);
    this.clock = clock;
    // Not the day's numbers again.
    this.random = new SplittableRandom(seed).split();
    for (var device : Device.values()) {
      if (!device.posts()) {
        senders.add(sender(device, ports));
      }
    }
    this.thread = Thread.ofVirtual().name("demo exporters").unstarted(this::run);
  }

  private static Sender sender(Device device, Ports ports) {
    int port =
        switch (device.protocol()) {
          case IPFIX -> ports.ipfix;
          case SFLOW_5 -> ports.sflow;
          default -> ports.netflow;
        };
    var exporter =
        device.samplingRate() > 1
            ? new SampledExporter(device.address(), device.samplingRate())
            : new FlowExporter(device.protocol());
    var target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return new Sender(device, exporter, socket(device), target);
  }

  /** From the device's own address; from any of this machine where only one is configured. */
  private static DatagramSocket socket(Device device) {
    try {
      var own = InetAddress.getByAddress(device.address().toBytes());
      try {
        return new DatagramSocket(new InetSocketAddress(own, 0));
      } catch (BindException e) {
        LOG.atWarn()
            .addKeyValue("exporter", device.id())
            .addKeyValue("address", own.getHostAddress())
            .log("no such loopback address: it sends from the common one");
        return new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no socket for " + device.id(), e);
    }
  }

  public void start() {
    thread.start();
  }

  private void run() {
    try {
      do {
        tick();
        ticks++;
      } while (!closed.await(TICK.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tick() {
    for (var sender : senders) {
      boolean isSilent = sender.device == Device.WAREHOUSE_ROUTER && ticks >= SILENT_AFTER;
      if (!isSilent) {
        send(sender);
      }
    }
  }

  private void send(Sender sender) {
    long now = clock.millis();
    int length = sender.exporter.write(conversations(sender.device, now), now);
    boolean isLost = sender.device == Device.CORE_SWITCH && ticks % LOST_EVERY == LOST_EVERY - 1;
    if (isLost) {
      return;
    }
    try {
      sender.socket.send(new DatagramPacket(sender.exporter.bytes(), length, sender.target));
    } catch (IOException e) {
      // Lost, as datagrams are.
      LOG.atDebug().addKeyValue("exporter", sender.device.id()).setCause(e).log("not sent");
    }
  }

  private List<Conversation> conversations(Device device, long now) {
    int count = CONVERSATIONS.getOrDefault(device, 1);
    var told = new ArrayList<Conversation>(count);
    for (int i = 0; i < count; i++) {
      var made = site.ordinary(now, device, random);
      // It is over by now.
      told.add(made.startingAt(now - made.durationMillis() - random.nextInt(1_000)));
    }
    return told;
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join(TICK);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    senders.forEach(sender -> sender.socket.close());
  }
}
