package io.penstock.traffic;

import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What one made-up exporter sends: valid datagrams full of varied flows, the same for the same
 * seed. Templates come first and again every so many datagrams, sequence numbers count what each
 * protocol counts, and with v9 and IPFIX one flow in four is IPv6 and options data announces the
 * sampling rate and interface names.
 *
 * <p>One datagram at a time, in a buffer that is used again; not thread-safe.
 */
public final class TrafficModel implements TrafficSource {

  /** Datagrams between two announcements of the templates, unless said otherwise. */
  public static final int TEMPLATE_INTERVAL = 60;

  private static final int DATAGRAM_OCTETS = 1_400;
  private static final int V5_OCTETS = 24 + 30 * 48;
  private static final long UPTIME_AT_START = 86_400_000;
  private static final int INTERFACES = 8;
  private static final int PEERS = 512;

  /** A service and the traffic it makes: how many packets a flow has, and how big they are. */
  private record Service(int protocol, int port, int weight, int packetsMax, int octetsMax) {}

  private static final List<Service> SERVICES =
      List.of(
          new Service(6, 443, 40, 4_000, 1_460),
          new Service(17, 443, 14, 6_000, 1_350),
          new Service(17, 53, 18, 2, 420),
          new Service(6, 80, 8, 900, 1_460),
          new Service(6, 22, 3, 20_000, 900),
          new Service(6, 25, 2, 300, 1_200),
          new Service(6, 993, 2, 700, 1_400),
          new Service(17, 123, 3, 1, 76),
          new Service(17, 4500, 2, 50_000, 1_400),
          new Service(17, 16_384, 2, 9_000, 214),
          new Service(6, 5432, 2, 3_000, 1_300),
          new Service(1, 0, 2, 10, 84),
          new Service(50, 0, 1, 40_000, 1_420),
          new Service(47, 0, 1, 30_000, 1_430));

  private static final int SERVICE_WEIGHT = SERVICES.stream().mapToInt(Service::weight).sum();

  private final ProtocolVersion version;
  private final SplittableRandom random;
  private final MessageWriter writer;
  private final TrafficLayouts layouts;
  private final int templateInterval;
  private final long domain;
  private final int samplingInterval;
  private final int[] peers4 = new int[PEERS];
  private final long[] peers6 = new long[PEERS];
  private final Flow flow = new Flow();
  private long startMillis = -1;
  private long sequence;
  private long datagrams;
  private int flows;

  /**
   * An exporter.
   *
   * @param version {@link ProtocolVersion#NETFLOW_V5}, {@link ProtocolVersion#NETFLOW_V9} or {@link
   *     ProtocolVersion#IPFIX}
   * @param exporter which of the exporters: its observation domain, and part of its seed
   * @param seed what all choices follow from
   * @param templateInterval datagrams between two announcements of the templates
   */
  public TrafficModel(ProtocolVersion version, int exporter, long seed, int templateInterval) {
    boolean isV5 = version == ProtocolVersion.NETFLOW_V5;
    if (!isV5 && version != ProtocolVersion.NETFLOW_V9 && version != ProtocolVersion.IPFIX) {
      throw new IllegalArgumentException("no traffic for " + version);
    }
    this.version = version;
    this.random = new SplittableRandom(seed ^ exporter * 0x9e3779b97f4a7c15L);
    this.writer = new MessageWriter(version, isV5 ? V5_OCTETS : DATAGRAM_OCTETS);
    this.layouts = new TrafficLayouts(version);
    this.templateInterval = templateInterval;
    // v5 has 16 bits for engine type and id.
    this.domain = isV5 ? exporter & 0xffff : exporter;
    this.samplingInterval = exporter % 4 == 3 ? 100 : 1;
    for (int i = 0; i < PEERS; i++) {
      peers4[i] = publicAddress();
      peers6[i] = publicPrefix();
    }
  }

  /** An exporter that announces its templates every {@value #TEMPLATE_INTERVAL} datagrams. */
  public TrafficModel(ProtocolVersion version, int exporter, long seed) {
    this(version, exporter, seed, TEMPLATE_INTERVAL);
  }

  @Override
  public int next(long nowMillis) {
    if (startMillis < 0) {
      startMillis = nowMillis;
    }
    flows = 0;
    long uptime = UPTIME_AT_START + nowMillis - startMillis;
    writer.begin(header(nowMillis, uptime));
    if (version == ProtocolVersion.NETFLOW_V5) {
      v5Flows(uptime);
    } else {
      if (datagrams % templateInterval == 0) {
        announce();
      }
      flows(nowMillis, uptime);
    }
    datagrams++;
    sequence +=
        switch (version) {
          case NETFLOW_V9 -> 1; // datagrams (RFC 3954 §5.1)
          default -> writer.records(); // flows, or data records (RFC 7011 §3.1)
        };
    return writer.finish();
  }

