package io.penstock.inventory;

import io.penstock.profile.Explanation.Explained;
import io.penstock.profile.FieldType;
import io.penstock.profile.Identifier;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Values as the inventory shows them. What tells somebody apart becomes a keyed hash, which is the
 * same for the same value; a text that no profile explains keeps its form but not its characters;
 * what the profile knows to be harmless is shown.
 */
final class Example {

  private static final String HMAC = "HmacSHA256";
  private static final int SHOWN_MAX = 60;
  private static final int HASH_OCTETS = 8;

  private final SecretKeySpec key;

  Example(byte[] key) {
    this.key = new SecretKeySpec(key, HMAC);
  }

  String of(Explained explained) {
    var value = explained.field().value();
    if (explained.identifier() != Identifier.NONE) {
      return "hmac:" + hash(value);
    }
    var shown = value.substring(0, Math.min(value.length(), SHOWN_MAX));
    boolean isText =
        explained.field().type() == FieldType.TEXT || explained.field().type() == FieldType.OCTETS;
    return explained.isKnown() || !isText ? shown : masked(shown);
  }

  /** Letters and digits by their kind alone: {@code 4.16.1-a} becomes {@code 9.99.9-a}. */
  private static String masked(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isDigit(c)) {
        out.append('9');
      } else if (Character.isLetter(c)) {
        out.append('a');
      } else {
        out.append(c < 0x80 ? c : 'a');
      }
    }
    return out.toString();
  }

  private String hash(String value) {
    try {
      var mac = Mac.getInstance(HMAC);
      mac.init(key);
      var hash = mac.doFinal(value.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, HASH_OCTETS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a Java without " + HMAC, e);
    }
  }
}
