package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.penstock.wire.DecoderCounters.Count;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for any input: seeded at random, so that a failure can be repeated. */
class FlowDecoderPropertyTest {

  @ParameterizedTest
  @Tag("rfc7011-3.4.1-ids-in-any-order")
  @Tag("rfc7011-3.4.2.2-nothing-assumed-of-an-id")
  @Tag("rfc7011-3.4.3-set-id-is-the-template")
  @Tag("rfc7011-8.2-template-before-its-data")
  @EnumSource(names = {"NETFLOW_V9", "IPFIX"})
  @Tag("rfc3954-5.3-flowset-id-is-the-template")
  void whatIsWrittenIsReadBack(ProtocolVersion version) {
    for (long seed = 0; seed < 400; seed++) {
      var sample = new Traffic(seed).templated(version);
      var rig = new Rig();

      rig.send(Rig.ROUTER, sample.datagram());

      assertThat(rig.found.texts()).as("seed %s", seed).isEqualTo(sample.records());
      assertThat(rig.found.refusals).as("seed %s", seed).isEmpty();
    }
  }

  @Test
  void damagedDatagramsNeverThrowAndTheBooksBalance() {
    for (long seed = 0; seed < 80; seed++) {
      var traffic = new Traffic(seed);
      var rig = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
      for (int i = 0; i < 100; i++) {
        byte[] datagram = traffic.damage(traffic.datagram());
        var exporter = traffic.exporter();

        assertThatCode(() -> rig.send(exporter, datagram))
            .as("seed %s", seed)
            .doesNotThrowAnyException();

        rig.pass(Duration.ofMinutes(1));
      }
      assertThat(rig.count(Count.SESSIONS)).isLessThanOrEqualTo(4);
      assertThat(rig.count(Count.TEMPLATES)).isLessThanOrEqualTo(20);
      assertThat(rig.count(Count.WAITING_OCTETS)).isLessThanOrEqualTo(2500);
    }
  }

  @Test
  void noExporterChangesWhatAnotherGets() {
    for (long seed = 0; seed < 200; seed++) {
      var traffic = new Traffic(seed);
      var sample = new Traffic(seed + 1_000_000).templated(ProtocolVersion.IPFIX);
      var rig = new Rig();
      for (int i = 0; i < 20; i++) {
        rig.send(traffic.exporter(), traffic.damage(traffic.datagram()));
      }
      rig.found.records.clear();
      var other = Rig.udp("198.51.100.1", 1);

      rig.decoder.decode(other, sample.datagram(), 0, sample.datagram().length);

      assertThat(rig.found.texts()).as("seed %s", seed).isEqualTo(sample.records());
    }
  }

  @Test
  @Tag("rfc3954-9-data-before-template-stored")
  @Tag("rfc7011-9.3-data-before-template-accepted")
  void dataBeforeItsTemplateGivesTheSameRecordsAsDataAfterIt() {
    for (long seed = 0; seed < 300; seed++) {
      var sample = new Traffic(seed).templated(ProtocolVersion.IPFIX);
      var rig = new Rig();

      rig.send(Rig.ROUTER, onlySets(sample.datagram(), true));
      rig.send(Rig.ROUTER, onlySets(sample.datagram(), false));

      assertThat(rig.found.texts()).as("seed %s", seed).isEqualTo(sample.records());
      assertThat(rig.found.records).allMatch(Collected.Copy::late);
    }
  }

  @Test
  void everyPrefixOfAValidDatagramIsReadAsFarAsItGoes() {
    var sample = new Traffic(6).templated(ProtocolVersion.IPFIX);

    for (int length = 0; length < sample.datagram().length; length++) {
      var rig = new Rig();
      rig.send(Rig.ROUTER, Arrays.copyOf(sample.datagram(), length));

      List<String> expected = sample.records().subList(0, rig.found.records.size());
      assertThat(rig.found.texts()).isEqualTo(expected);
      assertThat(rig.found.refusals).isNotEmpty();
    }
  }

  /** Each made so that a careless decoder looks at the same octets again and again. */
  @Test
  @Timeout(120)
  void theCostOfADatagramIsBoundedByItsSize() {
    var zerosAndAnEnd = new Bytes().zeros(65_000).u8(1);
    var tinyTemplates = new Bytes();
    var tinySets = new Bytes();
    for (int i = 0; i < 8_000; i++) {
      tinyTemplates.u16(256 + i, 1, 7, 1);
      tinySets.append(Bytes.set(256 + i, new Bytes().u8(1)));
    }
    var hostile =
        List.of(
            Bytes.v9(Bytes.set(0, zerosAndAnEnd)),
            Bytes.v9(zerosAndAnEnd),
            Bytes.ipfix(Bytes.set(3, zerosAndAnEnd)),
            Bytes.v9(Bytes.set(0, tinyTemplates)),
            Bytes.v9(tinySets),
            Bytes.v5(0, 0).append(zerosAndAnEnd));
    var decoder = new FlowDecoder(Limits.DEFAULT, InstantSource.system(), (_, _) -> {});

    var threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();

    for (int i = 0; i < 100; i++) {
      for (var datagram : hostile) {
        byte[] octets = datagram.array();
        decoder.decode(Rig.udp("192.0.2.1", 1 + i), octets, 0, octets.length);
      }
    }

    // A millisecond each on the machine this was written on; a quadratic scan takes hundreds.
    long spent = threads.getCurrentThreadCpuTime() - before;
    assertThat(Duration.ofNanos(spent)).isLessThan(Duration.ofSeconds(10));
  }

  /** The data sets of an IPFIX message alone, or all others. */
  private static byte[] onlySets(byte[] message, boolean isData) {
    var sets = new Bytes();
    for (int at = 16; at < message.length; ) {
      int length = Octets.u16(message, at + 2);
      if (Octets.u16(message, at) >= 256 == isData) {
        sets.raw(Arrays.copyOfRange(message, at, at + length));
      }
      at += length;
    }
    return Bytes.ipfix(sets).array();
  }
}
