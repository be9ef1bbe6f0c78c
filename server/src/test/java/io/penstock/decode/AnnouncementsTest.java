package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.exporters.ExporterId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What exporters announce in options tables, and how it joins their flows. */
class AnnouncementsTest {

  private static final ExporterId LOOPBACK = new ExporterId(Ip.parse("127.0.0.1").orElseThrow());

  private Rig rig = new Rig();

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Event v9Interface(long number, String name, String description) {
    return rig.v9Options(
        fields()
            .scope(1, 4, 0)
            .number(10, 4, number)
            .octets(82, text(name))
            .octets(83, text(description)));
  }

  private String flowBetween(long ingress, long egress) {
    return extra(rig.v9(fields().ends().number(10, 4, ingress).number(14, 4, egress)));
  }

  @Test
  void interfacesAreNamedOnBothSides() {
    v9Interface(1, "Gi0/1\0\0\0", "uplink \"A\"");
    v9Interface(2, "Gi0/2", "");

    assertThat(flowBetween(1, 2))
        .isEqualTo(
            "\"ingress_if_name\":\"Gi0/1\",\"ingress_if_description\":\"uplink \\\"A\\\"\","
                + "\"egress_if_name\":\"Gi0/2\"");
  }

  @Test
  void anInterfaceMayStandInTheScope() {
    rig.v9Options(fields().scope(2, 4, 7).octets(82, text("xe-0/0/7")));
    rig.ipfixOptions(fields().scope(14, 4, 8).variable(82, text("xe-0/0/8")));
    rig.ipfixOptions(fields().scope(252, 4, 9).variable(83, text("to the north")));

    assertThat(flowBetween(7, 8))
        .isEqualTo("\"ingress_if_name\":\"xe-0/0/7\",\"egress_if_name\":\"xe-0/0/8\"");
    assertThat(flowBetween(9, 0)).isEqualTo("\"ingress_if_description\":\"to the north\"");
  }

  @Test
  void aFlowIsNotTouchedWhereNothingWasAnnounced() {
    var before = flowBetween(1, 2);

    v9Interface(3, "Gi0/3", "");

    assertThat(before).isEmpty();
    assertThat(flowBetween(1, 2)).isEmpty();
  }

  @Test
  void aRecordThatNamesItsInterfaceItselfIsLeftAlone() {
    v9Interface(1, "Gi0/1", "");

    var event = rig.v9(fields().ends().number(10, 4, 1).octets(82, text("own")));

    assertThat(extra(event)).isEqualTo("\"interfaceName\":\"own\"");
  }

  @Test
  @Tag("case-57")
  void applicationsHaveANameAndAttributesFromSeveralTables() {
    rig.v9Options(
        fields()
            .scope(1, 4, 0)
            .hex(95, "0d000001")
            .octets(96, text("http\0\0"))
            .octets(94, text("World Wide Web traffic")));
    rig.v9Options(
        fields()
            .scope(1, 4, 0)
            .hex(95, "0d000001")
            .octets(372, text("browsing"))
            .octets(373, text("other"))
            .octets(374, text("web"))
            .octets(288, text("no"))
            .octets(289, text("unassigned"))
            .octets(290, text("yes")));

    var event = rig.v9(fields().ends().hex(95, "0d000001"));

    assertThat(extra(event))
        .isEqualTo(
            "\"applicationId\":\"13:1\",\"application_name\":\"http\","
                + "\"application_description\":\"World Wide Web traffic\","
                + "\"application_category\":\"browsing\","
                + "\"application_sub_category\":\"other\",\"application_group\":\"web\","
                + "\"application_p2p\":\"no\",\"application_tunnel\":\"unassigned\","
                + "\"application_encrypted\":\"yes\"");
  }

  @Test
  @Tag("case-57")
  void ciscosOwnElementsTellTheAttributesOfAnApplicationToo() {
    rig.v9Options(
        fields()
            .scope(1, 4, 0)
            .hex(95, "0d000001")
            .octets(45_000, text("browsing\0"))
            .octets(45_001, text("other\0"))
            .octets(45_002, text("web\0")));
    rig.ipfixOptions(
        fields()
            .scope(149, 4, 7)
            .hex(95, "0d000002")
            .octets(9, 12_232, text("voice"))
            .octets(9, 12_233, text("sip"))
            .octets(9, 12_234, text("phones")));

    assertThat(extra(rig.v9(fields().ends().hex(95, "0d000001"))))
        .endsWith(
            "\"application_category\":\"browsing\",\"application_sub_category\":\"other\","
                + "\"application_group\":\"web\"");
    assertThat(extra(rig.ipfix(fields().ends().hex(95, "0d000002"))))
        .endsWith(
            "\"application_category\":\"voice\",\"application_sub_category\":\"sip\","
                + "\"application_group\":\"phones\"");
  }

