package io.penstock.decode;

import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.exporters.ExporterId;
import io.penstock.traffic.SflowWriter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names in sFlow counter samples join the flows of their agent. */
class PortNamesTest {

  private static final Ip LOOPBACK = Ip.parse("127.0.0.1").orElseThrow();

  private final SflowWriter writer = new SflowWriter(65_507);
  private Rig rig = new Rig();
  private String agent = "10.0.0.1";
  private long subAgent = 3;
  private long sequence;

  private void begin() {
    writer.begin(Ip.parse(agent).orElseThrow().toBytes(), subAgent, ++sequence, 5_000);
  }

  private Event send() {
    int length = writer.finish();
    rig.decoder.decode(rig.from, Rig.nanos(rig.received), writer.bytes(), 0, length);
    return rig.events.getLast();
  }

  /** A counter sample of the interface that has its name and nothing else in it. */
  private Event name(int port, String name) {
    begin();
    writer.counters(sequence, port);
    writer.record(1005);
    writer.text(name);
    return send();
  }

  private String flow(int input, int output) {
    begin();
    writer.flow(sequence, 9, 100, 100 * sequence, 0, input, output);
    return namesOf(send());
  }

  /** The members that were joined: they come last. */
  private static String namesOf(Event event) {
    var extra = Rig.extra(event);
    int names = extra.indexOf("gress_if_");
    return names < 0 ? "" : extra.substring(extra.lastIndexOf('"', names));
  }

  @Test
  @Tag("case-89")
  @Tag("sflow5-5-known-structures")
  void aFlowNamesBothItsInterfaces() {
    var counters = name(9, "eth9");
    name(12, "eth12");

    assertThat(Rig.extra(counters)).contains("\"port_name\":{\"name\":\"eth9\"}");
    assertThat(flow(9, 12)).isEqualTo("\"ingress_if_name\":\"eth9\",\"egress_if_name\":\"eth12\"");
    assertThat(flow(12, 13)).isEqualTo("\"ingress_if_name\":\"eth12\"");
  }

  @Test
  @Tag("case-83")
  void aDiscardedPacketNamesItsInterface() {
    name(9, "eth9");

    begin();
    writer.discarded(4, new SflowWriter.Source(0, 9), 0, 9, 0, 259);

    assertThat(namesOf(send())).isEqualTo("\"ingress_if_name\":\"eth9\"");
  }

  @Test
  void whatIsNoInterfaceHasNoName() {
    name(0x3fff, "eth9");

    assertThat(flow(0x3fff_ffff, 2 << 30 | 0x3fff)).isEmpty();
    assertThat(flow(0, 1 << 30 | 0x3fff)).isEmpty();
  }

  @Test
  @Tag("sflow5-5-expanded-samples")
  void aLargeIndexIsTakenFromTheInterfacesCounters() {
    int port = 0x0200_0009;
    begin();
    writer.counters(1, port & 0xff_ffff);
    writer.record(1).putInt(port).put(new byte[84]);
    writer.record(1005);
    writer.text("ae9");
    writer.countersExpanded(2, new SflowWriter.Source(0, port + 1));
    writer.record(1005);
    writer.text("ae10");
    send();

    assertThat(flow(port, port + 1))
        .isEqualTo("\"ingress_if_name\":\"ae9\",\"egress_if_name\":\"ae10\"");
    assertThat(flow(9, 10)).isEmpty();
  }

  @Test
  void aSourceThatIsNoInterfaceNamesNone() {
    name(2 << 24 | 9, "slot 9");

    assertThat(flow(9, 9)).isEmpty();
  }

  @Test
  void aNewNameCountsFromItsArrivalOn() {
    name(9, "old");
    var before = flow(9, 0);

    name(9, "new");

    assertThat(before).isEqualTo("\"ingress_if_name\":\"old\"");
    assertThat(flow(9, 0)).isEqualTo("\"ingress_if_name\":\"new\"");
  }

  @Test
  @Tag("case-35")
  void aNameOfOneSubAgentServesTheOthersUnlessTheyDisagree() {
    name(1, "a1");
    name(2, "a2");
    subAgent = 4;
    name(2, "b2");

    subAgent = 5;

    assertThat(flow(1, 2)).isEqualTo("\"ingress_if_name\":\"a1\"");
    subAgent = 4;
    assertThat(flow(1, 2)).isEqualTo("\"ingress_if_name\":\"a1\",\"egress_if_name\":\"b2\"");
  }

