package io.penstock.sflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.traffic.SflowWriter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StructuresTest {

  private final StructureReader reader = new StructureReader();

  @Test
  @Tag("sflow5-5-known-structures")
  void everyStructureIsFoundByItsDataFormatAndNumberedInOrder() {
    var all = Structures.all();

    assertThat(all.size()).isGreaterThan(90);
    for (int i = 0; i < all.size(); i++) {
      var structure = all.get(i);
      var found =
          structure.isCounters()
              ? Structures.ofCounters(structure.dataFormat())
              : Structures.ofFlow(structure.dataFormat());
      assertThat(found).isSameAs(structure);
      assertThat(structure.index()).isEqualTo(i);
    }
  }

  @Test
  @Tag("case-79")
  void enterpriseAndFormatAreTwentyAndTwelveBits() {
    assertThat(Structures.ofFlow(1001))
        .extracting(s -> s == null ? "" : s.name())
        .isEqualTo("extended_switch");
    assertThat(Structures.ofCounters(5703 << 12 | 1))
        .extracting(s -> s == null ? "" : s.name())
        .isEqualTo("nvidia_gpu");
    assertThat(Structures.ofFlow(1 << 12 | 1001)).isNull();
    assertThat(Structures.ofFlow(0)).isNull();
    assertThat(Structures.ofCounters(0xffff_ffff)).isNull();
  }

  @Test
  void noStructureNamesAFieldTwiceAndNoKindNamesAStructureTwice() {
    var names = new HashSet<String>();
    for (var structure : Structures.all()) {
      assertThat(structure.fields()).extracting(Structure.Field::name).doesNotHaveDuplicates();
      assertThat(names.add(structure.name() + structure.isCounters()))
          .as(structure.name())
          .isTrue();
    }
  }

  @Test
  void networkAdaptersAndLanesTakeAsManyOctetsAsTheirCountsSay() {
    var writer = new SflowWriter(1_000);
    writer.begin(new byte[4], 0, 1, 1);
    writer.counters(1, 1);
    var adapters = writer.record(2001).putInt(2);
    adapters.putInt(1).putInt(2).putLong(1).putLong(2).putInt(2).putInt(0);
    var lanes = writer.record(10).putInt(1).putInt(4).putInt(3_300).putInt(-5_000).putInt(2);
    for (int i = 0; i < 2 * FieldType.LANE_FIELDS; i++) {
      lanes.putInt(i);
    }

    var records = new Collected().decode(writer).only().records();

    assertThat(records.getFirst())
        .isEqualTo(
            "host_adapters{adapters=0000000100000002"
                + "00000000000000010000000000000002"
                + "0000000200000000}");
    assertThat(records.getLast())
        .startsWith("sfp{module_id=1, module_num_lanes=4, module_supply_voltage=3300,")
        .contains("module_temperature=-5000")
        .endsWith("00000013}");
  }

  /** Random octets, and every cut of them: nothing is read outside, and every walk ends. */
  @Test
  @Tag("case-81")
  void noOctetsLeadAReaderOutsideItsRecord() {
    var random = new SplittableRandom(7);
    for (var structure : Structures.all()) {
      for (int round = 0; round < 200; round++) {
        var octets = new byte[random.nextInt(160)];
        random.nextBytes(octets);
        // Small counts reach deeper than random ones.
        for (int i = 0; i + 4 <= octets.length && random.nextInt(8) != 0; i += 4) {
          Arrays.fill(octets, i, i + 3, (byte) 0);
          octets[i + 3] = (byte) random.nextInt(6);
        }
        int offset = random.nextInt(octets.length + 1);
        int length = random.nextInt(octets.length - offset + 1);
        reader.begin(structure, octets, offset, length);
        int fields = 0;
        while (reader.next()) {
          fields++;
          assertThat(reader.offset()).isGreaterThanOrEqualTo(offset);
          assertThat(reader.offset() + reader.length()).isLessThanOrEqualTo(offset + length);
        }
        assertThat(fields).isLessThanOrEqualTo(structure.fields().size());
        assertThat(reader.restOffset() + reader.restLength()).isEqualTo(offset + length);
      }
    }
  }

  @Test
  void fieldsWithoutATypeAreUnsignedIntegers() {
    var structure = Structures.ofFlow(1029);

    assertThat(structure == null ? List.of() : structure.fields())
        .isEqualTo(List.of(new Structure.Field("vni", FieldType.U32)));
  }
}