  @Test
  @Tag("case-57")
  void anApplicationOfAVendorIsTheOneWithTheSameOctets() {
    rig.ipfixOptions(
        fields().scope(149, 4, 7).hex(95, "140000168a000005").variable(96, text("peer")));

    assertThat(extra(rig.ipfix(fields().ends().hex(95, "140000168a000005"))))
        .endsWith("\"application_name\":\"peer\"");
    assertThat(extra(rig.ipfix(fields().ends().hex(95, "140000168a000006"))))
        .doesNotContain("application_name");
  }

  @Test
  void vrfsAndSamplersAreNamed() {
    rig.ipfixOptions(fields().scope(149, 4, 7).number(234, 4, 3).variable(236, text("red")));
    rig.ipfixOptions(fields().scope(302, 4, 5).variable(335, text("one-in-ten")));

    var event = rig.ipfix(fields().ends().number(234, 4, 3).number(235, 4, 3).number(302, 4, 5));

    assertThat(extra(event))
        .endsWith(
            "\"ingress_vrf_name\":\"red\",\"egress_vrf_name\":\"red\","
                + "\"sampler_name\":\"one-in-ten\"");
  }

  @Test
  void aNewNameCountsFromItsArrivalOn() {
    v9Interface(1, "old", "kept");
    var before = flowBetween(1, 0);

    v9Interface(1, "new", "kept");

    assertThat(before).contains("\"ingress_if_name\":\"old\"");
    assertThat(flowBetween(1, 0))
        .isEqualTo("\"ingress_if_name\":\"new\",\"ingress_if_description\":\"kept\"");
  }

  @Test
  @Tag("case-35")
  void aNameOfOneLineCardServesTheOthersUnlessTheyDisagree() {
    rig.domain = 1;
    v9Interface(1, "Gi1/1", "");
    v9Interface(2, "Gi1/2", "");
    rig.domain = 2;
    v9Interface(2, "Gi2/2", "");

    rig.domain = 3;

    assertThat(flowBetween(1, 2)).isEqualTo("\"ingress_if_name\":\"Gi1/1\"");
    rig.domain = 2;
    assertThat(flowBetween(1, 2))
        .isEqualTo("\"ingress_if_name\":\"Gi1/1\",\"egress_if_name\":\"Gi2/2\"");
  }

  @Test
  @Tag("case-91")
  void anExporterDoesNotGetTheNamesOfAnother() throws Exception {
    v9Interface(1, "Gi0/1", "");

    rig.from = new InetSocketAddress("127.0.0.2", 4000);

    assertThat(flowBetween(1, 1)).isEmpty();
  }

  @Test
  @Tag("case-43")
  void aNameThatIsNoUtf8IsStillValidJson() {
    rig.ipfixOptions(fields().scope(10, 4, 1).hex(82, "61ff62"));

    assertThat(flowBetween(1, 0)).isEqualTo("\"ingress_if_name\":\"a\ufffdb\"");
  }

  @Test
  @Tag("case-91")
  void aNameOfThousandsOfOctetsStaysInItsTable() {
    v9Interface(1, "x".repeat(5_000), "short");

    assertThat(flowBetween(1, 0)).isEqualTo("\"ingress_if_description\":\"short\"");
    assertThat(tables().getFirst().rows().getFirst().members()).hasSizeGreaterThan(5_000);
  }

  @Test
  @Tag("case-57")
  @Tag("case-91")
  void allThatIsToldOfAnApplicationMakesNoLargeEventOfASmallFlow() {
    var fields = fields().scope(1, 4, 0).hex(95, "01");
    for (int id : new int[] {96, 94, 372, 373, 374, 288, 289, 290}) {
      fields.octets(id, text("x".repeat(id == 96 || id == 94 ? 220 : 90)));
    }
    rig.v9Options(fields);

    var extra = extra(rig.v9(fields().hex(95, "01")));

    assertThat(extra)
        .contains("application_name", "application_description", "application_category")
        .doesNotContain("application_p2p", "application_tunnel", "application_encrypted")
        .hasSizeLessThan(1_100);
  }

  private List<OptionsTable> tables() {
    return rig.decoder.optionsTables(LOOPBACK, 100);
  }

