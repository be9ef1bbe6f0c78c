package io.penstock.prefix;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Ip;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangesTest {

  private record Span(Ip first, Ip last, int value) {

    boolean contains(Ip ip) {
      return first.compareTo(ip) <= 0 && ip.compareTo(last) <= 0 && ip.isV4() == first.isV4();
    }
  }

  @Test
  void anEmptyTableKnowsNothing() {
    assertThat(AddressRanges.EMPTY.find(ip("0.0.0.0"))).isZero();
    assertThat(AddressRanges.EMPTY.find(ip("255.255.255.255"))).isZero();
    assertThat(AddressRanges.EMPTY.find(ip("ffff::ffff"))).isZero();
    assertThat(AddressRanges.EMPTY.size()).isZero();
  }

  @Test
  void theInnerOfNestedPrefixesWins() {
    var spans = new RangeBuilder();
    spans.add(prefix("10.1.2.0/24"), 3);
    spans.add(prefix("10.0.0.0/8"), 1);
    spans.add(prefix("10.1.0.0/16"), 2);
    var ranges = spans.build();

    assertThat(ranges.find(ip("10.1.2.255"))).isEqualTo(3);
    assertThat(ranges.find(ip("10.1.3.0"))).isEqualTo(2);
    assertThat(ranges.find(ip("10.2.0.0"))).isEqualTo(1);
    assertThat(ranges.find(ip("11.0.0.0"))).isZero();
    assertThat(ranges.find(ip("9.255.255.255"))).isZero();
  }

  @Test
  void theEndsOfBothSpacesBelongToThem() {
    var spans = new RangeBuilder();
    spans.add(prefix("0.0.0.0/1"), 1);
    spans.add(prefix("128.0.0.0/1"), 2);
    spans.add(prefix("8000::/1"), 3);
    var ranges = spans.build();

    assertThat(ranges.find(ip("0.0.0.0"))).isEqualTo(1);
    assertThat(ranges.find(ip("255.255.255.255"))).isEqualTo(2);
    assertThat(ranges.find(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))).isEqualTo(3);
    assertThat(ranges.find(ip("7fff::"))).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void nestedPrefixesOfBothFamiliesAgreeWithALinearSearch(long seed) {
    var random = new Random(seed);
    var spans = new ArrayList<Span>();
    var builder = new RangeBuilder();
    for (int value = 1; value <= 400; value++) {
      var prefix = randomPrefix(random);
      var last = last(prefix);
      spans.add(new Span(prefix.first(), last, value));
      builder.add(prefix, value);
    }
    var ranges = builder.build();

    for (int i = 0; i < 20_000; i++) {
      var ip = randomAddress(random, spans);
      assertThat(ranges.find(ip)).as("%s", ip).isEqualTo(innermost(spans, ip));
    }
  }

  @Test
  void aTableToldRangeByRangeIsTheSameTable() {
    var random = new Random(42);
    var builder = new RangeBuilder();
    var spans = new ArrayList<Span>();
    for (int value = 1; value <= 300; value++) {
      var prefix = randomPrefix(random);
      spans.add(new Span(prefix.first(), last(prefix), value));
      builder.add(prefix, value);
    }
    var ranges = builder.build();
    var copied = new RangeBuilder();
    ranges.forEach(copied::add);
    var copy = copied.build();

    assertThat(copy.size()).isEqualTo(ranges.size());
    for (int i = 0; i < 20_000; i++) {
      var ip = randomAddress(random, spans);
      assertThat(copy.find(ip)).isEqualTo(ranges.find(ip));
    }
  }

  @Test
  void neighboursOfOneValueMeltIntoOneRange() {
    var spans = new RangeBuilder();
    spans.add(prefix("192.0.2.0/25"), 7);
    spans.add(prefix("192.0.2.128/25"), 7);

    assertThat(spans.build().size()).isEqualTo(1);
  }

  @Test
  void rangesThatOverlapWithoutNestingAreOrderedByTheirStart() {
    var spans = new RangeBuilder();
    spans.add(0, Ip.v4Low(10), 0, Ip.v4Low(20), 1);
    spans.add(0, Ip.v4Low(15), 0, Ip.v4Low(30), 2);
    var ranges = spans.build();

    assertThat(ranges.find(Ip.v4(14))).isEqualTo(1);
    assertThat(ranges.find(Ip.v4(15))).isEqualTo(2);
    assertThat(ranges.find(Ip.v4(30))).isEqualTo(2);
    assertThat(ranges.find(Ip.v4(31))).isZero();
  }

  private static int innermost(List<Span> spans, Ip ip) {
    Span found = null;
    for (var span : spans) {
      // Of equal prefixes the later one was nested inside the earlier one.
      if (span.contains(ip)
          && (found == null
              || span.first().compareTo(found.first()) > 0
              || span.last().compareTo(found.last()) <= 0
                  && span.first().compareTo(found.first()) >= 0)) {
        found = span;
      }
    }
    return found == null ? 0 : found.value();
  }

  /** Crowded on purpose: few leading bits, so that prefixes nest and share blocks. */
  private static Prefix randomPrefix(Random random) {
    if (random.nextBoolean()) {
      int bits = 4 + random.nextInt(29);
      return new Prefix(Ip.v4(random.nextInt() & 0x8303_0fff), 96 + bits);
    }
    long high = 0x2001_0db8_0000_0000L | random.nextInt(64) << 4 | random.nextInt(3);
    return new Prefix(
        new Ip(high, random.nextLong() & 0xff00_0000_0000_00ffL), 20 + random.nextInt(109));
  }

  private static Ip last(Prefix prefix) {
    return new Ip(
        prefix.first().high() | ~Prefix.highMask(prefix.bits()),
        prefix.first().low() | ~Prefix.lowMask(prefix.bits()));
  }

  /** Mostly the edges of spans and their neighbours, where mistakes are. */
  private static Ip randomAddress(Random random, List<Span> spans) {
    var span = spans.get(random.nextInt(spans.size()));
    var edge = random.nextBoolean() ? span.first() : span.last();
    if (span.first().isV4()) {
      return Ip.v4(edge.v4Bits() + random.nextInt(3) - 1);
    }
    return new Ip(edge.high(), edge.low() + random.nextInt(3) - 1);
  }

  private static Ip ip(String text) {
    return Ip.parse(text).orElseThrow();
  }

  private static Prefix prefix(String text) {
    return Prefix.parse(text).orElseThrow();
  }
}
