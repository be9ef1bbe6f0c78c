package io.penstock.dial;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Reads a private key in the forms that are in use: PKCS #8 (RFC 5208), and what OpenSSL wrote
 * before it, PKCS #1 for RSA (RFC 8017 §A.1.2) and SEC 1 for elliptic curves (RFC 5915). The latter
 * two are wrapped into PKCS #8; the algorithm that it names stands in the public key, too.
 */
final class PemKey {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----([^-]*)-----END \\1-----");

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

  private PemKey() {}

  /**
   * The first private key in a PEM file's text.
   *
   * @param certified the public key that belongs to it, which tells the algorithm
   * @throws InvalidKeyException with a line for the operator when there is none that can be used
   */
  static PrivateKey parse(String text, PublicKey certified) throws GeneralSecurityException {
    var block = BLOCK.matcher(text);
    if (!block.find()) {
      throw new InvalidKeyException("there is no private key in PEM form in it");
    }
    var label = block.group(1);
    if (label.startsWith("ENCRYPTED") || block.group(2).contains("Proc-Type")) {
      throw new InvalidKeyException("the private key is encrypted: give it without a passphrase");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("the private key is damaged: " + e.getMessage(), e);
    }
    var pkcs8 = label.equals("PRIVATE KEY") ? der : wrapped(der, certified);
    return KeyFactory.getInstance(certified.getAlgorithm())
        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  private static byte[] wrapped(byte[] key, PublicKey certified) {
    return element(
        SEQUENCE, VERSION_0, algorithm(certified.getEncoded()), element(OCTET_STRING, key));
  }

  /** The AlgorithmIdentifier, first in a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). */
  private static byte[] algorithm(byte[] publicKeyInfo) {
    int start = 1 + lengthOctets(publicKeyInfo, 1);
    int contents = start + 1 + lengthOctets(publicKeyInfo, start + 1);
    int length = contents - start + length(publicKeyInfo, start + 1);
    var algorithm = new byte[length];
    System.arraycopy(publicKeyInfo, start, algorithm, 0, length);
    return algorithm;
  }

  private static int lengthOctets(byte[] der, int at) {
    return (der[at] & 0x80) == 0 ? 1 : 1 + (der[at] & 0x7f);
  }

  private static int length(byte[] der, int at) {
    if ((der[at] & 0x80) == 0) {
      return der[at];
    }
    int length = 0;
    for (int i = 1; i <= (der[at] & 0x7f); i++) {
      length = length << 8 | der[at + i] & 0xff;
    }
    return length;
  }

  private static byte[] element(int tag, byte[]... parts) {
    int length = 0;
    for (var part : parts) {
      length += part.length;
    }
    var out = new ByteArrayOutputStream(length + 4);
    out.write(tag);
    if (length > 0xff) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length > 0x7f) {
      out.write(0x81);
    }
    out.write(length);
    for (var part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