  @Test
  @Tag("rfc7011-4.1-metering-process-statistics")
  @Tag("rfc7011-4.2-metering-process-reliability")
  @Tag("rfc7011-4.3-exporting-process-reliability")
  @Tag("rfc7011-4.4-flow-keys")
  void everyTableIsKeptAsItWasAnnounced() {
    v9Interface(1, "Gi0/1", "uplink");
    rig.ipfixOptions(fields().scope(143, 4, 1).number(40, 8, 3).number(41, 8, 4).number(42, 8, 5));
    rig.ipfixOptions(fields().scope(143, 4, 1).number(164, 8, 6).number(165, 8, 7));
    rig.ipfixOptions(fields().scope(144, 4, 1).number(166, 8, 8).number(167, 8, 9));
    rig.ipfixOptions(fields().scope(145, 2, 256).number(173, 8, 15));
    rig.ipfixOptions(fields().scope(302, 4, 2).number(318, 8, 100).number(319, 8, 10));
    rig.ipfixOptions(fields().scope(141, 4, 2).number(36, 2, 60));

    assertThat(tables())
        .extracting(OptionsTable::name)
        .containsExactly(
            "interfaces",
            "metering_process_statistics",
            "metering_process_reliability",
            "exporting_process_reliability",
            "flow_keys",
            "selectors",
            "other");
    var interfaces = tables().getFirst();
    assertThat(interfaces.scope()).containsExactly("scopeSystem");
    assertThat(interfaces.domain()).isEqualTo(7);
    assertThat(interfaces.rows())
        .containsExactly(
            new OptionsTable.Row(
                Rig.NOW,
                "\"scopeSystem\":\"00000000\",\"ingressInterface\":1,"
                    + "\"interfaceName\":\"Gi0/1\",\"interfaceDescription\":\"uplink\""));
  }

  @Test
  void aRowTakesThePlaceOfTheOneWithTheSameScope() {
    rig.ipfixOptions(fields().scope(143, 4, 1).number(41, 8, 4));
    rig.ipfixOptions(fields().scope(143, 4, 1).number(41, 8, 5));
    rig.ipfixOptions(fields().scope(143, 4, 2).number(41, 8, 6));

    assertThat(tables()).hasSize(1);
    assertThat(tables().getFirst().rows())
        .extracting(OptionsTable.Row::members)
        .containsExactly(
            "\"meteringProcessId\":1,\"exportedMessageTotalCount\":5",
            "\"meteringProcessId\":2,\"exportedMessageTotalCount\":6");
  }

  @Test
  void aTableShowsNoMoreRowsThanAskedFor() {
    for (int i = 0; i < 5; i++) {
      v9Interface(i, "Gi0/" + i, "");
    }

    var table = rig.decoder.optionsTables(LOOPBACK, 2).getFirst();

    assertThat(table.rows()).hasSize(2);
    assertThat(table.omitted()).isEqualTo(3);
  }

  @Test
  @Tag("case-34")
  void whatIsNotRefreshedIsForgottenAfterADay() {
    v9Interface(1, "Gi0/1", "");
    rig.received = Rig.NOW.plus(Duration.ofHours(20));
    v9Interface(2, "Gi0/2", "");

    rig.received = Rig.NOW.plus(Duration.ofHours(25));
    rig.decoder.expire(Rig.nanos(rig.received));

    assertThat(flowBetween(1, 2)).isEqualTo("\"egress_if_name\":\"Gi0/2\"");
  }

  @Test
  @Tag("case-34")
  void aRefreshKeepsARowAlive() {
    v9Interface(1, "Gi0/1", "");
    rig.received = Rig.NOW.plus(Duration.ofHours(20));
    v9Interface(1, "Gi0/1", "");

    rig.received = Rig.NOW.plus(Duration.ofHours(25));
    rig.decoder.expire(Rig.nanos(rig.received));

    assertThat(flowBetween(1, 0)).isEqualTo("\"ingress_if_name\":\"Gi0/1\"");
  }

  private static DecodeConfig limited(OptionsLimits limits) {
    var live = DecodeConfig.live();
    return new DecodeConfig(
        live.clockSkewMax(),
        live.sampling(),
        live.exportersMax(),
        limits,
        live.exporterLabelsMax(),
        live.limits(),
        live.tunnels(),
        live.book());
  }

  @Test
  @Tag("case-91")
  void uselessRowsDisplaceNoUsefulOnes() {
    rig = new Rig(limited(new OptionsLimits(10, 3, 1 << 20, 1 << 20)));
    v9Interface(1, "Gi0/1", "");

    for (int i = 0; i < 100; i++) {
      rig.ipfixOptions(fields().scope(143, 4, i).number(41, 8, i));
    }

    assertThat(flowBetween(1, 0)).isEqualTo("\"ingress_if_name\":\"Gi0/1\"");
    assertThat(tables().stream().mapToInt(table -> table.rows().size()).sum()).isEqualTo(4);
    assertThat(rig.metric("telemetry_decode_options_displaced_total")).isEqualTo(97);
    assertThat(rig.metric("telemetry_decode_options_rows")).isEqualTo(4);
  }