  @Override
  public byte[] bytes() {
    return writer.bytes();
  }

  /** Flows in the last datagram; options data does not count. */
  @Override
  public int flows() {
    return flows;
  }

  private MessageHeader header(long nowMillis, long uptime) {
    int sampling = samplingInterval == 1 ? 0 : 1 << 14 | samplingInterval;
    return new MessageHeader(
        version,
        -1,
        uptime & 0xffff_ffffL,
        nowMillis / 1000,
        nowMillis % 1000 * 1_000_000,
        sequence & 0xffff_ffffL,
        domain,
        sampling,
        false,
        false);
  }

  private void v5Flows(long uptime) {
    for (int i = 0; i < 30; i++) {
      fillFlow();
      var out = writer.record(layouts.v4);
      out.putInt(flow.sourceAddress4()).putInt(flow.destinationAddress4()).putInt(nextHop());
      out.putShort((short) flow.ingress).putShort((short) flow.egress);
      out.putInt((int) flow.packets).putInt((int) flow.octets);
      out.putInt((int) (uptime - flow.age)).putInt((int) (uptime - flow.idle));
      out.putShort((short) flow.sourcePort).putShort((short) flow.destinationPort);
      out.put((byte) 0).put((byte) flow.tcpFlags).put((byte) flow.protocol).put((byte) flow.tos);
      out.putShort((short) flow.sourceAs).putShort((short) flow.destinationAs);
      out.put((byte) flow.sourcePrefix()).put((byte) flow.destinationPrefix()).putShort((short) 0);
      flows++;
    }
  }

  private void announce() {
    writer.template(layouts.v4);
    writer.template(layouts.v6);
    writer.template(layouts.sampling);
    writer.template(layouts.interfaces);
    var out = writer.record(layouts.sampling);
    out.putInt((int) domain).putInt(samplingInterval).put((byte) 1);
    for (int i = 1; i <= INTERFACES; i++) {
      var row = writer.record(layouts.interfaces).putInt(i);
      text(row, "ge-0/0/" + i);
      text(row, "uplink " + i + " of exporter " + domain);
    }
  }

  /** A string: of variable length in IPFIX, padded in v9, which has no such thing. */
  private void text(ByteBuffer out, String value) {
    var bytes = value.getBytes(StandardCharsets.UTF_8);
    if (version == ProtocolVersion.IPFIX) {
      writer.variable(bytes);
      return;
    }
    var padded = new byte[TrafficLayouts.TEXT_OCTETS];
    System.arraycopy(bytes, 0, padded, 0, Math.min(bytes.length, padded.length));
    out.put(padded);
  }

  /** A run of IPv4 flows, then a run of IPv6 flows, as an exporter's two caches give them. */
  private void flows(long nowMillis, long uptime) {
    int four = 12 + random.nextInt(5);
    while (flows < four && writer.room() >= layouts.v4.minLength()) {
      v4Flow(nowMillis, uptime);
    }
    while (writer.room() >= layouts.v6.minLength()) {
      v6Flow(nowMillis, uptime);
    }
  }

  private void v4Flow(long nowMillis, long uptime) {
    fillFlow();
    var out = writer.record(layouts.v4);
    out.putInt(flow.sourceAddress4()).putInt(flow.destinationAddress4()).putInt(nextHop());
    rest(out, nowMillis, uptime);
  }

  private void v6Flow(long nowMillis, long uptime) {
    fillFlow();
    var out = writer.record(layouts.v6);
    flow.putSourceAddress6(out);
    flow.putDestinationAddress6(out);
    out.putLong(0xfe80_0000_0000_0000L).putLong(flow.egress);
    rest(out, nowMillis, uptime);
  }

  /** The fields behind the addresses, in the order of {@link TrafficLayouts}. */
  private void rest(ByteBuffer out, long nowMillis, long uptime) {
    out.putInt(flow.ingress).putInt(flow.egress).putLong(flow.packets).putLong(flow.octets);
    if (version == ProtocolVersion.IPFIX) {
      out.putLong(nowMillis - flow.age).putLong(nowMillis - flow.idle);
    } else {
      out.putInt((int) (uptime - flow.age)).putInt((int) (uptime - flow.idle));
    }
    out.putShort((short) flow.sourcePort).putShort((short) flow.destinationPort);
    out.put((byte) flow.protocol).put((byte) flow.tos).put((byte) flow.tcpFlags);
    out.putInt(flow.sourceAs).putInt(flow.destinationAs);
    out.put((byte) flow.sourcePrefix()).put((byte) flow.destinationPrefix());
    out.put((byte) flow.direction).put((byte) flow.endReason);
    flows++;
  }

