package io.penstock.filter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FoldTest {

  private static final String ALPHABET = "aAbB\u00fc\u00dc\u212aK[{ \u017f\u0130";

  @Test
  void aTextIsFoundAsIfBothWereInLowerCase() {
    var random = new Random(5);
    int found = 0;
    for (int round = 0; round < 50_000; round++) {
      // Mostly ASCII, as texts are.
      int letters = random.nextInt(4) == 0 ? ALPHABET.length() : 4;
      var value = text(random, letters, 8);
      var wanted = text(random, letters, 3);

      boolean expected = value.toLowerCase(Locale.ROOT).contains(wanted.toLowerCase(Locale.ROOT));

      assertThat(Fold.contains(value, wanted)).as("%s in %s", wanted, value).isEqualTo(expected);
      assertThat(Fold.contains(value.getBytes(UTF_8), wanted))
          .as("%s in the bytes of %s", wanted, value)
          .isEqualTo(expected);
      found += expected ? 1 : 0;
    }
    assertThat(found).isBetween(10_000, 40_000);
  }

  private static String text(Random random, int letters, int lengthMax) {
    var text = new StringBuilder();
    for (int i = random.nextInt(lengthMax + 1); i > 0; i--) {
      text.append(ALPHABET.charAt(random.nextInt(letters)));
    }
    return text.toString();
  }
}