  @Test
  @Tag("case-78")
  @Tag("case-91")
  void agentsBehindOneSenderDoNotShareNamesNorGetThoseOfAnotherSender() {
    name(9, "eth9");
    agent = "10.0.0.2";
    var ofAnotherAgent = flow(9, 0);
    agent = "10.0.0.1";

    var sender = rig.from;
    rig.from = new InetSocketAddress("127.0.0.2", 4000);
    var ofAnotherSender = flow(9, 0);
    name(9, "forged");
    rig.from = sender;

    assertThat(ofAnotherAgent).isEmpty();
    assertThat(ofAnotherSender).isEmpty();
    assertThat(flow(9, 0)).isEqualTo("\"ingress_if_name\":\"eth9\"");
  }

  @Test
  void aDeviceThatSendsNetFlowTooNamesItsInterfacesOnce() {
    agent = "127.0.0.1";
    name(9, "eth9");
    rig.v9Options(
        fields()
            .scope(1, 4, 0)
            .number(10, 4, 8)
            .octets(82, "eth8".getBytes(StandardCharsets.US_ASCII)));

    var netFlow = rig.v9(fields().ends().number(10, 4, 8).number(14, 4, 9));

    assertThat(Rig.extra(netFlow))
        .isEqualTo("\"ingress_if_name\":\"eth8\",\"egress_if_name\":\"eth9\"");
    assertThat(flow(8, 9)).isEqualTo("\"ingress_if_name\":\"eth8\",\"egress_if_name\":\"eth9\"");
  }

  @Test
  void thePageOfTheAgentShowsItsInterfaces() {
    name(9, "eth9");

    var tables = tables(agent);

    assertThat(tables).hasSize(1);
    assertThat(tables.getFirst().name()).isEqualTo("interfaces");
    assertThat(tables.getFirst().domain()).isEqualTo(3);
    assertThat(tables.getFirst().rows().getFirst().members())
        .isEqualTo("\"ingressInterface\":9,\"interfaceName\":\"eth9\"");
    assertThat(tables("127.0.0.1")).as("of the relay").isEmpty();
  }

  private List<OptionsTable> tables(String of) {
    var id = new ExporterId(LOOPBACK, Ip.parse(of).orElseThrow());
    return rig.decoder.optionsTables(id, 100);
  }

  @Test
  @Tag("case-34")
  void aRestartedCollectorKnowsTheNamesAtOnce(@TempDir Path folder) throws IOException {
    name(9, "eth9");
    keeper(folder).save();
    rig = new Rig();

    int loaded = keeper(folder).load();

    assertThat(loaded).isOne();
    assertThat(flow(9, 0)).isEqualTo("\"ingress_if_name\":\"eth9\"");
  }

  private OptionsKeeper keeper(Path folder) {
    return new OptionsKeeper(
        folder.resolve("options"),
        List.of(rig.decoder),
        Ip::hashCode,
        Duration.ofHours(24),
        () -> Rig.NOW);
  }

  @Test
  @Tag("case-91")
  void namesAreBoundedAndTheOldestGoesFirst() {
    rig = new Rig(withLimits(new OptionsLimits(4, 4, 1 << 20, 1 << 20)));
    for (int port = 1; port < 100; port++) {
      name(port, "eth" + port);
    }

    assertThat(flow(99, 96))
        .isEqualTo("\"ingress_if_name\":\"eth99\",\"egress_if_name\":\"eth96\"");
    assertThat(flow(95, 1)).isEmpty();
  }

  private static DecodeConfig withLimits(OptionsLimits limits) {
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
  void ofAgentsWithoutAPageNothingIsKept() {
    int agentsMax = DecodeConfig.live().book().agentsMax();
    for (int i = 0; i < agentsMax + 5; i++) {
      agent = "10.1." + (i >> 8) + "." + (i & 0xff);
      name(9, "eth9");
    }

    assertThat(flow(9, 0)).isEmpty();
    agent = "10.1.0.0";
    assertThat(flow(9, 0)).isEqualTo("\"ingress_if_name\":\"eth9\"");
    assertThat(rig.metric("telemetry_decode_options_rows")).isEqualTo(agentsMax);
  }

  @Test
  @Tag("case-93")
  void aNameThatIsEmptyTooLongOrCutShortIsNone() {
    name(9, "");
    name(9, "x".repeat(256));
    begin();
    writer.counters(sequence, 9);
    writer.record(1005).putInt(8).put(new byte[] {'e', 't', 'h', '9'});
    send();
    begin();
    writer.counters(sequence, 9);
    writer.record(1005);
    send();

    assertThat(rig.events).hasSize(4).allMatch(e -> e.kind() == Event.Kind.COUNTERS);
    assertThat(flow(9, 0)).isEmpty();
    name(9, "x".repeat(200));
    assertThat(flow(9, 0)).hasSizeGreaterThan(200);
    name(9, "y".repeat(255));
    assertThat(flow(9, 0)).as("too long to join, not to be shown").isEmpty();
    assertThat(tables(agent).getFirst().rows().getFirst().members()).contains("y".repeat(255));
  }
}
