package io.penstock.benchmarks;

import com.sun.management.ThreadMXBean;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.penstock.receive.DatagramHandler;
import io.penstock.receive.ReceiveConfig;
import io.penstock.receive.UdpReceiver;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Ways to read datagrams, compared by the CPU time of the threads that read, at a rate that every
 * way can bear. Each way leaves the payload in a large array on the heap, which is what the decoder
 * reads.
 *
 * @param burst how many datagrams the sender sends back to back
 */
record UdpReceiveScenario(int burst) implements Scenario {

  private static final int RATE = 40_000;
  private static final int PAYLOAD = 1_400;
  private static final int WARM_UP = 30_000;
  private static final int MEASURED = 60_000;
  private static final int BUFFER = 64 << 20;
  private static final int SLAB = 256 << 10;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Override
  public String sentence() {
    return "CPU time per datagram: plain NIO, NIO with lulls, Netty's recvmmsg; bursts of " + burst;
  }

  @Override
  public void run(PrintStream out) throws Exception {
    out.printf("%,d datagrams of %,d octets at %,d a second%n", MEASURED, PAYLOAD, RATE);
    out.printf("%-36s %10s %8s %12s %10s%n", "", "us each", "of 1st", "octets each", "received");
    double baseline = Double.NaN;
    for (var reader : readers()) {
      try {
        var figures = measure(reader);
        baseline = Double.isNaN(baseline) ? figures.micros : baseline;
        out.printf(
            "%-36s %10.2f %8.2f %12.0f %9.2f%%%n",
            reader.name(),
            figures.micros,
            figures.micros / baseline,
            figures.allocated,
            figures.received * 100);
      } finally {
        reader.stop();
      }
    }
  }

  private static List<Reader> readers() throws IOException {
    return List.of(
        new NioReader("NIO blocking, heap buffer", Wait.BLOCK, false),
        new NioReader("NIO blocking, direct and copy", Wait.BLOCK, true),
        new NioReader("NIO selector, direct and copy", Wait.SELECT, true),
        new NioReader("NIO lull 1 ms, heap buffer", Wait.LULL, false),
        new NioReader("NIO lull 1 ms, direct and copy", Wait.LULL, true),
        new NettyReader("Netty epoll, one by one", 1),
        new NettyReader("Netty epoll, recvmmsg of 32", 32),
        new PenstockReader("Penstock and worker, no lull", 1, Duration.ZERO),
        new PenstockReader("Penstock and worker, lull 1 ms", 1, Duration.ofMillis(1)),
        new PenstockReader("Penstock and worker, lull 4 ms", 1, Duration.ofMillis(4)),
        new PenstockReader("Penstock, two sockets, lull 1 ms", 2, Duration.ofMillis(1)));
  }

  private record Figures(double micros, double allocated, double received) {}

  private Figures measure(Reader reader) throws Exception {
    reader.start();
    send(reader, WARM_UP);
    long cpu = cpu(reader);
    long allocated = allocated(reader);
    long before = reader.received();
    send(reader, MEASURED);
    double received = reader.received() - before;
    return new Figures(
        (cpu(reader) - cpu) / received / 1e3,
        (allocated(reader) - allocated) / received,
        received / MEASURED);
  }

