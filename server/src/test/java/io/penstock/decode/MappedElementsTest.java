package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.registry.InformationElement;
import io.penstock.registry.MappedElement;
import io.penstock.registry.Registry;
import io.penstock.wire.DataType;
import io.penstock.wire.Exporter;
import io.penstock.wire.ProtocolVersion;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an operator's elements do to records, and when. */
class MappedElementsTest {

  private static final Registry SHIPPED = Corpus.REGISTRY;

  private Registry registry = SHIPPED;
  private final List<Event> events = new ArrayList<>();
  private final DatagramDecoder decoder =
      new DatagramDecoder(
          DecodeConfig.recorded(),
          () -> registry,
          events::add,
          new DecodeMetrics(new PrometheusRegistry(), 10));

  private static MappedElement mapped(
      long enterprise, int id, String name, DataType type, String standsFor) {
    return new MappedElement(
        new InformationElement(enterprise, id, name, type, "", ""),
        Set.of(enterprise == 0 ? ProtocolVersion.NETFLOW_V9 : ProtocolVersion.IPFIX),
        standsFor.isEmpty() ? null : SHIPPED.named(standsFor).orElseThrow());
  }

  private void decode(byte[] datagram) {
    var from = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000);
    decoder.decode(new Exporter(from), Rig.nanos(Rig.NOW), datagram, 0, datagram.length);
  }

  private String lastExtra() {
    return new String(events.getLast().extra(), StandardCharsets.UTF_8);
  }

  /**
   * An IPFIX message: a template of 9999/1 with two octets and of vlanId where asked, one record.
   */
  private static byte[] message(boolean withVlan) {
    return withVlan
        ? octets(
            "000a 0038 65000000 00000001 00000007",
            "0002 0014 0100 0002 8001 0002 0000270f 003a 0002",
            "0100 0008 002a 0007",
            "0100 0008 002b 0007")
        : octets(
            "000a 0028 65000000 00000001 00000007",
            "0002 0010 0100 0001 8001 0002 0000270f",
            "0100 0008 002a 002b");
  }

  private static byte[] dataOnly() {
    return octets("000a 0016 65000000 00000003 00000007", "0100 0006 002c");
  }

  @Test
  void anUnknownElementIsBytesUnderItsNumberUntilItIsMapped() {
    decode(message(false));
    assertThat(lastExtra()).contains("\"9999.1\":\"002b\"");

    registry = SHIPPED.with(List.of(mapped(9999, 1, "queueDepth", DataType.UNSIGNED16, "")));
    decode(dataOnly());

    assertThat(lastExtra()).contains("\"queueDepth\":44").doesNotContain("9999.1");
  }

  @Test
  void takingAnElementBackTakesItsNameBackFromTemplatesThatAreKnown() {
    registry = SHIPPED.with(List.of(mapped(9999, 1, "queueDepth", DataType.UNSIGNED16, "")));
    decode(message(false));
    assertThat(lastExtra()).contains("queueDepth");

    registry = SHIPPED;
    decode(dataOnly());

    assertThat(lastExtra()).contains("\"9999.1\":\"002c\"");
  }

  @Test
  void anElementCanTakeThePlaceOfAKnownOne() {
    registry = SHIPPED.with(List.of(mapped(9999, 1, "accessVlan", DataType.UNSIGNED16, "vlanId")));

    decode(message(false));

    assertThat(events.getLast().traffic().vlan()).isEqualTo(43);
    assertThat(lastExtra()).doesNotContain("accessVlan");
  }

  @Test
  void theElementItselfWinsOverItsSubstitute() {
    registry = SHIPPED.with(List.of(mapped(9999, 1, "accessVlan", DataType.UNSIGNED16, "vlanId")));

    decode(message(true));

    assertThat(events.getLast().traffic().vlan()).isEqualTo(7);
    assertThat(lastExtra()).contains("\"accessVlan\":43");
  }

  @Test
  void anOverriddenStandardElementLosesItsPlace() {
    registry = SHIPPED.with(List.of(mapped(0, 8, "cookie", DataType.UNSIGNED32, "")));

    decode(
        octets(
            "0009 0002 00000000 65000000 00000001 00000007",
            "0000 0010 0100 0002 0008 0004 000c 0004",
            "0100 000c 0a000001 0a000002"));

    assertThat(events.getLast().source().ip()).isNotEqualTo(ip("10.0.0.1"));
    assertThat(events.getLast().destination().ip()).isEqualTo(ip("10.0.0.2"));
    assertThat(lastExtra()).contains("\"cookie\":167772161");
  }

  @Test
  @Tag("case-29")
  void netflow9IdsWithTheTopBitAreMappedWithoutAnEnterprise() {
    registry = SHIPPED.with(List.of(mapped(0, 50_000, "ours", DataType.UNSIGNED16, "")));

    decode(
        octets(
            "0009 0002 00000000 65000000 00000001 00000007",
            "0000 000c 0100 0001 c350 0002",
            "0100 0008 002a 002b"));

    assertThat(lastExtra()).contains("\"ours\":43");
  }

  private static Ip ip(String text) {
    return Ip.parse(text).orElseThrow();
  }

  private static byte[] octets(String... digits) {
    return HexFormat.of().parseHex(String.join("", digits).replace(" ", ""));
  }
}
