package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Ip;
import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Source;
import io.penstock.sflow.SflowDecoder;
import io.penstock.traffic.SflowWriter;
import io.penstock.traffic.SflowWriter.Interface;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SflowEventsTest {

  private static final byte[] AGENT = {10, 0, 0, 1};

  /** Ethernet with VLAN 30, IPv4 192.0.2.1 to 198.51.100.2, TCP 40000 to 443 with ACK. */
  private static final byte[] TAGGED_TCP =
      HexFormat.of()
          .parseHex(
              "02005e000001"
                  + "02005e000002"
                  + "8100"
                  + "a01e"
                  + "0800"
                  + "450005d4000040003f060000c0000201c6336402"
                  + "9c4001bb"
                  + "00000001"
                  + "00000002"
                  + "50100200"
                  + "00000000");

  /** IPv6 2001:db8::1 to 2001:db8::2, UDP 5000 to 53. */
  private static final byte[] UDP_V6 =
      HexFormat.of()
          .parseHex(
              "6000000000141140"
                  + "20010db8000000000000000000000001"
                  + "20010db8000000000000000000000002"
                  + "1388003500140000");

  private static final int ETHERNET = 1;
  private static final int IPV6 = 12;

  private final Rig rig = new Rig();
  private final SflowWriter writer = new SflowWriter(65_507);

  private void begin() {
    writer.begin(AGENT, 3, 77, 5_000);
  }

  private void flow() {
    writer.flow(5, 9, 1_000, 5_000, 2, 9, 12);
  }

  private void send() {
    int length = writer.finish();
    rig.decoder.decode(rig.from, Rig.nanos(Rig.NOW), writer.bytes(), 0, length);
  }

  private Event sendOne() {
    send();
    assertThat(rig.events).hasSize(1);
    return rig.events.getFirst();
  }

  private static Map<String, Object> json(Event event) {
    return Json.object(
        Json.parse(new String(EventJson.write("default", event), StandardCharsets.UTF_8)));
  }

  @Test
  @Tag("case-84")
  @Tag("case-85")
  @Tag("sflow5-5-sampled-header")
  void aSampledPacketIsAFlowOfOnePacketWithTheFramesOctets() {
    begin();
    flow();
    writer.header(ETHERNET, 1_518, 4, TAGGED_TCP);
    var event = sendOne();

    assertThat(event.kind()).isEqualTo(Event.Kind.FLOW);
    assertThat(event.source().ip()).hasToString("192.0.2.1");
    assertThat(event.destination().ip()).hasToString("198.51.100.2");
    assertThat(event.source().port()).isEqualTo(40_000);
    assertThat(event.destination().port()).isEqualTo(443);
    assertThat(event.source().bytes()).isEqualTo(1_518);
    assertThat(event.source().packets()).isOne();
    assertThat(event.source().mac()).isEqualTo(0x0200_5e00_0002L);
    assertThat(event.traffic().protocol()).isEqualTo(6);
    assertThat(event.traffic().tcpFlags()).isEqualTo(0x10);
    assertThat(event.traffic().vlan()).isEqualTo(30);
    assertThat(event.traffic().ingressInterface()).isEqualTo(9);
    assertThat(event.traffic().egressInterface()).isEqualTo(12);
    assertThat(event.startNanos()).isEqualTo(Rig.nanos(Rig.NOW)).isEqualTo(event.endNanos());
    assertThat(event.quirks()).isZero();
    assertThat(json(event)).containsEntry("stripped", 4L).containsEntry("header_protocol", 1L);
  }

  @Test
  @Tag("case-77")
  @Tag("sflow5-5-sampling-rate-per-sample")
  void theRateIsTheSamplesOwn() {
    begin();
    flow();
    writer.header(ETHERNET, 1_518, 4, TAGGED_TCP);
    var event = sendOne();

    assertThat(event.traffic().sampling()).isEqualTo(new Sampling(1_000, Source.RECORD));
    assertThat(json(event))
        .containsEntry("sample_pool", 5_000L)
        .containsEntry("sample_drops", 2L)
        .containsEntry("sample_sequence", 5L)
        .doesNotContainKey("sampling_effective");
  }

  @Test
  @Tag("case-77")
  void theEffectiveRateMakesUpForSamplesThatWereLost() {
    long pool = 0xffff_f000L;
    for (int sequence = 1; sequence <= 40; sequence++) {
      pool += 1_000;
      // Every other sample is lost on the way.
      if (sequence % 2 == 0) {
        continue;
      }
      begin();
      writer.flow(sequence, 9, 1_000, pool, 0, 1, 2);
      writer.header(ETHERNET, 100, 4, TAGGED_TCP);
      send();
    }

    assertThat(json(rig.events.get(3))).doesNotContainKey("sampling_effective");
    assertThat(json(rig.events.getLast())).containsEntry("sampling_effective", 2_000L);
    assertThat(rig.events.getLast().traffic().sampling().rate()).isEqualTo(1_000);
  }

  @Test
  @Tag("case-77")
  void aRestartedAgentsPoolIsNoJump() {
    for (int i = 1; i <= 60; i++) {
      boolean isRestarted = i > 30;
      long sequence = isRestarted ? i - 30 : 100_000 + i;
      begin();
      writer.flow(sequence, 9, 100, sequence * 100 + (isRestarted ? 0 : 7), 0, 1, 2);
      send();
    }

    assertThat(json(rig.events.get(29))).containsEntry("sampling_effective", 100L);
    assertThat(json(rig.events.get(30))).doesNotContainKey("sampling_effective");
    assertThat(json(rig.events.getLast())).containsEntry("sampling_effective", 100L);
  }

  @Test
  @Tag("case-78")
  void theExporterIsTheAgentAndTheSenderIsToldWhereItDiffers() {
    begin();
    flow();
    var event = sendOne();

    assertThat(event.origin().protocol()).isEqualTo(Protocol.SFLOW_5);
    assertThat(event.origin().exporter()).isEqualTo(Ip.v4(0x0a000001));
    assertThat(event.origin().observationDomain()).isEqualTo(3);
    assertThat(event.origin().sequence()).isEqualTo(77);
    assertThat(event.origin().exportNanos()).isEqualTo(Event.ABSENT);
    assertThat(json(event)).containsEntry("sent_by", "127.0.0.1").containsEntry("uptime", 5_000L);
  }

  @Test
  @Tag("case-78")
  void anAgentWithoutAddressIsKnownByItsSender() {
    for (int octets : new int[] {0, 4, 16}) {
      writer.begin(new byte[octets], 0, octets + 1, 1);
      flow();
      send();
    }

    assertThat(rig.events)
        .hasSize(3)
        .allSatisfy(
            event -> {
              assertThat(event.origin().exporter()).hasToString("127.0.0.1");
              assertThat(json(event)).doesNotContainKey("sent_by");
            });
  }

  @Test
  @Tag("case-82")
  @Tag("case-54")
  void whatIsNoInterfaceDoesNotLookLikeOne() {
    begin();
    writer.flow(1, 9, 1, 1, 0, 0x3fff_ffff, 1 << 30 | 258);
    writer.flow(2, 9, 1, 2, 0, 0, 2 << 30 | 7);
    writer.flowExpanded(
        3,
        new SflowWriter.Source(0, 0x100_0000),
        1,
        3,
        0,
        new Interface(0, 0x4000_0000L),
        new Interface(5, 6));
    send();

    var discarded = rig.events.getFirst();
    assertThat(discarded.traffic().ingressInterface()).isEqualTo(0x3fff_ffff);
    assertThat(discarded.traffic().egressInterface()).isEqualTo(Event.ABSENT);
    assertThat(json(discarded))
        .containsEntry("ingress_format", "internal")
        .containsEntry("egress_format", "discarded")
        .containsEntry("drop_reason", 258L)
        .containsEntry("drop_reason_name", "acl");
    var multiple = rig.events.get(1);
    assertThat(multiple.traffic().ingressInterface()).isZero();
    assertThat(json(multiple))
        .containsEntry("egress_format", "multiple")
        .containsEntry("egress_value", 7L);
    var expanded = rig.events.getLast();
    assertThat(expanded.traffic().ingressInterface()).isEqualTo(0x4000_0000L);
    assertThat(json(expanded))
        .containsEntry("source_id_index", 0x100_0000L)
        .containsEntry("egress_format", "unknown")
        .containsEntry("egress_value", 6L);
  }

  @Test
  @Tag("case-83")
  @Tag("sflow5-drops-discarded-packet")
  void aDiscardedPacketTellsWhyAndWhere() {
    begin();
    writer.discarded(4, new SflowWriter.Source(0, 9), 31, 9, 0, 259);
    writer.header(ETHERNET, 1_518, 4, TAGGED_TCP);
    writer.record(1036).putInt(6);
    writer.record(1037).putInt(100);
    writer.text("deny \"all\"").buffer().putInt(1);
    writer.record(1038);
    writer.text("ip_rcv");
    var event = sendOne();

    assertThat(event.kind()).isEqualTo(Event.Kind.DROP);
    assertThat(event.destination().port()).isEqualTo(443);
    assertThat(event.traffic().sampling()).isEqualTo(Sampling.UNKNOWN);
    assertThat(json(event))
        .containsEntry("kind", "drop")
        .containsEntry("drop_reason", 259L)
        .containsEntry("drop_reason_name", "no_buffer_space")
        .containsEntry("sample_drops", 31L)
        .containsEntry("extended_egress_queue", Map.of("queue", 6L))
        .containsEntry(
            "extended_acl", Map.of("number", 100L, "name", "deny \"all\"", "direction", 1L))
        .containsEntry("extended_function", Map.of("symbol", "ip_rcv"));
  }

  @Test
  @Tag("sflow5-5-extended-data")
  void whatSwitchAndRouterKnewFillsThePlacesOfTheEvent() {
    begin();
    flow();
    // The header comes last, and is believed first.
    writer.record(1001).putInt(444).putInt(2).putInt(555).putInt(3);
    writer.record(1003);
    writer.address(new byte[] {10, 9, 9, 9}).buffer().putInt(65_000).putInt(65_001).putInt(65_002);
    writer.buffer().putInt(2).putInt(2);
    writer.numbers(65_003, 65_004).buffer().putInt(1);
    writer.numbers(65_005, 65_006).numbers(65_000 << 16 | 100).buffer().putInt(200);
    writer.record(1002);
    writer.address(new byte[] {10, 8, 8, 8}).buffer().putInt(24).putInt(16);
    writer.record(1007);
    writer.address(new byte[] {1, 2, 3, 4}).address(new byte[] {5, 6, 7, 8});
    writer.record(1020).putInt(1_111).putInt(2_222);
    writer.header(ETHERNET, 1_518, 4, TAGGED_TCP);
    var event = sendOne();

    assertThat(event.traffic().vlan()).as("the tag of the frame").isEqualTo(30);
    assertThat(event.traffic().nextHop()).hasToString("10.8.8.8");
    assertThat(event.source().prefixLength()).isEqualTo(24);
    assertThat(event.destination().prefixLength()).isEqualTo(16);
    assertThat(event.source().as()).isEqualTo(65_001);
    assertThat(event.destination().as()).isEqualTo(65_006);
    assertThat(event.source().nat()).hasToString("Nat[ip=1.2.3.4, port=1111]");
    assertThat(event.destination().nat()).hasToString("Nat[ip=5.6.7.8, port=2222]");
    assertThat(Rig.extra(event))
        .contains(
            "\"extended_switch\":{\"src_vlan\":444,\"src_priority\":2,\"dst_vlan\":555,"
                + "\"dst_priority\":3}")
        .contains(
            "\"extended_gateway\":{\"nexthop\":\"10.9.9.9\",\"as\":65000,\"src_peer_as\":65002,"
                + "\"dst_as_path\":[65003,65004,[65005,65006]],\"communities\":[\"65000:100\"],"
                + "\"localpref\":200}")
        .doesNotContain("extended_router", "extended_nat");
  }

  @Test
  void anUntaggedFrameHasTheVlanThatTheSwitchKnew() {
    begin();
    flow();
    writer.record(1001).putInt(444).putInt(0).putInt(444).putInt(0);
    var event = sendOne();

    assertThat(event.traffic().vlan()).isEqualTo(444);
    assertThat(Rig.extra(event)).doesNotContain("src_vlan");
  }

  @Test
  @Tag("case-84")
  void theMasksOfAnIPv6PacketAreIPv6Prefixes() {
    begin();
    flow();
    writer.record(1002);
    writer.address(new byte[16]).buffer().putInt(48).putInt(64);
    writer.header(IPV6, 60, 0, UDP_V6);
    var event = sendOne();

    assertThat(event.source().ip()).hasToString("2001:db8::1");
    assertThat(event.destination().port()).isEqualTo(53);
    assertThat(event.source().prefixLength()).isEqualTo(48);
    assertThat(event.destination().prefixLength()).isEqualTo(64);
    assertThat(event.traffic().nextHop()).isNull();
    assertThat(Rig.extra(event)).doesNotContain("PrefixLength");
  }

  @Test
  @Tag("sflow5-5-sampled-ipv4")
  void withoutAHeaderTheAgentsOwnReadingFillsTheEvent() {
    begin();
    flow();
    writer.record(2).putInt(1_514);
    writer.mac(0x0200_5e00_0001L).mac(0x0200_5e00_0002L).buffer().putInt(0x800);
    writer.record(3).putInt(1_500).putInt(17).putInt(0x0a000001).putInt(0x0a000002);
    writer.buffer().putInt(5_000).putInt(53).putInt(0).putInt(0xb8);
    var event = sendOne();

    assertThat(event.source().ip()).hasToString("10.0.0.1");
    assertThat(event.destination().port()).isEqualTo(53);
    assertThat(event.traffic().tos()).isEqualTo(0xb8);
    assertThat(event.source().bytes()).isEqualTo(1_514);
    assertThat(event.source().mac()).isEqualTo(0x0200_5e00_0001L);
    assertThat(Rig.extra(event))
        .contains("\"sampled_ethernet\":{\"type\":2048}", "\"sampled_ipv4\":{\"length\":1500}");
  }

  @Test
  void aHeaderThatHoldsNoIpStaysAsOctets() {
    begin();
    flow();
    writer.header(
        ETHERNET, 64, 4, HexFormat.of().parseHex("ffffffffffff02005e0000020806" + "0001"));
    flow();
    writer.header(5, 64, 4, HexFormat.of().parseHex("18410800"));
    send();

    assertThat(rig.events.getFirst().source().mac()).isEqualTo(0x0200_5e00_0002L);
    assertThat(json(rig.events.getFirst()))
        .containsEntry("header", "ffffffffffff02005e00000208060001");
    assertThat(json(rig.events.getLast()))
        .containsEntry("header_protocol", 5L)
        .containsEntry("header", "18410800");
  }

  @Test
  @Tag("case-79")
  void anUnknownRecordStaysAsOctets() {
    begin();
    flow();
    writer.record(8800 << 12 | 3).putInt(0xabcdef);
    writer.record(8800 << 12 | 3).putInt(1);
    var event = sendOne();

    assertThat(json(event))
        .containsEntry("sflow.8800.3.0", "00abcdef")
        .containsEntry("sflow.8800.3.1", "00000001");
  }

  @Test
  @Tag("case-80")
  void aStructureThatIsLongerOrRepeatedLosesNothing() {
    begin();
    flow();
    writer.record(1029).putInt(5).putInt(6);
    writer.record(1029).putInt(7);
    var event = sendOne();

    assertThat(Rig.extra(event))
        .contains("\"extended_vni_egress\":{\"vni\":5,\"rest\":\"00000006\"}")
        .contains("\"extended_vni_egress_2\":{\"vni\":7}");
  }

  @Test
  @Tag("case-89")
  @Tag("sflow5-5-counters")
  void countersAreAnEventOfTheirOwnAndUnknownOnesAreLeftOut() {
    begin();
    writer.counters(12, 9);
    var out = writer.record(1).putInt(9).putInt(6).putLong(0).putInt(1).putInt(3);
    out.putLong(-1).putInt(10).putInt(-1).putInt(0).putInt(0).putInt(0).putInt(-1);
    out.putLong(1L << 40).putInt(1).putInt(2).putInt(3).putInt(4).putInt(5).putInt(0);
    writer.record(1001).putInt(250).putInt(-1).putInt(400).putLong(8L << 30).putLong(-1);
    var event = sendOne();

    assertThat(event.kind()).isEqualTo(Event.Kind.COUNTERS);
    assertThat(event.startNanos()).isEqualTo(Rig.nanos(Rig.NOW));
    var counters = Json.object(Json.member(json(event), "if_counters"));
    assertThat(counters)
        .containsEntry("ifIndex", 9L)
        .containsEntry("ifSpeed", 0L)
        .containsEntry("ifOutOctets", 1L << 40)
        .doesNotContainKeys("ifInOctets", "ifInMulticastPkts", "ifInUnknownProtos");
    assertThat(json(event))
        .containsEntry(
            "processor", Map.of("5s_cpu", 250L, "5m_cpu", 400L, "total_memory", 8L << 30));
    assertThat(rig.decoder.counters().get(Count.COUNTER_SAMPLES)).isOne();
  }

  @Test
  @Tag("sflow5-host-counters")
  void aHostTellsWhatItIsAndDoes() {
    begin();
    writer.counters(1, 2 << 24 | 1);
    writer.record(2000);
    writer.text("db\u00e9-1").buffer().putLong(0x0123_4567_89ab_cdefL).putLong(0x1122L);
    writer.buffer().putInt(3).putInt(2);
    writer.text("6.1");
    var adapters = writer.record(2001).putInt(2).putInt(1).putInt(2);
    writer.mac(0x0200_5e00_0001L).mac(0x0200_5e00_0002L);
    adapters.putInt(2).putInt(0);
    writer.record(2003).putFloat(0.25f).putFloat(1).putFloat(Float.NaN).putInt(4);
    var lane = writer.record(10).putInt(7).putInt(1).putInt(3_300).putInt(-5_000).putInt(1);
    lane.putInt(1).putInt(6_000).putInt(-1).putInt(1).putInt(2).putInt(1_310);
    lane.putInt(3).putInt(4).putInt(5).putInt(6);
    var event = sendOne();

    assertThat(Rig.extra(event))
        .contains(
            "\"host_descr\":{\"hostname\":\"db\u00e9-1\","
                + "\"uuid\":\"01234567-89ab-cdef-0000-000000001122\",\"machine_type\":3,"
                + "\"os_name\":2,\"os_release\":\"6.1\"}")
        .contains(
            "\"host_adapters\":{\"adapters\":[{\"ifIndex\":1,\"mac_address\":"
                + "[\"02:00:5e:00:00:01\",\"02:00:5e:00:00:02\"]},"
                + "{\"ifIndex\":2,\"mac_address\":[]}]}")
        .contains("\"host_cpu\":{\"load_one\":0.25,\"load_five\":1.0,\"proc_run\":4}")
        .contains("\"module_temperature\":-5000,\"lanes\":[{\"lane_index\":1,")
        .doesNotContain("\"tx_power\"");
    assertThat(json(event)).containsKey("sfp");
  }

  @Test
  @Tag("case-87")
  void labelsTagsAndTextAreReadable() {
    begin();
    flow();
    writer.record(1006);
    writer.address(new byte[] {10, 1, 1, 1}).numbers(100 << 12 | 3 << 9 | 64);
    writer.numbers(200 << 12 | 1 << 8 | 63);
    writer.record(1012);
    writer.numbers(0x8100_6064);
    writer.record(1004).putInt(106);
    writer.text("alice").buffer().putInt(0);
    writer.opaque(new byte[] {'b', (byte) 0xff});
    var event = sendOne();

    assertThat(event.traffic().nextHop()).hasToString("10.1.1.1");
    assertThat(Rig.extra(event))
        .contains(
            "\"extended_mpls\":{\"in_stack\":[{\"label\":100,\"exp\":3,\"bottom\":false,\"ttl\":64}],"
                + "\"out_stack\":[{\"label\":200,\"exp\":0,\"bottom\":true,\"ttl\":63}]}")
        .contains(
            "\"extended_vlantunnel\":{\"stack\":[{\"tpid\":33024,\"vlan_id\":100,\"priority\":3}]}")
        .contains("\"src_user\":\"alice\"", "\"dst_user.hex\":\"62ff\"");
    assertThat(json(event)).containsKey("extended_user");
  }

  @Test
  @Tag("case-93")
  void aSampleCutShortSaysSo() {
    begin();
    flow();
    writer.header(ETHERNET, 1_518, 4, TAGGED_TCP);
    int length = writer.finish() - 20;
    rig.decoder.decode(rig.from, Rig.nanos(Rig.NOW), writer.bytes(), 0, length);

    var event = rig.events.getFirst();
    assertThat(event.quirks()).isEqualTo(Quirk.TRUNCATED.bit());
    assertThat(event.destination().ip()).hasToString("198.51.100.2");
    assertThat(rig.decoder.counters().rejected(Rejection.TRUNCATED)).isOne();
  }

  @Test
  @Tag("case-90")
  void olderVersionsAreCountedAndDropped() {
    begin();
    flow();
    int length = writer.finish();
    for (byte version : new byte[] {2, 4}) {
      writer.bytes()[3] = version;
      rig.decoder.decode(rig.from, Rig.nanos(Rig.NOW), writer.bytes(), 0, length);
    }

    assertThat(rig.events).isEmpty();
    assertThat(rig.decoder.counters().rejected(Rejection.UNKNOWN_VERSION)).isEqualTo(2);
  }

  @Test
  @Tag("case-91")
  void whatIsRememberedOfAgentsIsBoundedAndTheLatestAgentIsKept() {
    var sources = new SampledSources(4, 20);
    var rates = new ArrayList<Long>();
    var decoder =
        new SflowDecoder(
            new DecoderCounters(),
            (datagram, sample) -> {
              sources.turnTo(Ip.v4(1), datagram);
              rates.add(sources.rate(sample));
              assertThat(sources.size()).isLessThanOrEqualTo(20 + 4);
            });
    for (int round = 1; round <= 20; round++) {
      for (int agent = 0; agent < 50; agent++) {
        // One agent sends as often as all the others together.
        for (int of : new int[] {0, agent}) {
          writer.begin(new byte[] {10, 1, 0, (byte) of}, 0, 1, 1);
          for (int source = 0; source < 10; source++) {
            long count = of == 0 ? 100L * round + agent : round;
            writer.flow(count, source, 1, count * 5, 0, 1, 2);
          }
          int length = writer.finish();
          decoder.decode(writer.bytes(), 0, length);
        }
      }
    }

    assertThat(rates).hasSize(20_000).contains(5L);
  }
}
