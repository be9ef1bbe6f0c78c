package io.penstock.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.JsonOutput.Name;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class JsonOutputTest {

  private static final Name X = Name.of("x");

  private static String written(Consumer<JsonOutput> members) {
    var bytes = new ByteOutput(1);
    var out = new JsonOutput(bytes);
    out.begin();
    members.accept(out);
    out.end();
    return new String(bytes.toBytes(), UTF_8);
  }

  private static String value(Consumer<JsonOutput> member) {
    var document = written(member);
    return document.substring("{\"x\":".length(), document.length() - 1);
  }

  @Test
  void textsAreEscapedWhereTheyMustBe() {
    assertThat(value(out -> out.text(X, "a\"b\\c\n\r\t\b\f\u0001\u001f\u007f/")))
        .isEqualTo("\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001F\u007f/\"");
    assertThat(value(out -> out.text(X, "\u00fc\u20ac\ud83d\ude00\u2028")))
        .isEqualTo("\"\u00fc\u20ac\ud83d\ude00\u2028\"");
  }

  @Test
  void halfACharacterIsReplaced() {
    assertThat(value(out -> out.text(X, "a\ud800b\udc00c\ud83d")))
        .isEqualTo("\"a\ufffdb\ufffdc\ufffd\"");
  }

  @Test
  void anyTextIsWhatUtf8MakesOfIt() {
    var random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(8); i > 0; i--) {
        text.appendCodePoint(codePoint(random));
      }
      assertThat(value(out -> out.text(X, text.toString()))).isEqualTo("\"" + text + "\"");
    }
  }

  /** One that needs no escape. */
  private static int codePoint(Random random) {
    int bits = 7 + random.nextInt(14);
    int codePoint = 0x80 | random.nextInt(1 << bits);
    boolean isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    return isSurrogate || codePoint > Character.MAX_CODE_POINT ? 'a' : codePoint;
  }

  @Test
  void commasStandBetweenMembersAndElements() {
    var document =
        written(
            out -> {
              out.number(X, 1);
              out.begin(X);
              out.end();
              out.beginArray(X);
              out.number(1);
              out.text("{");
              out.beginElement();
              out.truth(X, false);
              out.truth(X, true);
              out.end();
              out.endArray();
              out.nothing(X);
            });

    assertThat(document)
        .isEqualTo("{\"x\":1,\"x\":{},\"x\":[1,\"{\",{\"x\":false,\"x\":true}],\"x\":null}");
  }

  @Test
  void whatStaysEmptyIsTakenBack() {
    var document =
        written(
            out -> {
              int outer = out.begin(X);
              int inner = out.begin(X);
              out.endUnlessEmpty(inner);
              int array = out.beginArray(X);
              out.endArrayUnlessEmpty(array);
              out.endUnlessEmpty(outer);
              out.number(X, 0);
            });

    assertThat(document).isEqualTo("{\"x\":0}");
  }

  @Test
  void whatWasNotSentIsNotWritten() {
    assertThat(
            written(
                out -> {
                  out.number(X, Event.ABSENT);
                  out.digits(X, Event.ABSENT);
                  out.time(X, Event.ABSENT);
                  out.mac(X, Event.ABSENT);
                  out.text(X, null);
                  out.ip(X, 0, 0);
                  out.ip(X, null);
                  out.members(new byte[0]);
                }))
        .isEqualTo("{}");
  }

  @Test
  void numbersAreTheirDigits() {
    var random = new Random(2);
    for (int round = 0; round < 100_000; round++) {
      long number = random.nextLong() >> random.nextInt(64);
      assertThat(value(out -> out.any(X, number))).isEqualTo(Long.toString(number));
    }
    assertThat(value(out -> out.any(X, Long.MIN_VALUE))).isEqualTo("-9223372036854775808");
    assertThat(value(out -> out.any(X, Long.MAX_VALUE))).isEqualTo("9223372036854775807");
  }

  @Test
  void timesAreThoseOfAnInstant() {
    var random = new Random(3);
    long[] grains = {1, 1_000, 1_000_000, Nanos.SECOND, 86_400 * Nanos.SECOND};
    for (int round = 0; round < 100_000; round++) {
      long grain = grains[round % grains.length];
      long nanos = random.nextLong() / grain * grain;
      if (nanos != Event.ABSENT) {
        assertThat(value(out -> out.time(X, nanos))).isEqualTo("\"" + Nanos.instant(nanos) + "\"");
      }
    }
  }

  @Test
  void decimalsAreTheShortestThatGiveTheirNumber() {
    var random = new Random(4);
    for (int round = 0; round < 100_000; round++) {
      double degrees = (random.nextInt(360_000_000) - 180_000_000) / 1e6;
      double any = Double.longBitsToDouble(random.nextLong());
      assertThat(Double.parseDouble(value(out -> out.decimal(X, degrees)))).isEqualTo(degrees);
      if (Math.abs(degrees) >= 1e-3) {
        assertThat(value(out -> out.decimal(X, degrees))).isEqualTo(Double.toString(degrees));
      }
      if (Double.isFinite(any)) {
        assertThat(Double.parseDouble(value(out -> out.decimal(X, any)))).isEqualTo(any);
      }
    }
    assertThat(value(out -> out.decimal(X, 9))).isEqualTo("9.0");
    assertThat(value(out -> out.decimal(X, 0))).isEqualTo("0.0");
    assertThat(value(out -> out.decimal(X, Double.NaN))).isEqualTo("null");
    assertThat(value(out -> out.decimal(X, Double.NEGATIVE_INFINITY))).isEqualTo("null");
  }

  @Test
  void idsAndHardwareAddressesHaveTheirForms() {
    var id = UUID.fromString("018bcfe5-6800-8000-9abc-00000000000f");

    assertThat(value(out -> out.uuid(X, id.getMostSignificantBits(), id.getLeastSignificantBits())))
        .isEqualTo("\"" + id + "\"");
    assertThat(value(out -> out.mac(X, 0x0a1b_2c3d_4e5fL))).isEqualTo("\"0a:1b:2c:3d:4e:5f\"");
    assertThat(value(out -> out.macHyphens(X, 0x0a1b_2c3d_4e5fL)))
        .isEqualTo("\"0A-1B-2C-3D-4E-5F\"");
    assertThat(value(out -> out.digits(X, 42))).isEqualTo("\"42\"");
  }
}
