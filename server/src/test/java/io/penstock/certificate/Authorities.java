package io.penstock.certificate;

import io.penstock.config.Secret;
import io.penstock.policy.HostPattern;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Authorities of every kind, made for a test. */
final class Authorities {

  static final InstantSource CLOCK = InstantSource.system();

  private Authorities() {}

  /** What an authority can be. */
  enum Kind {
    OWN,
    CONSTRAINED,
    PASSWORD,
    GIVEN
  }

  static CaConfig config(Kind kind, Path folder) {
    var standard = CaConfig.under(folder);
    return switch (kind) {
      case OWN -> standard;
      case CONSTRAINED -> standard.permitting(patterns("*.cribl.io", "127.0.0.1"));
      case PASSWORD ->
          new CaConfig(standard.folder(), new Secret("a quokka"), null, List.of(), CaConfig.LIFE);
      case GIVEN -> new CaConfig(standard.folder(), null, given(folder), List.of(), CaConfig.LIFE);
    };
  }

  static Authority of(Kind kind, Path folder) {
    return Authority.open(config(kind, folder), CLOCK);
  }

  static List<HostPattern> patterns(String... texts) {
    return List.of(texts).stream().map(text -> HostPattern.parse(text).orElseThrow()).toList();
  }

  /** The files of an intermediate that a made-up company's root has issued. */
  static CaConfig.Given given(Path folder) {
    try {
      var root = company();
      var pair = Issuer.keyPair();
      var now = Instant.now();
      var builder =
          new JcaX509v3CertificateBuilder(
              X500Name.getInstance(root.certificate().getSubjectX500Principal().getEncoded()),
              BigInteger.valueOf(7),
              Date.from(now.minusSeconds(60)),
              Date.from(now.plusSeconds(86_400)),
              new X500Name("CN=Inspection,O=Quokka"),
              pair.getPublic());
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign))
          .addExtension(Extension.subjectKeyIdentifier, false, Issuer.keyId(pair.getPublic()))
          .addExtension(
              Extension.authorityKeyIdentifier,
              false,
              new AuthorityKeyIdentifier(
                  Issuer.keyId(root.certificate().getPublicKey()).getKeyIdentifier()));
      var certificate =
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(root.key())));
      var chain = folder.resolve("chain.pem");
      Files.writeString(chain, PemText.of(certificate) + PemText.of(root.certificate()));
      return new CaConfig.Given(chain, key(folder, pair.getPrivate()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path key(Path folder, PrivateKey key) throws IOException {
    var file = folder.resolve("key.pem");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, PemText.of(key));
  }

  /** A root that lets others issue, unlike ours. */
  private static Issuer.Root company() throws Exception {
    var pair = Issuer.keyPair();
    var now = Instant.now();
    var name = new X500Name("CN=Quokka Root");
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            Date.from(now.minusSeconds(60)),
            Date.from(now.plusSeconds(86_400)),
            name,
            pair.getPublic());
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(1))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign))
        .addExtension(Extension.subjectKeyIdentifier, false, Issuer.keyId(pair.getPublic()));
    var certificate =
        new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    return new Issuer.Root(certificate, pair.getPrivate());
  }
}