  @Test
  @Tag("case-91")
  void theExporterThatAnnouncesMostMakesRoom() throws Exception {
    rig = new Rig(limited(new OptionsLimits(10_000, 10, 1 << 20, 20_000)));
    v9Interface(1, "Gi0/1", "");

    rig.from = new InetSocketAddress("127.0.0.2", 4000);
    for (int i = 0; i < 200; i++) {
      v9Interface(i, "junk" + i, "");
    }
    assertThat(flowBetween(199, 0)).isEqualTo("\"ingress_if_name\":\"junk199\"");
    assertThat(flowBetween(0, 0)).isEmpty();
    rig.from = new InetSocketAddress("127.0.0.3", 4000);
    v9Interface(1, "Gi0/9", "");

    assertThat(flowBetween(1, 0)).isEqualTo("\"ingress_if_name\":\"Gi0/9\"");
    rig.from = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000);
    assertThat(flowBetween(1, 0)).isEqualTo("\"ingress_if_name\":\"Gi0/1\"");
    assertThat(rig.metric("telemetry_decode_options_bytes")).isBetween(1.0, 20_000.0);
  }

  private static DecodeConfig small(int exportersMax, long bytes) {
    var live = limited(new OptionsLimits(10_000, 100, (int) bytes, bytes));
    return new DecodeConfig(
        live.clockSkewMax(),
        live.sampling(),
        exportersMax,
        live.options(),
        live.exporterLabelsMax(),
        live.limits(),
        live.tunnels(),
        live.book());
  }

  /** A source no other has the network of. */
  private static InetSocketAddress invented(int number) throws Exception {
    var octets = ByteBuffer.allocate(4).putInt(Integer.reverse(number)).array();
    return new InetSocketAddress(InetAddress.getByAddress(octets), 4000);
  }

  private void announceNameRateAndWord() {
    v9Interface(1, "Gi0/1", "");
    rig.v9Options(fields().scope(1, 4, 0).number(48, 1, 3).number(50, 4, 100));
    rig.ipfixOptions(word());
    rig.received = rig.received.plusSeconds(31);
    flowBetween(1, 0);
  }

  /** The description of an element of a vendor nobody knows (RFC 5610). */
  private static Rig.Fields word() {
    return fields()
        .number(346, 4, 99_999)
        .number(303, 2, 7)
        .number(339, 1, 3)
        .variable(341, text("queueLevel"));
  }

  private void assertNameRateAndWordAreKnown() {
    assertThat(flowBetween(1, 0)).isEqualTo("\"ingress_if_name\":\"Gi0/1\"");
    assertThat(rig.v9(fields().ends().number(48, 1, 3)).traffic().sampling().rate()).isEqualTo(100);
    assertThat(extra(rig.ipfix(fields().ends().number(99_999, 7, 4, 42))))
        .isEqualTo("\"queueLevel\":42");
  }

  @Test
  @Tag("case-91")
  void inventedSourcesCostAQuietExporterNothingThatItAnnounced() throws Exception {
    rig = new Rig(small(16, 40_000));
    var quiet = rig.from;
    announceNameRateAndWord();

    for (int i = 1; i <= 2_000; i++) {
      rig.from = invented(i);
      v9Interface(1, "junk" + i, "");
      rig.ipfixOptions(word());
    }

    rig.from = quiet;
    assertNameRateAndWordAreKnown();
  }

  @Test
  @Tag("case-91")
  void inventedSourcesWithLargeTablesCostTheLargerTableOfAnExporterAtWorkNothing()
      throws Exception {
    rig = new Rig(small(64, 40_000));
    var active = rig.from;
    announceNameRateAndWord();
    for (int i = 2; i < 40; i++) {
      v9Interface(i, "Gi0/" + i, "");
    }

    for (int i = 1; i <= 32; i++) {
      rig.from = invented(i);
      for (int row = 0; row < 30; row++) {
        v9Interface(row, "junk" + row, "");
        rig.ipfix(fields().ends().number(233, 1, 5).number(148, 8, row).number(231, 8, 100));
      }
    }

    rig.from = active;
    assertNameRateAndWordAreKnown();
    assertThat(flowBetween(39, 0)).isEqualTo("\"ingress_if_name\":\"Gi0/39\"");
    assertThat(rig.metric("telemetry_decode_options_bytes")).isBetween(1.0, 40_000.0);
  }
}
