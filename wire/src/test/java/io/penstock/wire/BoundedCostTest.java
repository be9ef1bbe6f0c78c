package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.Bytes.v5;
import static io.penstock.wire.Bytes.v9;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the most expensive datagrams cost for each of their octets. Steps and bytes are counted, not
 * time: the figures are the same on every machine.
 */
@Tag("case-91")
class BoundedCostTest {

  /** Bytes allocated for each octet received, at most; an ordinary datagram takes less than 1. */
  private static final int BYTES_PER_OCTET_MAX = 150;

  /** Fields that the handler is shown for each octet received, at most. */
  private static final int FIELDS_PER_OCTET_MAX = 3;

  private static final int ROUNDS = 50;

  /** Datagrams to send again and again, by the number of the round. */
  record Attack(String name, IntFunction<Bytes> datagram) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Attack> attacks() {
    return List.of(
        new Attack("records of one octet", _ -> v9(set(0, template(256, 4, 1)), ones(1_300))),
        new Attack("records of two octets and as many empty fields", _ -> halfEmpty()),
        new Attack("variable fields that are empty", _ -> emptyVariables()),
        new Attack("a large template redefined every time", BoundedCostTest::redefined),
        new Attack("templates of one field", BoundedCostTest::smallTemplates),
        new Attack("sets of one octet that wait", BoundedCostTest::waiting),
        new Attack("messages of no sets", _ -> join(3_000, ipfix())),
        new Attack("sets of no octets", _ -> ipfix(join(10_000, set(400)))),
        new Attack(
            "template sets of padding", _ -> ipfix(join(5_000, set(2, new Bytes().zeros(3))))),
        new Attack("withdrawals", _ -> ipfix(join(5_000, set(2, new Bytes().u16(2, 0))))),
        new Attack("a count that lies", _ -> v5(30, 1)));
  }

  private static Bytes ones(int count) {
    var records = new Bytes();
    for (int i = 0; i < count; i++) {
      records.u8(1);
    }
    return set(256, records);
  }

  private static Bytes halfEmpty() {
    return v9(set(0, template(256, 7, 2, 8, 0, 12, 0)), ones(1_300));
  }

  private static Bytes emptyVariables() {
    int[] fields = new int[2 * 300];
    for (int i = 0; i < fields.length; i += 2) {
      fields[i] = 82;
      fields[i + 1] = FieldSpecifier.VARIABLE;
    }
    return ipfix(set(2, template(256, fields)), set(256, new Bytes().zeros(60_000)));
  }

  private static Bytes redefined(int round) {
    int[] fields = IntStream.range(0, 2 * 10_000).map(i -> i % 2 == 0 ? 1 + round : 1).toArray();
    return ipfix(set(2, template(256, fields)), ones(10_000));
  }

  private static Bytes smallTemplates(int round) {
    var templates = new Bytes();
    for (int i = 0; i < 8_000; i++) {
      templates.append(template(256 + i, 1 + round, 4));
    }
    return ipfix(set(2, templates));
  }

  private static Bytes waiting(int round) {
    var sets = new Bytes();
    for (int i = 0; i < 10_000; i++) {
      sets.append(set(300 + (i + round) % 60_000, new Bytes().u8(1)));
    }
    return ipfix(sets);
  }

  private static Bytes join(int times, Bytes part) {
    var all = new Bytes();
    for (int i = 0; i < times; i++) {
      all.append(part);
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void anOctetCostsABoundedNumberOfBytesAndSteps(Attack attack) {
    var fields = new long[1];
    var decoder =
        new FlowDecoder(
            Limits.DEFAULT,
            InstantSource.system(),
            (_, record) -> fields[0] += record.template().fields().size());
    var datagrams =
        IntStream.range(0, ROUNDS).mapToObj(i -> attack.datagram.apply(i).array()).toList();
    long octets = datagrams.stream().mapToLong(datagram -> datagram.length).sum();

    long bytes =
        Allocation.of(
            () ->
                datagrams.forEach(
                    datagram -> decoder.decode(Rig.ROUTER, datagram, 0, datagram.length)));

    assertThat(bytes / octets).as("bytes per octet").isLessThan(BYTES_PER_OCTET_MAX);
    assertThat(fields[0] / octets).as("fields per octet").isLessThan(FIELDS_PER_OCTET_MAX);
  }

  @Test
  void addressesChosenToCollideDoNot() throws UnknownHostException {
    var theirs = new HashSet<Integer>();
    var ours = new HashSet<Integer>();

    for (int i = 0; i < 10_000; i++) {
      var octets =
          ByteBuffer.allocate(16).putInt(0x20010db8).putInt(i).putInt(-i).putInt(7).array();
      var address = InetAddress.getByAddress(octets);
      theirs.add(address.hashCode());
      ours.add(AddressKey.of(address).hashCode());
    }

    assertThat(theirs).as("the attack is one").hasSizeLessThan(10);
    assertThat(ours).hasSizeGreaterThan(9_900);
  }
}
