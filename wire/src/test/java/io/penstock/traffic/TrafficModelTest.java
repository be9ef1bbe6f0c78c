package io.penstock.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.Collected;
import io.penstock.wire.Exporter;
import io.penstock.wire.FlowDecoder;
import io.penstock.wire.Limits;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrafficModelTest {

  private static final Exporter EXPORTER =
      new Exporter(new InetSocketAddress(InetAddress.getLoopbackAddress(), 2055), Transport.UDP);
  private static final long NOW = 1_700_000_000_000L;

  private final Collected collected = new Collected();
  private final FlowDecoder decoder =
      new FlowDecoder(Limits.DEFAULT, InstantSource.system(), collected);

  @ParameterizedTest
  @EnumSource(names = {"NETFLOW_V5", "NETFLOW_V9", "IPFIX"})
  void everyFlowIsDecodedAndNothingIsRejected(ProtocolVersion version) {
    var model = new TrafficModel(version, 3, 42, 10);
    long flows = 0;
    for (int i = 0; i < 100; i++) {
      int length = model.next(NOW + i);
      flows += model.flows();
      decoder.decode(EXPORTER, model.bytes(), 0, length);
    }

    assertThat(collected.refusals).isEmpty();
    assertThat(collected.records.stream().filter(r -> !r.template().isOptions()).count())
        .isEqualTo(flows);
    assertThat(collected.records).noneMatch(r -> r.header().countMismatch());
  }

  @ParameterizedTest
  @Tag("rfc3954-5.1-sequence-counts-datagrams")
  @Tag("rfc7011-3.1-sequence-counts-data-records")
  @EnumSource(names = {"NETFLOW_V5", "NETFLOW_V9", "IPFIX"})
  void sequenceNumbersCountWhatTheProtocolCounts(ProtocolVersion version) {
    var model = new TrafficModel(version, 0, 42, 10);
    long expected = 0;
    for (int i = 0; i < 50; i++) {
      collected.records.clear();
      decoder.decode(EXPORTER, model.bytes(), 0, model.next(NOW));

      assertThat(collected.records.getFirst().header().sequence()).isEqualTo(expected);
      expected += version == ProtocolVersion.NETFLOW_V9 ? 1 : collected.records.size();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NETFLOW_V5", "NETFLOW_V9", "IPFIX"})
  void theSameSeedGivesTheSameTraffic(ProtocolVersion version) {
    var one = new TrafficModel(version, 1, 7);
    var same = new TrafficModel(version, 1, 7);
    var other = new TrafficModel(version, 2, 7);
    for (int i = 0; i < 20; i++) {
      var first = Arrays.copyOf(one.bytes(), one.next(NOW + i));
      var again = Arrays.copyOf(same.bytes(), same.next(NOW + i));
      var different = Arrays.copyOf(other.bytes(), other.next(NOW + i));

      assertThat(first).isEqualTo(again).isNotEqualTo(different);
    }
  }

  @ParameterizedTest
  @Tag("rfc3954-7-templates-refreshed")
  @Tag("rfc7011-8.4-templates-refreshed")
  @EnumSource(names = {"NETFLOW_V9", "IPFIX"})
  void aCollectorThatStartsLateSoonKnowsTheTemplates(ProtocolVersion version) {
    var model = new TrafficModel(version, 0, 7, 5);
    for (int i = 0; i < 4; i++) {
      model.next(NOW);
    }
    for (int i = 0; i < 5; i++) {
      decoder.decode(EXPORTER, model.bytes(), 0, model.next(NOW));
    }

    assertThat(collected.templates).hasSize(4);
    assertThat(collected.records).anyMatch(Collected.Copy::late);
  }

  @ParameterizedTest
  @EnumSource(names = {"NETFLOW_V9", "IPFIX"})
  void trafficIsVaried(ProtocolVersion version) {
    var model = new TrafficModel(version, 0, 7);
    for (int i = 0; i < 100; i++) {
      decoder.decode(EXPORTER, model.bytes(), 0, model.next(NOW));
    }
    var protocols = new HashSet<String>();
    var ports = new HashSet<String>();
    long six = 0;
    for (var record : collected.records) {
      var template = record.template();
      if (template.isOptions()) {
        continue;
      }
      assertThat(template.fields()).hasSize(20);
      six += template.id() == 257 ? 1 : 0;
      protocols.add(record.values().get(11));
      ports.add(record.values().get(9));
    }

    assertThat(protocols).hasSizeGreaterThan(4);
    assertThat(ports).hasSizeGreaterThan(500);
    assertThat(six * 4).isBetween(collected.records.size() / 2L, collected.records.size() * 2L);
  }
}