  /** Makes up the next flow: a client inside talks to a peer outside, or the peer answers. */
  private void fillFlow() {
    var service = service();
    boolean isAnswer = random.nextInt(5) < 2;
    int peer = peer();
    int clientPort = 32_768 + random.nextInt(28_232);
    boolean hasPorts = service.protocol == 6 || service.protocol == 17;
    flow.isAnswer = isAnswer;
    flow.client4 = 0x0a000000 | random.nextInt(1 << 14);
    flow.peer4 = peers4[peer];
    flow.client6 = random.nextInt(1 << 14) + 1L;
    flow.peer6 = peers6[peer];
    flow.protocol = service.protocol;
    flow.sourcePort = hasPorts ? isAnswer ? service.port : clientPort : 0;
    // ICMP's type and code stand in the destination port: echo request and reply.
    int icmp = service.protocol == 1 && !isAnswer ? 8 << 8 : 0;
    flow.destinationPort = hasPorts ? isAnswer ? clientPort : service.port : icmp;
    // Small flows are many and big ones few.
    double size = random.nextDouble();
    flow.packets = 1 + (long) (service.packetsMax * size * size * size * size);
    flow.octets = flow.packets * (40 + random.nextInt(service.octetsMax - 39));
    flow.idle = random.nextInt(2_000);
    flow.age = flow.idle + (flow.packets == 1 ? 0 : 1 + random.nextInt(60_000));
    flow.tcpFlags = service.protocol == 6 ? flow.packets == 1 ? 0x02 : 0x1b : 0;
    flow.tos = service.port == 16_384 ? 0xb8 : random.nextInt(8) == 0 ? 0x28 : 0;
    flow.ingress = 1 + random.nextInt(INTERFACES / 2) + (isAnswer ? INTERFACES / 2 : 0);
    flow.egress = 1 + random.nextInt(INTERFACES / 2) + (isAnswer ? 0 : INTERFACES / 2);
    int peerAs = 1_000 + peer * 97;
    flow.sourceAs = isAnswer ? peerAs : 0;
    flow.destinationAs = isAnswer ? 0 : peerAs;
    flow.direction = random.nextInt(2);
    flow.endReason = flow.tcpFlags == 0x1b ? 3 : 1;
  }

  private Service service() {
    int left = random.nextInt(SERVICE_WEIGHT);
    for (var service : SERVICES) {
      left -= service.weight;
      if (left < 0) {
        return service;
      }
    }
    throw new IllegalStateException("the weights do not add up to " + SERVICE_WEIGHT);
  }

  /** Some peers are talked to far more than others. */
  private int peer() {
    double position = random.nextDouble();
    return (int) (position * position * PEERS);
  }

  private int nextHop() {
    return 0x0aff0001 + random.nextInt(INTERFACES);
  }

  /** An address outside the blocks that RFC 6890 keeps for special purposes. */
  private int publicAddress() {
    while (true) {
      int address = random.nextInt();
      int first = address >>> 24;
      int second = address >>> 16 & 0xff;
      boolean isSpecial =
          first == 0
              || first == 10
              || first == 127
              || first >= 224
              || first == 100 && (second & 0xc0) == 64
              || first == 169 && second == 254
              || first == 172 && (second & 0xf0) == 16
              || first == 192 && (second == 0 || second == 168 || second == 88)
              || first == 198 && (second & 0xfe) == 18
              || first == 198 && second == 51
              || first == 203 && second == 0;
      if (!isSpecial) {
        return address;
      }
    }
  }

  /** A /64 of one of the regional registries' large blocks. */
  private long publicPrefix() {
    long[] blocks = {0x2400L, 0x2600L, 0x2800L, 0x2a00L, 0x2c00L};
    long block = blocks[random.nextInt(blocks.length)] << 48;
    return block | (random.nextLong() & 0x000f_ffff_ffff_0000L);
  }

  /** The flow at hand; one instance, filled anew for each record. */
  private static final class Flow {
    private static final long INSIDE_6 = 0xfd00_0000_0001_0000L;

    private boolean isAnswer;
    private int client4;
    private int peer4;
    private long client6;
    private long peer6;
    private int protocol;
    private int sourcePort;
    private int destinationPort;
    private long packets;
    private long octets;
    private int age;
    private int idle;
    private int tcpFlags;
    private int tos;
    private int ingress;
    private int egress;
    private int sourceAs;
    private int destinationAs;
    private int direction;
    private int endReason;

    int sourceAddress4() {
      return isAnswer ? peer4 : client4;
    }

    int destinationAddress4() {
      return isAnswer ? client4 : peer4;
    }

    void putSourceAddress6(ByteBuffer out) {
      out.putLong(isAnswer ? peer6 : INSIDE_6).putLong(isAnswer ? 0x35 : client6);
    }

    void putDestinationAddress6(ByteBuffer out) {
      out.putLong(isAnswer ? INSIDE_6 : peer6).putLong(isAnswer ? client6 : 0x35);
    }

    int sourcePrefix() {
      return isAnswer ? 16 : 18;
    }

    int destinationPrefix() {
      return isAnswer ? 18 : 16;
    }
  }
}
