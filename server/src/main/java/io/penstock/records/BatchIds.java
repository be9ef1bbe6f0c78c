package io.penstock.records;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * The ids of one batch's events, all made from one base: 128 bits in the form of a UUID (RFC 9562)
 * of which the low 62 count up from event to event.
 *
 * @param high upper half, the same for all events
 * @param base first value of the counting bits
 */
public record BatchIds(long high, long base) {

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long COUNTING_BITS = (1L << 62) - 1;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  /** Fresh ids of version 7: they sort by the time at which the batch came (RFC 9562 §5.7). */
  public static BatchIds at(long epochMillis) {
    var random = new byte[10];
    RANDOM.nextBytes(random);
    var bits = ByteBuffer.wrap(random);
    long high = epochMillis << 16 | 0x7000 | bits.getShort() & 0x0fff;
    return new BatchIds(high, bits.getLong() & COUNTING_BITS);
  }

  /**
   * Ids that a repeated request finds again, of version 8 (RFC 9562 §5.8): made from what
   * identifies the request and from its body, so that a key used anew for other data gives other
   * ids.
   */
  public static BatchIds derived(String tenant, String endpoint, String key, byte[] fingerprint) {
    var digest = sha256();
    for (var part : new String[] {tenant, endpoint, key}) {
      var bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(4).putInt(0, bytes.length));
      digest.update(bytes);
    }
    var bits = ByteBuffer.wrap(digest.digest(fingerprint));
    long high = bits.getLong() & 0xffff_ffff_ffff_0fffL | 0x8000;
    return new BatchIds(high, bits.getLong() & COUNTING_BITS);
  }

  /** Lower half of the id of the event at {@code index}. */
  public long low(int index) {
    return VARIANT | base + index & COUNTING_BITS;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
