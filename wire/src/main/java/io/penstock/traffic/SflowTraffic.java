package io.penstock.traffic;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What one made-up sFlow agent sends: samples of packets with the first octets of their frames,
 * tagged and not, IPv4 and IPv6, some in VXLAN, each with what the switch and the router knew; and
 * now and then the counters of its interfaces. The same for the same seed; not thread-safe.
 */
public final class SflowTraffic implements TrafficSource {

  private static final int DATAGRAM_OCTETS = 1_400;
  private static final int HEADER_OCTETS = 128;

  /** A sample with its header and all its records takes no more. */
  private static final int SAMPLE_OCTETS_MAX = 340;

  /** Datagrams between two rounds of counters. */
  private static final int COUNTER_INTERVAL = 30;

  private static final int INTERFACES = 8;
  private static final long UPTIME_AT_START = 86_400_000;
  private static final int ETHERNET = 1;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int FULL_DUPLEX = 1;
  private static final int UP = 3;

  private final SplittableRandom random;
  private final SflowWriter writer = new SflowWriter(DATAGRAM_OCTETS);
  private final ByteBuffer frame = ByteBuffer.allocate(HEADER_OCTETS);
  private final byte[] agent;
  private final int rate;
  private final long[] octets = new long[INTERFACES];
  private final int[] packets = new int[INTERFACES];
  private long startMillis = -1;
  private long sequence;
  // Samples are numbered by data source (sFlow v5 §5.3), and so are the packets they stand for.
  private final long[] flowSequences = new long[INTERFACES];
  private final long[] counterSequences = new long[INTERFACES];
  private final long[] pools = new long[INTERFACES];
  private int flows;

  /**
   * An agent.
   *
   * @param exporter which of the agents: part of its address and of its seed
   * @param seed what all choices follow from
   */
  public SflowTraffic(int exporter, long seed) {
    this.random = new SplittableRandom(seed ^ exporter * 0x9e3779b97f4a7c15L);
    this.agent = ByteBuffer.allocate(4).putInt(0x0a_ff_00_01 + exporter).array();
    this.rate = exporter % 4 == 3 ? 4_096 : 1_000;
  }

  @Override
  public int next(long nowMillis) {
    if (startMillis < 0) {
      startMillis = nowMillis;
    }
    flows = 0;
    writer.begin(agent, 0, sequence + 1, UPTIME_AT_START + nowMillis - startMillis);
    if (sequence % COUNTER_INTERVAL == 0) {
      interfaceCounters((int) (sequence / COUNTER_INTERVAL % INTERFACES));
    }
    while (writer.room() >= SAMPLE_OCTETS_MAX) {
      flowSample();
    }
    sequence++;
    return writer.finish();
  }

  @Override
  public byte[] bytes() {
    return writer.bytes();
  }

  /** Sampled packets in the last datagram; counters do not count. */
  @Override
  public int flows() {
    return flows;
  }

  private void interfaceCounters(int at) {
    writer.counters(++counterSequences[at], at + 1);
    var out = writer.record(1);
    out.putInt(at + 1).putInt(6).putLong(10_000_000_000L).putInt(FULL_DUPLEX).putInt(UP);
    out.putLong(octets[at]).putInt(packets[at]).putInt(0).putInt(0).putInt(0).putInt(0).putInt(-1);
    out.putLong(octets[at] / 2).putInt(packets[at] / 2).putInt(0).putInt(0).putInt(0).putInt(0);
    out.putInt(0);
    var ethernet = writer.record(2);
    for (int i = 0; i < 13; i++) {
      ethernet.putInt(0);
    }
  }

  private void flowSample() {
    int input = random.nextInt(INTERFACES);
    int output = (input + 1 + random.nextInt(INTERFACES - 1)) % INTERFACES;
    boolean isV6 = random.nextInt(4) == 0;
    boolean isTunnelled = random.nextInt(16) == 0;
    int vlan = random.nextInt(3) == 0 ? 0 : 100 + input;
    int payload = 20 + random.nextInt(1_380);
    int length = frame(isV6, isTunnelled, vlan, payload);
    // Skips are drawn so that one packet in `rate` is sampled on average.
    pools[input] += 1 + random.nextInt(2 * rate - 1);
    octets[input] += (long) length * rate;
    packets[input] += rate;
    long number = ++flowSequences[input];
    writer.flow(number, input + 1, rate, pools[input], 0, input + 1, output + 1);
    writer.header(ETHERNET, length + 4, 4, Arrays.copyOf(frame.array(), frame.position()));
    writer.record(1001).putInt(vlan).putInt(0).putInt(100 + output).putInt(0);
    writer.record(1002);
    writer.address(new byte[] {10, (byte) 255, 1, (byte) (output + 1)});
    writer.buffer().putInt(18).putInt(16);
    if (random.nextBoolean()) {
      gateway();
    }
    flows++;
  }

