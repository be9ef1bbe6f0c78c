package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.Bytes.v9;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DecoderCounters.Count;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One exporter at work, and somebody who sends from any address he likes. */
@Tag("case-91")
class SpoofingTest {

  private static final Exporter VICTIM = Rig.udp("192.0.2.1", 50_000);
  private static final byte[] TEMPLATE = v9(set(0, template(256, 8, 4, 7, 2))).array();
  private static final byte[] DATA = v9(set(256, new Bytes().u32(0x0a000001).u16(80))).array();
  private static final byte[] BOTH =
      v9(set(0, template(256, 8, 4, 7, 2)), set(256, new Bytes().u32(0x0a000001).u16(80))).array();

  private final Map<InetAddress, Integer> records = new HashMap<>();
  private final Map<InetAddress, Integer> refusals = new HashMap<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final RecordHandler handler =
      new RecordHandler() {
        @Override
        public void record(Exporter exporter, DataRecord record) {
          count(records, exporter);
        }

        @Override
        public void rejected(Exporter exporter, Rejection reason, int octets) {
          count(refusals, exporter);
        }
      };

  /** Only the victim is counted by name: a million names are no test of ours. */
  private static void count(Map<InetAddress, Integer> counts, Exporter exporter) {
    var address = exporter.address().getAddress();
    boolean isVictim = address.equals(VICTIM.address().getAddress());
    counts.merge(isVictim ? address : InetAddress.getLoopbackAddress(), 1, Integer::sum);
  }

  private final FlowDecoder decoder = decoder(limits(64, 2_000, 20_000));

  private FlowDecoder decoder(Limits limits) {
    return new FlowDecoder(limits, () -> now, handler);
  }

  private static Limits limits(int exporters, int fields, long pendingBytes) {
    return new Limits(
        exporters,
        8,
        1_000,
        1_600,
        fields,
        8_000,
        pendingBytes,
        Duration.ofMinutes(30),
        Duration.ofHours(24));
  }

  private void send(Exporter exporter, byte[] datagram) {
    decoder.decode(exporter, datagram, 0, datagram.length);
  }

  private void establish(Exporter exporter) {
    send(exporter, TEMPLATE);
    send(exporter, DATA);
    now = now.plusSeconds(31);
    send(exporter, DATA);
  }

  /** A source no other has the network of. */
  private static Exporter spoofed(int number) {
    return exporter(ByteBuffer.allocate(4).putInt(Integer.reverse(number)).array());
  }

  private static Exporter exporter(byte[] address) {
    try {
      return new Exporter(new InetSocketAddress(InetAddress.getByAddress(address), 2055));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static int of(Map<InetAddress, Integer> counts) {
    return counts.getOrDefault(VICTIM.address().getAddress(), 0);
  }

  private void assertVictimLostNothing(int sent) {
    assertThat(of(records)).as("records").isEqualTo(sent);
    assertThat(of(refusals)).as("refusals").isZero();
  }

  @Test
  void aMillionSpoofedSourcesCostAQuietExporterNothing() {
    establish(VICTIM);

    for (int i = 0; i < 1_000_000; i++) {
      send(spoofed(i), BOTH);
    }
    send(VICTIM, DATA);

    assertVictimLostNothing(3);
    assertThat(decoder.counters().get(Count.SESSIONS)).isEqualTo(64);
    assertThat(decoder.counters().get(Count.SESSIONS_EVICTED)).isEqualTo(1_000_000 + 1 - 64);
    assertThat(decoder.counters().get(Count.SESSIONS_ESTABLISHED)).isOne();
  }

  @Test
  void spoofersWithPatienceTakeNoPlaceThatIsInUse() {
    establish(VICTIM);

    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < 16; i++) {
        send(spoofed(1_000 + round * 16 + i), BOTH);
      }
      now = now.plusSeconds(31);
      for (int i = 0; i < 16; i++) {
        send(spoofed(1_000 + round * 16 + i), BOTH);
      }
    }
    send(VICTIM, DATA);

    assertVictimLostNothing(3);
    assertThat(decoder.counters().get(Count.SESSIONS_ESTABLISHED)).isEqualTo(48);
  }

