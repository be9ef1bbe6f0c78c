package io.penstock.control;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An indicator that came through the API.
 *
 * @param id follows from the tenant, the feed and the value
 * @param tenant whose events it is for, {@link Indicators#EVERYONE} for those of all
 * @param value an address, a prefix or a domain, in its one form
 * @param category what kind of threat
 * @param confidence 0 to 100
 * @param feed name of the list that it is on
 * @param expiresAt from when on it counts no more; null for never
 */
public record ThreatIndicator(
    String id,
    String tenant,
    String value,
    String category,
    int confidence,
    String feed,
    @Nullable Instant expiresAt,
    Instant createdAt,
    Instant updatedAt) {

  /** What somebody says of a value, before it is stored. */
  public record Draft(
      String value, String category, int confidence, String feed, @Nullable Instant expiresAt) {}

  /** Sixteen hexadecimal digits that are the same whenever the same is stored again. */
  static String id(String tenant, String feed, String value) {
    var text = tenant + '\n' + feed + '\n' + value;
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
