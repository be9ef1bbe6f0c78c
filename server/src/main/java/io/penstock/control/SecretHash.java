package io.penstock.control;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of a key's secret, all that is kept of it. Two are compared in the same time whether
 * they differ early, late or not at all.
 *
 * <p>The hash is plain: a secret of ours has 256 random bits, which no dictionary holds, and a
 * look-up per request must stay cheap.
 *
 * @param first its first eight octets, and so on
 */
public record SecretHash(long first, long second, long third, long fourth) {

  private static final int OCTETS = 32;

  public static SecretHash of(String secret) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return of(digest.digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static SecretHash of(byte[] octets) {
    var buffer = ByteBuffer.wrap(octets);
    return new SecretHash(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
  }

  /** Reads {@link #hex}; empty for anything else. */
  static Optional<SecretHash> parse(@Nullable String hex) {
    if (hex == null || hex.length() != 2 * OCTETS) {
      return Optional.empty();
    }
    try {
      return Optional.of(of(HexFormat.of().parseHex(hex)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** 64 hexadecimal digits. */
  String hex() {
    var digits = HexFormat.of();
    return digits.toHexDigits(first)
        + digits.toHexDigits(second)
        + digits.toHexDigits(third)
        + digits.toHexDigits(fourth);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SecretHash hash
        && ((first ^ hash.first)
                | (second ^ hash.second)
                | (third ^ hash.third)
                | (fourth ^ hash.fourth))
            == 0;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(first);
  }

  /** Nothing: a configured secret may be short enough to be guessed from its hash. */
  @Override
  public String toString() {
    return "SecretHash[]";
  }
}
