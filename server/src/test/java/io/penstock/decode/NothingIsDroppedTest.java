package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.decode.Rig.Fields;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.registry.InformationElement;
import io.penstock.wire.DataType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every field of every record is somewhere in its event: whichever field of a record is changed,
 * the event changes. Random records of all elements of IANA's registry, of some vendors', and of
 * elements that nobody knows.
 */
class NothingIsDroppedTest {

  private static final int RECORDS = 150;
  private static final int FIELDS_MAX = 14;
  private static final int PADDING = 210;

  private record Element(long enterprise, int id) {}

  private static final List<Element> ELEMENTS = elements();

  private final Rig rig = new Rig(DecodeConfig.recorded());

  private static List<Element> elements() {
    var all = new ArrayList<Element>();
    IntStream.rangeClosed(1, 510)
        .filter(id -> id != PADDING)
        .forEach(id -> all.add(new Element(0, id)));
    IntStream.rangeClosed(1, 100).forEach(id -> all.add(new Element(29305, id)));
    IntStream.rangeClosed(120, 150).forEach(id -> all.add(new Element(5951, id)));
    IntStream.rangeClosed(1, 20).forEach(id -> all.add(new Element(99_999, id)));
    // Those with a place of their own, again and again.
    for (int round = 0; round < 4; round++) {
      IntStream.rangeClosed(1, 62).forEach(id -> all.add(new Element(0, id)));
      IntStream.rangeClosed(148, 183).forEach(id -> all.add(new Element(0, id)));
      IntStream.rangeClosed(225, 233).forEach(id -> all.add(new Element(0, id)));
    }
    return all;
  }

  static LongStream seeds() {
    return LongStream.range(0, 24);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aChangeOfAnyFieldChangesTheEvent(long seed) {
    var random = new SplittableRandom(seed);
    for (int i = 0; i < RECORDS; i++) {
      var elements = distinct(random);
      var values = new ArrayList<byte[]>();
      elements.forEach(e -> values.add(value(e, random)));
      boolean isV9 = random.nextInt(3) == 0 && elements.stream().allMatch(e -> e.enterprise == 0);
      var original = document(send(elements, values, isV9));
      for (int field = 0; field < elements.size(); field++) {
        var changed = new ArrayList<>(values);
        changed.set(field, another(elements.get(field), values.get(field), random));
        var document = document(send(elements, changed, isV9));

        assertThat(document)
            .as(
                "element %s was %s, now %s",
                elements.get(field),
                Arrays.toString(values.get(field)),
                Arrays.toString(changed.get(field)))
            .isNotEqualTo(original);
      }
    }
  }

  private static List<Element> distinct(SplittableRandom random) {
    return random
        .ints(1 + random.nextInt(FIELDS_MAX), 0, ELEMENTS.size())
        .mapToObj(ELEMENTS::get)
        .distinct()
        .toList();
  }

  private Event send(List<Element> elements, List<byte[]> values, boolean isV9) {
    var fields = new Fields();
    for (int i = 0; i < elements.size(); i++) {
      fields.octets(elements.get(i).enterprise, elements.get(i).id, values.get(i));
    }
    return isV9 ? rig.v9(fields) : rig.ipfix(fields);
  }

  private static String document(Event event) {
    var json = new String(EventJson.write("default", event), StandardCharsets.UTF_8);
    return json.replaceFirst("\"id\":\"[^\"]*\",", "");
  }

  private static byte[] another(Element element, byte[] than, SplittableRandom random) {
    var other = than.clone();
    while (Arrays.equals(other, than)) {
      var next = value(element, random);
      System.arraycopy(next, 0, other, 0, Math.min(next.length, other.length));
    }
    return other;
  }

  /** A value that makes sense, so that it gets a place of its own where there is one. */
  private static byte[] value(Element element, SplittableRandom random) {
    var type =
        Corpus.REGISTRY
            .find(element.enterprise, element.id)
            .map(InformationElement::type)
            .orElse(DataType.OCTET_ARRAY);
    return switch (type.shape()) {
      case UNSIGNED, SIGNED -> number(random, type.length());
      case ADDRESS -> octets(random, type.length());
      case TEXT -> text(random);
      case BOOLEAN -> new byte[] {(byte) (1 + random.nextInt(3))};
      case FLOAT -> octets(random, random.nextBoolean() ? 4 : 8);
      case TIME -> time(random, type);
      case OCTETS -> octets(random, 1 + random.nextInt(12));
      // Long enough to be more than the header of a list without content.
      case LIST -> random.nextBoolean() ? octets(random, 4 + random.nextInt(9)) : list(random);
    };
  }

  /** A basicList of protocol numbers. */
  private static byte[] list(SplittableRandom random) {
    var values = octets(random, 6);
    return new byte[] {3, 0, 4, 0, 1, values[0], values[1], values[2], values[3], values[4]};
  }

  private static byte[] number(SplittableRandom random, int length) {
    var bytes = octets(random, length);
    // Small numbers are likelier than large ones.
    int zeros = random.nextInt(length);
    Arrays.fill(bytes, 0, zeros, (byte) 0);
    return bytes;
  }

  private static byte[] octets(SplittableRandom random, int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] text(SplittableRandom random) {
    return random
        .ints(8, 'a', 'z')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString()
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] time(SplittableRandom random, DataType type) {
    long seconds = Rig.NOW.getEpochSecond() - random.nextInt(86_400);
    var bytes = new byte[type.length()];
    long value =
        switch (type) {
          case DATE_TIME_SECONDS -> seconds;
          case DATE_TIME_MILLISECONDS -> seconds * 1_000;
          default -> seconds + 2_208_988_800L << 32;
        };
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (value >>> 8 * (bytes.length - 1 - i));
    }
    return bytes;
  }
}