  /** A route of two to four systems, with a community of the first. */
  private void gateway() {
    int peer = 64_500 + random.nextInt(4);
    var path = new int[2 + random.nextInt(3)];
    for (int i = 0; i < path.length; i++) {
      path[i] = i == 0 ? peer : 1_000 + random.nextInt(60_000);
    }
    writer.record(1003);
    writer.address(new byte[] {10, (byte) 255, 2, 1});
    writer.buffer().putInt(64_496).putInt(64_496).putInt(peer).putInt(1).putInt(2);
    writer.numbers(path).numbers(peer << 16 | 100);
    writer.buffer().putInt(100);
  }

  /** Writes the beginning of a frame; its whole length. */
  private int frame(boolean isV6, boolean isTunnelled, int vlan, int payload) {
    frame.clear();
    int inner = (isV6 ? 40 : 20) + 20 + payload;
    ethernet(vlan, isV6 && !isTunnelled);
    int ethernet = frame.position();
    if (isTunnelled) {
      int outer = 20 + 8 + 8 + 14 + inner;
      ipv4(UDP, outer, 0x0a_fe_00_01, 0x0a_fe_00_02);
      frame.putShort((short) (49_152 + random.nextInt(16_384))).putShort((short) 4_789);
      frame.putShort((short) (outer - 20)).putShort((short) 0);
      // VXLAN: the flag of a valid identifier, and the identifier (RFC 7348 §5).
      frame.putInt(0x0800_0000).putInt(5_000 + random.nextInt(16) << 8);
      ethernet(0, isV6);
      inner = outer;
    }
    ip(isV6, payload);
    return ethernet + inner;
  }

  private void ethernet(int vlan, boolean isV6) {
    long destination = 0x02_00_5e_00_00_00L + random.nextInt(1 << 16);
    long source = 0x02_00_5e_01_00_00L + random.nextInt(1 << 16);
    frame.putShort((short) (destination >>> 32)).putInt((int) destination);
    frame.putShort((short) (source >>> 32)).putInt((int) source);
    if (vlan != 0) {
      frame.putShort((short) 0x8100).putShort((short) vlan);
    }
    frame.putShort((short) (isV6 ? 0x86dd : 0x0800));
  }

  private void ip(boolean isV6, int payload) {
    boolean isTcp = random.nextInt(3) != 0;
    int port = 32_768 + random.nextInt(28_232);
    if (isV6) {
      frame.putInt(6 << 28 | random.nextInt(1 << 20)).putShort((short) (20 + payload));
      frame.put((byte) (isTcp ? TCP : UDP)).put((byte) 57);
      frame.putLong(0x2001_0db8_0001_0000L).putLong(1 + random.nextInt(1 << 14));
      frame.putLong(0x2001_0db8_0002_0000L + random.nextInt(512)).putLong(0x35);
    } else {
      int client = 0x0a00_0000 | random.nextInt(1 << 14);
      ipv4(isTcp ? TCP : UDP, 40 + payload, client, 0xc633_6400 | random.nextInt(256));
    }
    frame.putShort((short) port).putShort((short) 443);
    if (isTcp) {
      frame.putInt(random.nextInt()).putInt(random.nextInt());
      frame.putShort((short) (5 << 12 | 0x18)).putShort((short) 501).putInt(0);
    } else {
      frame.putShort((short) (20 + payload)).putShort((short) 0);
    }
  }

  private void ipv4(int protocol, int length, int source, int destination) {
    frame.putInt(0x4500_0000 | length).putShort((short) random.nextInt()).putShort((short) 0x4000);
    frame.put((byte) 57).put((byte) protocol).putShort((short) 0);
    frame.putInt(source).putInt(destination);
  }
}
