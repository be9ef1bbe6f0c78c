package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class SecretHashTest {

  @Test
  void itIsSha256() {
    // FIPS 180-4, the example of one block.
    assertThat(SecretHash.of("abc").hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void itsTextIsReadBack() {
    var hash = SecretHash.of("abc");

    assertThat(SecretHash.parse(hash.hex())).contains(hash);
    assertThat(SecretHash.parse(hash.hex().toUpperCase(Locale.ROOT))).contains(hash);
    assertThat(SecretHash.parse("abc")).isEmpty();
    assertThat(SecretHash.parse("x".repeat(64))).isEmpty();
    assertThat(SecretHash.parse(null)).isEmpty();
  }

  @Test
  void oneBitAnywhereMakesAnother() {
    var hash = new SecretHash(1, 2, 3, 4);

    assertThat(hash).isEqualTo(new SecretHash(1, 2, 3, 4));
    assertThat(hash)
        .isNotEqualTo(new SecretHash(0, 2, 3, 4))
        .isNotEqualTo(new SecretHash(1, 0, 3, 4))
        .isNotEqualTo(new SecretHash(1, 2, 0, 4))
        .isNotEqualTo(new SecretHash(1, 2, 3, 0));
  }
}
