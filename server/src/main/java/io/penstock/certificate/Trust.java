package io.penstock.certificate;

import io.penstock.dial.Pem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What clients are given so that they trust an authority, in the forms that they read.
 *
 * @param roots ours, at least one
 */
public record Trust(List<X509Certificate> roots) {

  /** Of a trust store, which has no secrets: the one that Java programs expect. */
  public static final String PASSWORD = "changeit";

  /** Where the systems keep the roots that they trust, in one file. */
  private static final List<String> SYSTEM_FILES =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem",
          "/etc/ssl/cert.pem");

  /** Thirty times what systems have. */
  private static final long BUNDLE_BYTES_MAX = 8 << 20;

  public Trust {
    roots = List.copyOf(roots);
  }

  /**
   * In an authority, in the one that is to be next, and in the one before, until that is forgotten:
   * whichever of them a server issues under at the moment, who trusts all of them notices no
   * rotation.
   */
  public static Trust in(Authority authority) {
    return new Trust(
        Stream.of(Optional.of(authority.root()), authority.next(), authority.previous())
            .flatMap(Optional::stream)
            .toList());
  }

  /**
   * In the roots of a text.
   *
   * @throws CertificateException when there are none in it
   */
  public static Trust in(String pem) throws CertificateException {
    return new Trust(
        Pem.certificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1))));
  }

  /** The roots as text: what is added to the roots that a program has anyway. */
  public String pem() {
    var text = new StringBuilder();
    roots.forEach(root -> text.append(PemText.of(root)));
    return text.toString();
  }

  /**
   * The system's roots and ours as text, for programs that take a file in the place of the
   * system's.
   *
   * @param variables the environment: an {@code SSL_CERT_FILE} in it is what the system trusts
   */
  public String bundle(Map<String, String> variables) throws IOException {
    return systemBundle(variables) + "\n" + pem();
  }

  /** Java's roots and ours as a PKCS #12 trust store with the {@link #PASSWORD}. */
  public byte[] store() {
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (var root : javaRoots()) {
        store.setCertificateEntry("java-" + store.size(), root);
      }
      for (var root : roots) {
        store.setCertificateEntry("penstock-" + store.size(), root);
      }
      var octets = new ByteArrayOutputStream();
      store.store(octets, PASSWORD.toCharArray());
      return octets.toByteArray();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a trust store cannot be written to memory", e);
    }
  }

  private static String systemBundle(Map<String, String> variables) throws IOException {
    var file = systemFile(variables.get("SSL_CERT_FILE"));
    if (file.isPresent()) {
      if (Files.size(file.get()) > BUNDLE_BYTES_MAX) {
        throw new IOException(file.get() + " is larger than any list of roots");
      }
      return Files.readString(file.get(), StandardCharsets.ISO_8859_1).stripTrailing();
    }
    var text = new StringBuilder();
    javaRoots().forEach(root -> text.append(PemText.of(root)));
    return text.toString();
  }

  private static Optional<Path> systemFile(@Nullable String named) {
    if (named != null && !named.isBlank()) {
      return Optional.of(Path.of(named));
    }
    return SYSTEM_FILES.stream().map(Path::of).filter(Files::isReadable).findFirst();
  }

  /** The roots that came with this Java. */
  private static List<X509Certificate> javaRoots() {
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509TrustManager.class::isInstance)
          .flatMap(manager -> Arrays.stream(((X509TrustManager) manager).getAcceptedIssuers()))
          .toList();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no trust managers in this JDK", e);
    }
  }
}