  /** Sends and waits until as many came, or no more do. */
  private void send(Reader reader, int count) throws Exception {
    long target = reader.received() + count;
    var sender = UdpSender.start(reader.port(), RATE, burst, PAYLOAD, count);
    if (sender.waitFor() != 0) {
      throw new IllegalStateException("the sender failed");
    }
    long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
    while (reader.received() < target && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }

  private static long cpu(Reader reader) {
    long sum = 0;
    for (var thread : reader.threads()) {
      sum += THREADS.getThreadCpuTime(thread.threadId());
    }
    return sum;
  }

  private static long allocated(Reader reader) {
    long sum = 0;
    for (var thread : reader.threads()) {
      sum += THREADS.getThreadAllocatedBytes(thread.threadId());
    }
    return sum;
  }

  /** One way of reading. */
  private interface Reader {

    String name();

    void start() throws Exception;

    int port();

    long received();

    /** The threads whose CPU time counts. */
    List<Thread> threads();

    void stop() throws Exception;
  }

  /** How a NIO reader waits for more. */
  private enum Wait {
    BLOCK,
    SELECT,
    LULL
  }

  private static final class NioReader implements Reader {

    private final String name;
    private final Wait wait;
    private final boolean isDirect;
    private final DatagramChannel channel = DatagramChannel.open();
    private final AtomicLong received = new AtomicLong();
    private final byte[] slab = new byte[SLAB];
    private final Thread thread = Thread.ofPlatform().unstarted(this::run);
    private int used;

    NioReader(String name, Wait wait, boolean isDirect) throws IOException {
      this.name = name;
      this.wait = wait;
      this.isDirect = isDirect;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start() throws IOException {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
      channel.bind(new InetSocketAddress(0));
      thread.start();
    }

    @Override
    public int port() {
      try {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public long received() {
      return received.get();
    }

    @Override
    public List<Thread> threads() {
      return List.of(thread);
    }

    @Override
    public void stop() throws Exception {
      channel.close();
      thread.interrupt();
      thread.join();
    }

    private void run() {
      var direct = ByteBuffer.allocateDirect(65_535);
      var heap = ByteBuffer.wrap(slab);
      try (var selector = Selector.open()) {
        if (wait != Wait.BLOCK) {
          channel.configureBlocking(false);
          channel.register(selector, SelectionKey.OP_READ);
        }
        while (channel.isOpen()) {
          int count = isDirect ? drainDirect(direct) : drainHeap(heap);
          if (wait == Wait.LULL && count > 0) {
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
          } else if (wait != Wait.BLOCK) {
            selector.select(_ -> {});
          }
        }
      } catch (ClosedChannelException _) {
        // The measurement is over.
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    private int drainDirect(ByteBuffer buffer) throws IOException {
      int count = 0;
      for (buffer.clear(); channel.receive(buffer) != null; buffer.clear()) {
        buffer.flip();
        int length = buffer.remaining();
        buffer.get(slab, room(length), length);
        used += length;
        received.lazySet(received.get() + 1);
        count++;
      }
      return count;
    }

    private int drainHeap(ByteBuffer buffer) throws IOException {
      int count = 0;
      for (buffer.position(room(65_535)); channel.receive(buffer) != null; ) {
        used = buffer.position();
        buffer.position(room(65_535));
        received.lazySet(received.get() + 1);
        count++;
      }
      return count;
    }

    private int room(int length) {
      if (used + length > SLAB) {
        used = 0;
      }
      return used;
    }
  }

  private static final class NettyReader implements Reader {

    private final String name;
    private final int datagrams;
    private final MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final AtomicLong received = new AtomicLong();
    private final byte[] slab = new byte[SLAB];
    private volatile Thread thread = Thread.currentThread();
    private volatile int port;
    private int used;

    NettyReader(String name, int datagrams) {
      this.name = name;
      this.datagrams = datagrams;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start() throws Exception {
      Channel channel =
          new Bootstrap()
              .group(group)
              .channel(EpollDatagramChannel.class)
              .option(ChannelOption.SO_RCVBUF, BUFFER)
              // Room for so many of the largest datagrams that a path of 1,500 octets carries.
              .option(
                  ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(1_536 * datagrams))
              .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, datagrams == 1 ? 0 : 1_536)
              .handler(new Copier())
              .bind(0)
              .sync()
              .channel();
      port = ((InetSocketAddress) channel.localAddress()).getPort();
      channel.eventLoop().submit(() -> thread = Thread.currentThread()).sync();
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public long received() {
      return received.get();
    }

    @Override
    public List<Thread> threads() {
      return List.of(thread);
    }

    @Override
    public void stop() {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private final class Copier extends SimpleChannelInboundHandler<DatagramPacket> {

      @Override
      protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
        int length = packet.content().readableBytes();
        if (used + length > SLAB) {
          used = 0;
        }
        packet.content().readBytes(slab, used, length);
        used += length;
        received.lazySet(received.get() + 1);
      }
    }
  }

  /** The product's receiver; its worker's time counts too. */
  private static final class PenstockReader implements Reader {

    private final String name;
    private final AtomicLong received = new AtomicLong();
    private final UdpReceiver receiver;

    PenstockReader(String name, int sockets, Duration lull) {
      this.name = name;
      this.receiver =
          new UdpReceiver(
              ReceiveConfig.of(List.of(ReceiveConfig.Listener.everywhere("netflow", 0)))
                  .withSocketsPerListener(sockets)
                  .withWorkers(1)
                  .withLull(lull),
              _ -> new Counting(),
              new PrometheusRegistry(),
              InstantSource.system());
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start() {
      receiver.start();
    }

    @Override
    public int port() {
      return receiver.port("netflow");
    }

    @Override
    public long received() {
      return received.get();
    }

    @Override
    public List<Thread> threads() {
      return Thread.getAllStackTraces().keySet().stream()
          .filter(
              thread ->
                  thread.getName().startsWith("udp-netflow")
                      || thread.getName().startsWith("decode-"))
          .toList();
    }

    @Override
    public void stop() {
      receiver.close();
    }

    private final class Counting implements DatagramHandler {

      private int batch;

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
}
