package io.penstock.demo;

import io.penstock.event.Ip;
import io.penstock.traffic.SflowWriter;
import java.nio.ByteBuffer;
import java.util.List;

/** A switch that samples packets and sends the beginning of each as sFlow. For one thread. */
final class SampledExporter implements Exporter {

  private static final int OCTETS = 1_400;
  private static final int ETHERNET = 1;
  private static final int FRAME_OCTETS_MAX = 1_514;
  private static final int HEADER_OCTETS = 54;
  private static final int MAC_OCTETS = 6;
  private static final int IPV4 = 0x0800;
  private static final long UPTIME_AT_START = 7 * 86_400_000L;

  private final SflowWriter writer = new SflowWriter(OCTETS);
  private final byte[] agent;
  private final int rate;
  private long startMillis = -1;
  private long sequence;

  /** By data source: samples are numbered by it (sFlow version 5 §5.3), and so are packets. */
  private final long[] samples = new long[2];

  SampledExporter(Ip agent, int rate) {
    this.agent = agent.toBytes();
    this.rate = rate;
  }

  @Override
  public int write(List<Conversation> told, long nowMillis) {
    if (startMillis < 0) {
      startMillis = nowMillis;
    }
    writer.begin(agent, 0, ++sequence, UPTIME_AT_START + nowMillis - startMillis);
    for (var conversation : told) {
      sample(conversation);
    }
    return writer.finish();
  }

  private void sample(Conversation told) {
    boolean isAnswer = told.server().packets() > 0 && sequence % 2 == 0;
    var from = isAnswer ? told.server() : told.client();
    var to = isAnswer ? told.client() : told.server();
    int octets =
        Math.clamp(from.bytes() / Math.max(1, from.packets()), HEADER_OCTETS, FRAME_OCTETS_MAX);
    int source = isAnswer ? 1 : 0;
    long number = ++samples[source];
    writer.flow(number, source + 1, rate, number * rate, 0, source + 1, 2 - source);
    writer.header(ETHERNET, octets, 0, header(told, from, to, octets));
  }

  /** Ethernet, IPv4 and the beginning of TCP or UDP. */
  private static byte[] header(
      Conversation told, Conversation.End from, Conversation.End to, int octets) {
    var out = ByteBuffer.allocate(HEADER_OCTETS);
    // Locally administered addresses (IEEE 802 §8.4.4), which belong to nobody.
    out.put(new byte[] {2, 0, 0, 0, 0, 1}).put(new byte[] {2, 0, 0, 0, 0, 2});
    out.putShort((short) IPV4);
    int length = octets - 2 * MAC_OCTETS - 2;
    out.putInt(0x4500_0000 | length).putInt(0x4000).put((byte) 62).put((byte) told.protocol());
    out.putShort((short) 0).putInt(from.ip()).putInt(to.ip());
    out.putShort((short) from.port()).putShort((short) to.port());
    if (told.protocol() == Conversation.TCP) {
      out.putInt(1).putInt(1).putShort((short) (5 << 12 | 0x18)).putShort((short) 501);
    } else {
      out.putShort((short) (length - 20)).putShort((short) 0);
    }
    return out.array();
  }

  @Override
  public byte[] bytes() {
    return writer.bytes();
  }
}
