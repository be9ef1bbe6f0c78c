package io.penstock.dial;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;

/**
 * A certificate authority that lives as long as a test: makes X.509 certificates (RFC 5280) octet
 * by octet, because the JDK reads them but does not make them, and no private key is to be
 * committed.
 */
public final class Authority {

  private static final byte[] ECDSA_WITH_SHA256 =
      sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private final String name;
  private final KeyPair keys;
  private final byte[] certificate;

  public Authority(String name) throws GeneralSecurityException {
    this.name = name;
    this.keys = keyPair("EC");
    this.certificate = certificate(name, keys, true);
  }

  /** A certificate with its private key. */
  public record Issued(byte[] certificate, KeyPair keys) {

    public String certificatePem() {
      return pem("CERTIFICATE", certificate);
    }

    public String keyPem() {
      return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    public void write(Path certificateFile, Path keyFile) throws IOException {
      Files.writeString(certificateFile, certificatePem());
      Files.writeString(keyFile, keyPem());
    }
  }

  public static KeyPair keyPair(String algorithm) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(algorithm.equals("EC") ? 256 : 2048);
    return generator.generateKeyPair();
  }

  public Issued issue(String subject) throws GeneralSecurityException {
    return issue(subject, keyPair("EC"));
  }

  public Issued issue(String subject, KeyPair subjectKeys) throws GeneralSecurityException {
    return new Issued(certificate(subject, subjectKeys, false), subjectKeys);
  }

  public byte[] certificate() {
    return certificate;
  }

  public String certificatePem() {
    return pem("CERTIFICATE", certificate);
  }

  public void write(Path file) throws IOException {
    Files.writeString(file, certificatePem());
  }

  public static String pem(String label, byte[] der) {
    var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, body, label);
  }

  private byte[] certificate(String subject, KeyPair subjectKeys, boolean isAuthority)
      throws GeneralSecurityException {
    var now = Instant.now();
    var constraints =
        sequence(
            oid(0x55, 0x1d, 0x13),
            element(0x01, new byte[] {-1}),
            element(0x04, isAuthority ? sequence(element(0x01, new byte[] {-1})) : sequence()));
    byte[] body =
        sequence(
            element(0xa0, element(0x02, new byte[] {2})),
            element(0x02, new BigInteger(63, new SecureRandom()).toByteArray()),
            ECDSA_WITH_SHA256,
            name(name),
            sequence(time(now.minus(Duration.ofHours(1))), time(now.plus(Duration.ofDays(2)))),
            name(subject),
            subjectKeys.getPublic().getEncoded(),
            element(0xa3, sequence(constraints)));
    var signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(keys.getPrivate());
    signer.update(body);
    byte[] signature = signer.sign();
    byte[] bits = new byte[signature.length + 1];
    System.arraycopy(signature, 0, bits, 1, signature.length);
    return sequence(body, ECDSA_WITH_SHA256, element(0x03, bits));
  }

  private static byte[] name(String common) {
    var value = element(0x0c, common.getBytes(StandardCharsets.UTF_8));
    return sequence(element(0x31, sequence(oid(0x55, 0x04, 0x03), value)));
  }

  private static byte[] time(Instant at) {
    return element(0x17, UTC_TIME.format(at).getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] oid(int... octets) {
    var bytes = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      bytes[i] = (byte) octets[i];
    }
    return element(0x06, bytes);
  }

  private static byte[] sequence(byte[]... parts) {
    return element(0x30, parts);
  }

  private static byte[] element(int tag, byte[]... parts) {
    var contents = new ByteArrayOutputStream();
    for (var part : parts) {
      contents.writeBytes(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    int length = contents.size();
    if (length > 0xff) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length > 0x7f) {
      out.write(0x81);
    }
    out.write(length);
    out.writeBytes(contents.toByteArray());
    return out.toByteArray();
  }
}
