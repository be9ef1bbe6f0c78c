package io.penstock.upstream;

import io.penstock.dial.TlsContext;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** The client's sides of TLS: one that checks servers, one for those that an operator excepted. */
final class Trusts {

  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  private final UpstreamConfig.Trust config;
  private final TlsContext checked;
  private final @Nullable TlsContext unchecked;

  /**
   * @throws IllegalArgumentException with a line for the operator when a certificate is not to be
   *     used
   */
  Trusts(UpstreamConfig.Trust config) {
    this.config = config;
    try {
      this.checked = TlsContext.besides(config.authorities());
      this.unchecked =
          config.insecure().isEmpty()
              ? null
              : TlsContext.of(new io.penstock.dial.Tls(false, null, null, null));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** For a server; each connection has its own. */
  SSLEngine engine(String host, int port, Offer offer) {
    var context = unchecked != null && config.isInsecure(host) ? unchecked : checked;
    var engine = context.engine(host, port);
    engine.setEnabledProtocols(VERSIONS);
    var parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(offer.protocols());
    // The JDK sends none for a name of a single label, or with an underscore. An address is not to
    // be sent (RFC 6066 §3).
    if (isName(host)) {
      parameters.setServerNames(List.of(new SNIHostName(host.getBytes(StandardCharsets.US_ASCII))));
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  static boolean isName(String host) {
    return io.penstock.event.Ip.parse(host).isEmpty() && host.indexOf(':') < 0;
  }
}
