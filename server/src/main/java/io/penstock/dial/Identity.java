package io.penstock.dial;

import io.penstock.config.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * What we show a server that wants to know who we are (RFC 8446 §4.3.2): a chain of certificates,
 * our own first, and its key. The key is in no text that this class makes.
 */
public final class Identity {

  /** More than a long chain with the largest keys. */
  private static final int FILE_BYTES_MAX = 256 << 10;

  /** How every structure of PKCS #12 begins; no PEM does. */
  private static final byte SEQUENCE = 0x30;

  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");

  private final List<X509Certificate> chain;
  private final PrivateKey key;

  private Identity(List<X509Certificate> chain, PrivateKey key) {
    this.chain = List.copyOf(chain);
    this.key = key;
  }

  /**
   * Reads a file with both: PEM, the certificates in their order and the key before or behind them,
   * or PKCS #12 (RFC 7292).
   *
   * @param password of PKCS #12; null for none
   * @throws GeneralSecurityException with a line for the operator when it cannot be used
   */
  public static Identity read(Path file, @Nullable Secret password)
      throws GeneralSecurityException {
    try {
      var open = OwnerAlone.problem(file);
      if (open.isPresent()) {
        throw new InvalidKeyException(open.get());
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new InvalidKeyException("it is larger than " + FILE_BYTES_MAX + " octets");
      }
      var octets = Files.readAllBytes(file);
      return octets.length > 0 && octets[0] == SEQUENCE ? pkcs12(octets, password) : pem(octets);
    } catch (NoSuchFileException e) {
      throw new InvalidKeyException("there is no file " + file, e);
    } catch (IOException e) {
      throw new InvalidKeyException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Identity pem(byte[] octets) throws GeneralSecurityException {
    var text = new String(octets, StandardCharsets.ISO_8859_1);
    var certificates = new StringBuilder();
    var block = CERTIFICATE.matcher(text);
    while (block.find()) {
      certificates.append(block.group()).append('\n');
    }
    var chain =
        Pem.certificates(
            new ByteArrayInputStream(
                certificates.toString().getBytes(StandardCharsets.ISO_8859_1)));
    try {
      return new Identity(chain, Pem.key(text, chain.getFirst()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new InvalidKeyException("the private key cannot be read", e);
    }
  }

  private static Identity pkcs12(byte[] octets, @Nullable Secret password)
      throws GeneralSecurityException, IOException {
    var characters = password == null ? new char[0] : password.value().toCharArray();
    var store = KeyStore.getInstance("PKCS12");
    store.load(new ByteArrayInputStream(octets), characters);
    for (var alias : Collections.list(store.aliases())) {
      if (store.getKey(alias, characters) instanceof PrivateKey key) {
        var chain = new ArrayList<X509Certificate>();
        for (var certificate : store.getCertificateChain(alias)) {
          chain.add((X509Certificate) certificate);
        }
        return new Identity(chain, key);
      }
    }
    throw new InvalidKeyException("there is no private key in it");
  }

  /** Our own certificate. */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  KeyManager[] managers() throws GeneralSecurityException {
    return Pem.identity(chain, key);
  }

  @Override
  public String toString() {
    return certificate().getSubjectX500Principal().getName();
  }
}
