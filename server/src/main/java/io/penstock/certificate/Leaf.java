package io.penstock.certificate;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A certificate for one host with its key.
 *
 * @param chain the certificate first, then its issuers up to and without the root
 * @param renewAt from when on a new one is asked for
 */
public record Leaf(String host, PrivateKey key, List<X509Certificate> chain, Instant renewAt) {

  public Leaf {
    chain = List.copyOf(chain);
  }

  /** Until when clients accept it. */
  Instant notAfter() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  /** Without the key, however it prints itself. */
  @Override
  public String toString() {
    return "leaf for " + host + " until " + notAfter();
  }
}
