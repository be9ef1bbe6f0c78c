package io.penstock.dial;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's side of TLS, as one destination wants it. Its names are checked as RFC 9110 §4.3.4
 * says.
 */
public final class TlsContext {

  /**
   * Sessions that are kept to be resumed. The JDK's own bound is twenty times that, and a session
   * holds a chain of certificates.
   */
  private static final int SESSIONS_MAX = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);

  private final SSLContext context;
  private final boolean verifies;

  private TlsContext(SSLContext context, boolean verifies) {
    this.context = context;
    context.getClientSessionContext().setSessionCacheSize(SESSIONS_MAX);
    this.verifies = verifies;
  }

  /**
   * Reads certificates and key. Warns when nothing is checked.
   *
   * @throws GeneralSecurityException with a line for the operator when they cannot be used
   */
  public static TlsContext of(Tls tls) throws GeneralSecurityException {
    var made = make(tls);
    if (!tls.verify()) {
      warn();
    }
    return made;
  }

  private static void warn() {
    LOG.atWarn().log("a destination's certificate is not checked, anyone may stand in its place");
  }

  /**
   * Trusts the machine's authorities and others besides.
   *
   * @param authorities further certificates to trust, PEM; null for none
   * @throws GeneralSecurityException with a line for the operator when they cannot be used
   */
  public static TlsContext besides(@Nullable String authorities) throws GeneralSecurityException {
    return besides(authorities, null);
  }

  /**
   * The same, for servers that want to know who we are.
   *
   * @param own what they are shown; null for nothing
   */
  public static TlsContext besides(@Nullable String authorities, @Nullable Identity own)
      throws GeneralSecurityException {
    TrustManager[] trust = null;
    if (authorities != null) {
      var all = new ArrayList<>(Pem.machineAuthorities());
      all.addAll(certificates("the authority", authorities));
      trust = Pem.trust(all);
    }
    var context = SSLContext.getInstance("TLS");
    context.init(own == null ? null : own.managers(), trust, null);
    return new TlsContext(context, true);
  }

  /**
   * For servers that need not prove who they are, which is warned of.
   *
   * @param own what they are shown; null for nothing
   */
  public static TlsContext unchecked(@Nullable Identity own) throws GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    var trust = new TrustManager[] {new TrustsAll()};
    context.init(own == null ? null : own.managers(), trust, null);
    warn();
    return new TlsContext(context, false);
  }

  /** What is wrong with certificates or key, in a line for the operator; empty if nothing is. */
  public static Optional<String> problem(Tls tls) {
    try {
      var _ = make(tls);
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static TlsContext make(Tls tls) throws GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    context.init(identity(tls), trust(tls), null);
    return new TlsContext(context, tls.verify());
  }

  private static KeyManager @Nullable [] identity(Tls tls) throws GeneralSecurityException {
    var certificate = tls.certificate();
    var key = tls.key();
    if (certificate == null || key == null) {
      return null;
    }
    var chain = certificates("the certificate", certificate);
    try {
      return Pem.identity(chain, Pem.key(key.value(), chain.getFirst()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new InvalidKeyException("the private key cannot be read", e);
    }
  }

  private static TrustManager @Nullable [] trust(Tls tls) throws GeneralSecurityException {
    var authorities =
        tls.authorities() == null ? null : certificates("the authority", tls.authorities());
    if (!tls.verify()) {
      return new TrustManager[] {new TrustsAll()};
    }
    return authorities == null ? null : Pem.trust(authorities);
  }

  private static List<X509Certificate> certificates(String what, String text)
      throws CertificateException {
    try {
      return Pem.certificates(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (CertificateException e) {
      throw new CertificateException(what + ": " + e.getMessage(), e);
    }
  }

  /**
   * Shakes hands over a connected socket, which is closed when they do not agree.
   *
   * @param host the name that the other side must prove to have
   * @param timeout longest wait for each of its messages
   */
  SSLSocket over(Socket connected, String host, int port, Duration timeout) throws IOException {
    try {
      var name = Hosts.name(host);
      var secured =
          (SSLSocket) context.getSocketFactory().createSocket(connected, name, port, true);
      if (verifies) {
        var parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
      }
      int usual = connected.getSoTimeout();
      secured.setSoTimeout((int) timeout.toMillis());
      secured.startHandshake();
      secured.setSoTimeout(usual);
      return secured;
    } catch (IOException | RuntimeException e) {
      connected.close();
      throw e;
    }
  }

  /**
   * Sockets for a library that begins TLS in the middle of a conversation, such as STARTTLS: over
   * connected sockets alone, it makes no connection by itself.
   *
   * @param host the name that the other side must prove to have, whatever the library calls it
   * @param timeout longest wait for each message of the handshake
   */
  public SSLSocketFactory factory(String host, Duration timeout) {
    return new Layered(this, host, timeout);
  }

  private static final class Layered extends SSLSocketFactory {
    private final TlsContext tls;
    private final String host;
    private final Duration timeout;

    private Layered(TlsContext tls, String host, Duration timeout) {
      this.tls = tls;
      this.host = host;
      this.timeout = timeout;
    }

    @Override
    public Socket createSocket(Socket connected, String named, int port, boolean isClosing)
        throws IOException {
      return tls.over(connected, host, port, timeout);
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return tls.context.getSocketFactory().getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return tls.context.getSocketFactory().getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(String named, int port) throws IOException {
      throw connectsNowhere();
    }

    @Override
    public Socket createSocket(String named, int port, InetAddress from, int fromPort)
        throws IOException {
      throw connectsNowhere();
    }

    @Override
    public Socket createSocket(InetAddress address, int port) throws IOException {
      throw connectsNowhere();
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress from, int fromPort)
        throws IOException {
      throw connectsNowhere();
    }

    private static IOException connectsNowhere() {
      return new ConnectException("only the dialer connects");
    }
  }

  /**
   * The client's side of a connection that somebody else makes and carries octets for.
   *
   * @param host the name that the other side must prove to have
   */
  public SSLEngine engine(String host, int port) {
    var engine = context.createSSLEngine(Hosts.name(host), port);
    engine.setUseClientMode(true);
    if (verifies) {
      var parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
    }
    return engine;
  }

  /** For destinations that an operator trusts without proof. */
  private static final class TrustsAll extends X509ExtendedTrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
