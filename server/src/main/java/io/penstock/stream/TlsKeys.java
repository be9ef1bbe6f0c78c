package io.penstock.stream;

import io.penstock.dial.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a TLS port as they stand in their files. When a file changes, connections from then
 * on use the new keys, and those that exist go on; while the files do not fit together, as in the
 * middle of a change, the last ones that did are used.
 */
public final class TlsKeys {

  private static final Logger LOG = LoggerFactory.getLogger(TlsKeys.class);

  /** More is no certificate or key. */
  private static final long FILE_BYTES_MAX = 1 << 20;

  private final TlsConfig config;
  private volatile Loaded loaded;
  private @Nullable Stamps refused;
  private long nextLookNanos;

  /** A look at the files. */
  enum Look {
    UNCHANGED,
    TAKEN,
    REFUSED
  }

  private record Loaded(SSLContext context, X509Certificate certificate, Stamps stamps) {}

  /** What tells that a file was written. */
  private record Stamp(FileTime modified, long size) {}

  private record Stamps(List<Stamp> files) {}

  TlsKeys(TlsConfig config) {
    this.config = config;
    try {
      this.loaded = load();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(reason(e), e);
    }
    this.nextLookNanos = System.nanoTime() + config.reloadInterval().toNanos();
  }

  /** What is wrong with the files, in a line for the operator; empty if they can be used. */
  public static Optional<String> problem(TlsConfig config) {
    try {
      var _ = new TlsKeys(config);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  /** For the next connection. */
  SSLContext context() {
    return loaded.context;
  }

  /** When the collector's own certificate expires. */
  Instant expiry() {
    return loaded.certificate.getNotAfter().toInstant();
  }

  boolean wantsClientCertificate() {
    return config.clientAuthority().isPresent();
  }

  /** Looks at the files if it is time, and takes what has changed. For one thread. */
  Look look() {
    if (System.nanoTime() - nextLookNanos < 0) {
      return Look.UNCHANGED;
    }
    nextLookNanos = System.nanoTime() + config.reloadInterval().toNanos();
    Stamps now;
    try {
      now = stamps();
    } catch (IOException e) {
      now = new Stamps(List.of());
    }
    if (now.equals(loaded.stamps) || now.equals(refused)) {
      return Look.UNCHANGED;
    }
    try {
      loaded = load();
      refused = null;
      LOG.atInfo()
          .addKeyValue("certificate", config.certificate())
          .addKeyValue("expires", expiry())
          .log("tls keys reloaded");
      return Look.TAKEN;
    } catch (IOException | GeneralSecurityException e) {
      refused = now;
      LOG.atWarn()
          .addKeyValue("why", reason(e))
          .log("changed tls keys cannot be used, the earlier ones stay");
      return Look.REFUSED;
    }
  }

  private static String reason(Exception e) {
    return e instanceof NoSuchFileException
        ? "there is no file " + e.getMessage()
        : String.valueOf(e.getMessage());
  }

  private Stamps stamps() throws IOException {
    var files = new ArrayList<Stamp>();
    files.add(stamp(config.certificate()));
    files.add(stamp(config.key()));
    if (config.clientAuthority().isPresent()) {
      files.add(stamp(config.clientAuthority().get()));
    }
    return new Stamps(files);
  }

  private static Stamp stamp(Path file) throws IOException {
    return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
  }

  private Loaded load() throws IOException, GeneralSecurityException {
    // Before the contents: what is written meanwhile is then seen as a change.
    var stamps = stamps();
    var chain = certificates(config.certificate());
    var own = chain.getFirst();
    var key = privateKey(own);
    var context = SSLContext.getInstance("TLS");
    context.init(Pem.identity(chain, key), trust(), null);
    return new Loaded(context, own, stamps);
  }

  private PrivateKey privateKey(X509Certificate own) throws IOException, GeneralSecurityException {
    var file = config.key();
    try {
      demandSize(file);
      var text = Files.readString(file, StandardCharsets.ISO_8859_1);
      return Pem.key(text, own);
    } catch (GeneralSecurityException e) {
      throw new InvalidKeyException(file + ": " + e.getMessage(), e);
    }
  }

  private TrustManager @Nullable [] trust() throws IOException, GeneralSecurityException {
    return config.clientAuthority().isEmpty()
        ? null
        : Pem.trust(certificates(config.clientAuthority().get()));
  }

  private static List<X509Certificate> certificates(Path file)
      throws IOException, CertificateException {
    demandSize(file);
    try (InputStream in = Files.newInputStream(file)) {
      return Pem.certificates(in);
    } catch (CertificateException e) {
      throw new CertificateException(file + ": " + e.getMessage(), e);
    }
  }

  private static void demandSize(Path file) throws IOException {
    if (Files.size(file) > FILE_BYTES_MAX) {
      throw new IOException(file + ": is too long for keys or certificates");
    }
  }
}
