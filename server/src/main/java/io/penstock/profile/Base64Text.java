package io.penstock.profile;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Values that are base64 (RFC 4648), in either alphabet, with or without padding. */
final class Base64Text {

  /** From here on an octet's entropy says that a value is encrypted or compressed. */
  private static final double HIGH_ENTROPY = 7.2;

  /** A sample of so many characters decides. */
  private static final int SAMPLE = 4_096;

  private Base64Text() {}

  /** What a value wraps: a tree of its JSON, its text, or how large it is; null when it is none. */
  static @Nullable Object read(String value, Tree tree) {
    var octets = octets(value);
    if (octets == null) {
      return null;
    }
    var text = new String(octets, StandardCharsets.UTF_8);
    if (text.startsWith("{") || text.startsWith("[")) {
      return JsonReading.read(text, tree);
    }
    return Octets.isText(octets) ? tree.text(text) : Octets.describe(octets);
  }

  /** That a long value is base64 of what nobody can read; empty when it is not. */
  static Optional<String> describe(String value) {
    var octets = octets(value.substring(0, Math.min(value.length(), SAMPLE)));
    if (octets == null || Octets.entropy(octets) < HIGH_ENTROPY) {
      return Optional.empty();
    }
    return Optional.of(
        "base64 of about %d opaque octets, entropy %.1f"
            .formatted(value.length() / 4 * 3L, Octets.entropy(octets)));
  }

  private static byte @Nullable [] octets(String value) {
    var plain = value.replace('-', '+').replace('_', '/').replace(" ", "+").replace("=", "");
    if (plain.isEmpty()) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(plain);
    } catch (IllegalArgumentException e) {
      // That it is no base64 is an answer.
      return null;
    }
  }
}
