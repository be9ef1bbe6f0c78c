package io.penstock.control;

import java.security.SecureRandom;
import java.util.Base64;

/** A fresh secret of a key, which is shown once and never kept. */
public final class Secret {

  private static final String MARK = "psk_";
  private static final int OCTETS = 32;

  /** Enough to tell keys apart; the other 210 bits stay unknown. */
  private static final int PREFIX_LENGTH = MARK.length() + 8;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final String text;

  private Secret(String text) {
    this.text = text;
  }

  /** 256 random bits, marked so that a scanner for leaked secrets finds them. */
  public static Secret random() {
    var octets = new byte[OCTETS];
    RANDOM.nextBytes(octets);
    return new Secret(MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(octets));
  }

  /** What the bearer shows. */
  public String text() {
    return text;
  }

  SecretHash hash() {
    return SecretHash.of(text);
  }

  String prefix() {
    return text.substring(0, PREFIX_LENGTH);
  }

  /** The prefix alone. */
  @Override
  public String toString() {
    return prefix() + "...";
  }
}
