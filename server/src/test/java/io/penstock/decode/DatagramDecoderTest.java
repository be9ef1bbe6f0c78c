package io.penstock.decode;

import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Protocol;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DatagramDecoderTest {

  private Rig rig = new Rig();

  private static DecodeConfig config(int exportersMax, int labelsMax) {
    var live = DecodeConfig.live();
    return new DecodeConfig(
        live.clockSkewMax(),
        live.sampling(),
        exportersMax,
        live.options(),
        labelsMax,
        live.limits(),
        live.tunnels(),
        live.book());
  }

  private static InetSocketAddress exporter(int number) throws Exception {
    return new InetSocketAddress(
        InetAddress.getByAddress(new byte[] {10, 1, 0, (byte) number}), 2055);
  }

  private Map<String, Double> recordsByExporter() {
    var counts = new TreeMap<String, Double>();
    for (var snapshot : rig.metrics.scrape("telemetry_decode_exporter_records"::equals)) {
      for (var point : ((CounterSnapshot) snapshot).getDataPoints()) {
        counts.put(String.valueOf(point.getLabels().get("exporter")), point.getValue());
      }
    }
    return counts;
  }

  @Test
  @Tag("rfc7011-5.1-export-time")
  void theOriginTellsWhoSentTheMessageAndWhen() throws Exception {
    rig.from = exporter(1);
    rig.exported = Rig.NOW.minusSeconds(3);

    var origin = rig.ipfix(fields().ends()).origin();

    assertThat(origin.protocol()).isEqualTo(Protocol.IPFIX);
    assertThat(origin.exporter()).isEqualTo(Ip.parse("10.1.0.1").orElseThrow());
    assertThat(origin.exporterPort()).isEqualTo(2055);
    assertThat(origin.observationDomain()).isEqualTo(7);
    assertThat(origin.sequence()).isEqualTo(1);
    assertThat(origin.exportNanos()).isEqualTo(Rig.nanos(Rig.NOW) - 3_000_000_000L);
    assertThat(origin.receivedNanos()).isEqualTo(Rig.nanos(Rig.NOW));
  }

  @Test
  @Tag("case-47")
  void case47AnExporterOnADualStackSocketIsTheIpv4OneItIs() throws Exception {
    var mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    mapped[12] = 10;
    mapped[15] = 9;
    rig.from = new InetSocketAddress(InetAddress.getByAddress(mapped), 2055);

    var origin = rig.ipfix(fields().ends()).origin();

    assertThat(origin.exporter()).hasToString("10.0.0.9");
  }

  @Test
  void theEventsOfOneMessageShareTheirOrigin() {
    var events = Corpus.decode("exporters/softflowd-1.1.0_nf5_mixed.pcap").events();

    assertThat(events.get(0).origin()).isSameAs(events.get(1).origin());
  }

  @Test
  void exportersBeyondTheLimitShareOneLabel() throws Exception {
    rig = new Rig(config(100, 2));

    for (int i = 1; i <= 4; i++) {
      rig.from = exporter(i);
      rig.ipfix(fields().ends());
    }

    assertThat(recordsByExporter())
        .containsExactlyInAnyOrderEntriesOf(Map.of("10.1.0.1", 1.0, "10.1.0.2", 1.0, "other", 2.0));
  }

  @Test
  void theExporterSilentLongestIsForgottenFirst() throws Exception {
    rig = new Rig(config(2, 10));
    for (int i = 1; i <= 3; i++) {
      rig.from = exporter(i);
      rig.v9Options(fields().scope(1, 4, 0).number(34, 4, 100L * i));
    }

    rig.from = exporter(3);
    long remembered = rig.v9(fields().ends()).traffic().sampling().rate();
    rig.from = exporter(1);
    long forgotten = rig.v9(fields().ends()).traffic().sampling().rate();

    assertThat(remembered).isEqualTo(300);
    assertThat(forgotten).isZero();
  }

  @Test
  void idsAreUuidsThatSortByTheTimeOfReceipt() {
    var ids = new EventIds();
    var seen = new HashSet<Long>();

    ids.next(Rig.nanos(Rig.NOW));
    long first = ids.high();
    for (int i = 0; i < 1_000; i++) {
      ids.next(Rig.nanos(Rig.NOW));
      seen.add(ids.low());
    }
    ids.next(Rig.nanos(Rig.NOW.plusMillis(1)));

    assertThat(seen).hasSize(1_000);
    assertThat(first >>> 12 & 0xf).isEqualTo(8);
    assertThat(ids.low() >>> 62).isEqualTo(2);
    assertThat(first >>> 16).isEqualTo(Rig.NOW.toEpochMilli());
    assertThat(ids.high()).isGreaterThan(first);
  }

  @Test
  void equalTrafficIsSharedBetweenEvents() {
    var first = rig.ipfix(fields().ends().number(4, 1, 6).number(10, 4, 3));
    var second = rig.ipfix(fields().ends().number(4, 1, 6).number(10, 4, 3));
    var third = rig.ipfix(fields().ends().number(4, 1, 6).number(10, 4, 4));

    assertThat(second.traffic()).isSameAs(first.traffic());
    assertThat(third.traffic()).isNotEqualTo(first.traffic());
  }

  @Test
  void aFlowWithoutAnyFieldWeKnowIsAnEventAllTheSame() {
    var event = rig.ipfix(fields().hex(4095, "00"));

    assertThat(event.kind()).isEqualTo(Event.Kind.FLOW);
    assertThat(event.source().hasIp()).isFalse();
    assertThat(Rig.extra(event)).isEqualTo("\"0.4095\":\"00\"");
  }

  @Test
  @Tag("case-2")
  void anAggregatedFlowOfVersion8SaysWhatItIsTheSumOf() {
    var message = ByteBuffer.allocate(28 + 40);
    message.putShort((short) 8).putShort((short) 1).putInt((int) Rig.UPTIME);
    message.putInt((int) Rig.NOW.getEpochSecond()).putInt(0).putInt(900);
    message.put((byte) 1).put((byte) 2).put((byte) 5).put((byte) 2).putInt(0);
    message.putInt(12).putInt(34).putInt(5_600);
    message.putInt((int) Rig.UPTIME - 60_000).putInt((int) Rig.UPTIME - 1_000);
    message.putInt(0x0a010000).putInt(0x0a020000).put((byte) 15).put((byte) 16).putShort((short) 0);
    message.putShort((short) 64_500).putShort((short) 64_501);
    message.putShort((short) 3).putShort((short) 4);

    rig.decoder.decode(rig.from, Rig.nanos(Rig.NOW), message.array(), 0, message.capacity());

    var event = rig.events.getFirst();
    assertThat(event.origin().protocol()).isEqualTo(Protocol.NETFLOW_V8);
    assertThat(event.origin().observationDomain()).isEqualTo(0x0102);
    assertThat(event.origin().sequence()).isEqualTo(900);
    assertThat(event.source().bytes()).isEqualTo(5_600);
    assertThat(event.source().packets()).isEqualTo(34);
    assertThat(event.source().prefixLength()).isEqualTo(16);
    assertThat(event.destination().prefixLength()).isEqualTo(15);
    assertThat(event.source().as()).isEqualTo(64_500);
    assertThat(event.startNanos()).isEqualTo(Rig.nanos(Rig.NOW.minusSeconds(60)));
    assertThat(event.endNanos()).isEqualTo(Rig.nanos(Rig.NOW.minusSeconds(1)));
    assertThat(Rig.extra(event))
        .isEqualTo(
            "\"aggregation\":\"prefix\",\"aggregation_version\":2,\"deltaFlowCount\":12,"
                + "\"sourceIPv4Prefix\":\"10.1.0.0\",\"destinationIPv4Prefix\":\"10.2.0.0\"");
  }
}
