package io.penstock.certificate;

import io.penstock.policy.HostPattern;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Signs certificates with one key, in the form that the strict among the clients want: RFC 5280
 * §4.2 to the letter, and what the CA/Browser Forum's baseline requirements add (§7.1.2.7). Safe
 * for many threads; the key never leaves it.
 */
final class Issuer {

  /** How far clocks of clients may be behind. */
  private static final Duration BACKDATED = Duration.ofHours(1);

  /** Octets of a serial number; 20 are allowed, 8 must be random. */
  private static final int SERIAL_OCTETS = 16;

  private static final int SUFFIX_OCTETS = 3;

  /** Of a common name (RFC 5280 §A.1, ub-common-name). */
  private static final int COMMON_NAME_MAX = 64;

  private static final X500Name NOBODY = new X500Name(new RDN[0]);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final X509Certificate certificate;
  private final PrivateKey key;
  private final X500Name name;
  private final AuthorityKeyIdentifier keyId;
  private final String algorithm;

  /** A key pair, its public half certified by itself. */
  record Root(X509Certificate certificate, PrivateKey key) {

    @Override
    public String toString() {
      return certificate.getSubjectX500Principal().getName();
    }
  }

  /**
   * @param key of the certificate
   * @throws CaException when the certificate may not issue others
   */
  Issuer(X509Certificate certificate, PrivateKey key) {
    demandAuthority(certificate);
    this.certificate = certificate;
    this.key = key;
    this.name = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    this.keyId = new AuthorityKeyIdentifier(keyId(certificate));
    this.algorithm = algorithm(key);
  }

  private static void demandAuthority(X509Certificate certificate) {
    var usage = certificate.getKeyUsage();
    boolean mayNotSign = usage != null && !usage[5];
    if (certificate.getBasicConstraints() < 0 || mayNotSign) {
      throw new CaException(
          certificate.getSubjectX500Principal().getName() + " may not issue certificates");
    }
  }

  private static byte[] keyId(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    return extension == null
        ? keyId(certificate.getPublicKey()).getKeyIdentifier()
        : SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
            .getKeyIdentifier();
  }

  static SubjectKeyIdentifier keyId(PublicKey key) {
    try {
      return new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no SHA-1 in this JDK", e);
    }
  }

  private static String algorithm(PrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "EC" -> "SHA256withECDSA";
      case "RSA" -> "SHA256withRSA";
      default ->
          throw new CaException(
              "an authority's key is EC or RSA, which every client knows, not "
                  + key.getAlgorithm());
    };
  }

  /** A fresh key on P-256, the curve that every TLS client has. */
  static KeyPair keyPair() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no P-256 in this JDK", e);
    }
  }

  /**
   * A root of its own kind: no two installations have the same name, so none is taken for another.
   */
  static Root root(Instant now, Duration life, List<HostPattern> permitted) {
    var pair = keyPair();
    var suffix = new byte[SUFFIX_OCTETS];
    RANDOM.nextBytes(suffix);
    var name =
        new X500NameBuilder(BCStyle.INSTANCE)
            .addRDN(BCStyle.CN, "Penstock interception CA " + HexFormat.of().formatHex(suffix))
            .build();
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            serial(),
            Date.from(now.minus(BACKDATED)),
            Date.from(now.plus(life)),
            name,
            pair.getPublic());
    try {
      var own = keyId(pair.getPublic());
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
          .addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
          .addExtension(Extension.subjectKeyIdentifier, false, own)
          .addExtension(
              Extension.authorityKeyIdentifier,
              false,
              new AuthorityKeyIdentifier(own.getKeyIdentifier()));
      var constraints = Constraints.permitting(permitted);
      if (constraints.isPresent()) {
        builder.addExtension(Extension.nameConstraints, true, constraints.get());
      }
    } catch (IOException e) {
      throw new IllegalStateException("an extension of ours cannot be encoded", e);
    }
    return new Root(
        signed(builder, algorithm(pair.getPrivate()), pair.getPrivate()), pair.getPrivate());
  }

  /**
   * A certificate for a server, within the life of the issuer's.
   *
   * @param host as the common name says it, where it may
   * @param san what counts (RFC 9525 §2)
   * @param subject the server's key
   */
  X509Certificate leaf(
      String host, GeneralName san, PublicKey subject, SubjectKeyIdentifier subjectId, Life life) {
    var commonName =
        isCommonName(host, san)
            ? new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, host).build()
            : NOBODY;
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            serial(),
            Date.from(life.notBefore()),
            Date.from(life.notAfter()),
            commonName,
            subject);
    try {
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
          .addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
          .addExtension(Extension.subjectKeyIdentifier, false, subjectId)
          .addExtension(Extension.authorityKeyIdentifier, false, keyId)
          // Critical where there is no subject beside it (RFC 5280 §4.2.1.6).
          .addExtension(
              Extension.subjectAlternativeName, commonName.equals(NOBODY), new GeneralNames(san));
    } catch (IOException e) {
      throw new IllegalStateException("an extension of ours cannot be encoded", e);
    }
    return signed(builder, algorithm, key);
  }

  /** An address is none: OpenSSL holds it against the constraints on DNS names. */
  private static boolean isCommonName(String host, GeneralName san) {
    return san.getTagNo() == GeneralName.dNSName && host.length() <= COMMON_NAME_MAX;
  }

  /** From when until when a certificate is valid. */
  record Life(Instant notBefore, Instant notAfter) {}

  /** A life from about now, cut to the issuer's own. */
  Life life(Instant now, Duration wanted) {
    var earliest = certificate.getNotBefore().toInstant();
    var latest = certificate.getNotAfter().toInstant();
    var notBefore = now.minus(BACKDATED);
    var notAfter = now.plus(wanted).minus(BACKDATED);
    return new Life(
        notBefore.isBefore(earliest) ? earliest : notBefore,
        notAfter.isAfter(latest) ? latest : notAfter);
  }

  private static BigInteger serial() {
    var octets = new byte[SERIAL_OCTETS];
    RANDOM.nextBytes(octets);
    octets[0] |= 0x40; // never zero, and all of one length
    return new BigInteger(1, octets);
  }

  private static X509Certificate signed(
      X509v3CertificateBuilder builder, String algorithm, PrivateKey key) {
    try {
      return read(builder.build(new JcaContentSignerBuilder(algorithm).build(key)));
    } catch (OperatorCreationException | GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot sign with " + algorithm, e);
    }
  }

  private static X509Certificate read(X509CertificateHolder holder)
      throws GeneralSecurityException, IOException {
    var encoded = new ByteArrayInputStream(holder.getEncoded());
    return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(encoded);
  }
}
