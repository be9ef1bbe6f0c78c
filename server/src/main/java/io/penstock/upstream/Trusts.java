package io.penstock.upstream;

import io.penstock.dial.Identity;
import io.penstock.dial.TlsContext;
import io.penstock.policy.HostPattern;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * The client's sides of TLS: for servers in general, and for each that is shown who we are, one
 * that checks servers and one for those that an operator excepted. Sessions are resumed within one
 * of them, so that none is shown an identity that is for another.
 */
final class Trusts {

  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  private final UpstreamConfig.Trust config;
  private final Contexts nameless;
  private final List<Named> named;

  /**
   * @param unchecked null when every server must prove who it is
   */
  private record Contexts(TlsContext checked, @Nullable TlsContext unchecked) {}

  private record Named(HostPattern hosts, Contexts contexts) {}

  /**
   * @throws IllegalArgumentException with a line for the operator when a certificate is not to be
   *     used
   */
  Trusts(UpstreamConfig.Trust config, List<UpstreamConfig.Shown> shown) {
    this.config = config;
    this.nameless = contexts(config, null);
    this.named =
        shown.stream()
            .map(one -> new Named(one.hosts(), contexts(config, one.identity())))
            .toList();
  }

  private static Contexts contexts(UpstreamConfig.Trust config, @Nullable Identity own) {
    try {
      return new Contexts(
          TlsContext.besides(config.authorities(), own),
          config.insecure().isEmpty() ? null : TlsContext.unchecked(own));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private TlsContext context(String host) {
    var contexts = nameless;
    for (var one : named) {
      if (one.hosts().matches(host)) {
        contexts = one.contexts();
        break;
      }
    }
    var unchecked = contexts.unchecked();
    return unchecked != null && config.isInsecure(host) ? unchecked : contexts.checked();
  }

  /** For a server; each connection has its own. */
  SSLEngine engine(String host, int port, Offer offer) {
    var engine = context(host).engine(host, port);
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