  @Test
  void anIpv6SiteThatRotatesThroughItsAddressesCostsNothing() {
    establish(VICTIM);
    var newcomer = exporter(ByteBuffer.allocate(16).putLong(0x20010db8_0001_0000L).array());
    send(newcomer, TEMPLATE);

    for (int i = 0; i < 100_000; i++) {
      send(
          exporter(ByteBuffer.allocate(16).putLong(0x20010db8_0002_0000L).putLong(i).array()),
          BOTH);
    }
    int before = records.getOrDefault(InetAddress.getLoopbackAddress(), 0);
    send(newcomer, DATA);
    send(VICTIM, DATA);

    assertVictimLostNothing(3);
    assertThat(records.get(InetAddress.getLoopbackAddress()))
        .as("not even a newcomer of another network paid")
        .isEqualTo(before + 1);
  }

  @Test
  void portsInventedForTheExportersOwnAddressDoNotDisplaceItsSession() {
    establish(VICTIM);

    for (int port = 1; port < 50_000; port++) {
      send(Rig.udp("192.0.2.1", port), v9(set(0, template(256, 7, 2, 8, 4))).array());
    }
    send(VICTIM, DATA);

    assertThat(of(records)).isEqualTo(3);
    assertThat(decoder.counters().get(Count.SESSIONS)).isEqualTo(8);
  }

  @Test
  void anExporterWithManyTemplatesKeepsThemAll() {
    for (int id = 300; id < 500; id++) {
      send(VICTIM, v9(set(0, template(id, 8, 4, 7, 2))).array());
    }
    establish(VICTIM);
    int[] hundredFields = IntStream.range(0, 200).map(_ -> 1).toArray();

    for (int i = 0; i < 10_000; i++) {
      send(spoofed(i), v9(set(0, template(256 + i % 7, hundredFields))).array());
    }
    for (int id = 300; id < 500; id++) {
      send(VICTIM, v9(set(id, new Bytes().u32(1).u16(2))).array());
    }

    assertVictimLostNothing(202);
    assertThat(refusals.get(InetAddress.getLoopbackAddress()))
        .as("who paid for the templates")
        .isGreaterThan(1_000);
  }

  @Test
  void whatAnEstablishedExporterHasWaitingIsKept() {
    establish(VICTIM);
    for (int i = 0; i < 10; i++) {
      send(VICTIM, v9(set(400, new Bytes().u32(i).u16(2))).array());
    }

    for (int i = 0; i < 10_000; i++) {
      send(spoofed(i % 50), v9(set(256, new Bytes().zeros(1_000))).array());
    }
    send(VICTIM, v9(set(0, template(400, 8, 4, 7, 2))).array());

    assertVictimLostNothing(12);
    assertThat(decoder.counters().get(Count.WAITING_OCTETS)).isBetween(5_000L, 20_000L);
  }

  @Test
  void amongNewcomersWhoHasMostWaitingPays() {
    for (int i = 0; i < 5; i++) {
      send(VICTIM, v9(set(256, new Bytes().u32(i).u16(2))).array());
    }

    for (int i = 0; i < 1_000; i++) {
      send(spoofed(i % 5), v9(set(256, new Bytes().zeros(1_000))).array());
    }
    send(VICTIM, TEMPLATE);

    assertVictimLostNothing(5);
  }

  @Test
  void aStreamIsEstablishedFromItsFirstMessage() {
    var stream = new Exporter(VICTIM.address(), Transport.STREAM);
    send(stream, ipfix(set(2, template(256, 8, 4, 7, 2))).array());

    for (int i = 0; i < 1_000; i++) {
      send(spoofed(i), BOTH);
    }
    send(stream, ipfix(set(256, new Bytes().u32(1).u16(2))).array());

    assertVictimLostNothing(1);
  }

