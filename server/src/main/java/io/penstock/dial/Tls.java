package io.penstock.dial;

import io.penstock.config.Secret;
import org.jspecify.annotations.Nullable;

/**
 * How to trust a destination, and how to be trusted by it.
 *
 * @param verify whether its certificate and name are checked
 * @param authorities certificates to trust instead of the machine's, PEM; null for the machine's
 * @param certificate our own chain, PEM; null when we show none
 * @param key its private key, PEM
 */
public record Tls(
    boolean verify,
    @Nullable String authorities,
    @Nullable String certificate,
    @Nullable Secret key) {

  /** The machine's authorities, nothing of our own. */
  public static final Tls DEFAULT = new Tls(true, null, null, null);

  public Tls {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("a certificate and its key go together");
    }
  }
}