  @Test
  void aStreamSilentForADayKeepsItsTemplates() {
    var stream = new Exporter(VICTIM.address(), Transport.STREAM);
    send(stream, ipfix(set(2, template(256, 8, 4, 7, 2))).array());
    now = now.plusSeconds(86_000);

    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 63; i++) {
        send(spoofed(i), BOTH);
      }
      now = now.plusSeconds(31);
    }
    send(stream, ipfix(set(256, new Bytes().u32(1).u16(2))).array());

    assertVictimLostNothing(1);
    assertThat(decoder.counters().get(Count.SESSIONS_ESTABLISHED)).isEqualTo(48);
  }

  @Test
  void portsInventedForTheAddressOfAStreamDoNotDisplaceIt() {
    var stream = new Exporter(VICTIM.address(), Transport.STREAM);
    var lonely = decoder(limits(64, 2_000, 20_000));
    byte[] definition = ipfix(set(2, template(256, 8, 4, 7, 2))).array();
    lonely.decode(stream, definition, 0, definition.length);

    for (int round = 0; round < 3; round++) {
      for (int port = 1; port < 1_000; port++) {
        var invented = Rig.udp("192.0.2.1", round == 0 ? port : port % 6 + 1);
        byte[] datagram = v9(set(0, template(256, 7, 2, 8, 4))).array();
        lonely.decode(invented, datagram, 0, datagram.length);
      }
      now = now.plusSeconds(31);
    }
    byte[] data = ipfix(set(256, new Bytes().u32(1).u16(2))).array();
    lonely.decode(stream, data, 0, data.length);

    assertVictimLostNothing(1);
    assertThat(lonely.counters().get(Count.SESSIONS)).isEqualTo(8);
  }

  @Test
  void anAddressFullOfStreamsKeepsThemWhateverPortsAreInvented() {
    byte[] definition = ipfix(set(2, template(256, 8, 4, 7, 2))).array();
    byte[] data = ipfix(set(256, new Bytes().u32(1).u16(2))).array();
    for (int port = 1; port <= 8; port++) {
      send(stream(port), definition);
    }

    for (int port = 1; port < 1_000; port++) {
      send(Rig.udp("192.0.2.1", port), v9(set(0, template(256, 7, 2, 8, 4))).array());
    }
    for (int port = 1; port <= 8; port++) {
      send(stream(port), data);
    }

    assertVictimLostNothing(8);
    assertThat(decoder.counters().get(Count.SESSIONS)).isEqualTo(9);
  }

  private static Exporter stream(int port) {
    return new Exporter(Rig.udp("192.0.2.1", port).address(), Transport.STREAM);
  }

  @Test
  void standingOutlivesARestart() {
    establish(VICTIM);
    var restarted = decoder(limits(64, 2_000, 20_000));

    decoder.templates().forEach(restarted::restore);
    for (int i = 0; i < 1_000; i++) {
      restarted.decode(spoofed(i), BOTH, 0, BOTH.length);
    }
    restarted.decode(VICTIM, DATA, 0, DATA.length);

    assertVictimLostNothing(3);
  }

  @Test
  void aFullHouseOfSpoofedSourcesTakesBoundedMemory() {
    var full = decoder(limits(10_000, 200_000, 2_000_000));
    long before = used();

    for (int i = 0; i < 30_000; i++) {
      var spoofed = spoofed(i);
      full.decode(spoofed, BOTH, 0, BOTH.length);
      var waiting = v9(set(300, new Bytes().u8(1))).array();
      full.decode(spoofed, waiting, 0, waiting.length);
    }

    long each = (used() - before) / 10_000;
    assertThat(full.counters().get(Count.SESSIONS)).isEqualTo(10_000);
    assertThat(each).as("octets of each").isLessThan(3_000);
  }

  private static long used() {
    System.gc();
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
