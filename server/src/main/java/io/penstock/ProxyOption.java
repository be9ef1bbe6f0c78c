package io.penstock;

import io.penstock.certificate.Authority;
import io.penstock.certificate.CaConfig;
import io.penstock.certificate.CaException;
import io.penstock.certificate.ProxyProbe;
import io.penstock.certificate.Trust;
import io.penstock.config.Environment;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which proxy a command leads programs through: the one that runs here, or one that is named. */
final class ProxyOption {

  private static final int ROOTS_BYTES_MAX = 256 << 10;

  @Option(
      names = "--proxy",
      paramLabel = "URL",
      description =
          "The proxy, such as http://127.0.0.1:8081 (default: the one of the server that runs here).")
  private @Nullable String address;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "The roots to trust, in PEM form (default: those of that server).")
  private @Nullable Path roots;

  /**
   * A proxy, and whom to trust behind it.
   *
   * @param probe an address that the proxy answers itself; null when none is known
   */
  record Chosen(URI proxy, Trust trust, @Nullable URI probe) {

    /** As it may be shown: without credentials. */
    String shown() {
      return proxy.getScheme() + "://" + proxy.getHost() + ":" + proxy.getPort();
    }
  }

  /**
   * @throws NoProxyException when there is none that answers
   */
  Chosen choose(Environment environment, Path data) throws NoProxyException {
    try {
      var running = Running.read(data);
      var proxy = address == null ? found(running) : parsed(address);
      var own = running.filter(server -> server.proxy().equals(proxy));
      ProxyProbe.reach(proxy);
      return new Chosen(proxy, trust(environment, data, own), own.map(Running::probe).orElse(null));
    } catch (IOException e) {
      throw new NoProxyException(none() + " (" + e.getMessage() + ")", e);
    } catch (CertificateException e) {
      throw new NoProxyException("cannot read the roots to trust: " + e.getMessage(), e);
    } catch (CaException e) {
      throw new NoProxyException(String.valueOf(e.getMessage()), e);
    }
  }

  private String none() {
    return address == null
        ? "no running proxy found: start ./penstock run with PROXY_PORT set"
        : "no proxy found: is --proxy right, and --ca?";
  }

  private URI found(Optional<Running> running) throws NoProxyException {
    return running.map(Running::proxy).orElseThrow(() -> new NoProxyException(none()));
  }

  private static URI parsed(String text) throws NoProxyException {
    try {
      var uri = new URI(text.contains("://") ? text : "http://" + text);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null && uri.getPort() > 0) {
        return uri;
      }
    } catch (URISyntaxException _) {
      // What it may hold beside a mistake is a password: it is not repeated.
    }
    throw new NoProxyException("--proxy: write it as http://HOST:PORT");
  }

  private Trust trust(Environment environment, Path data, Optional<Running> running)
      throws IOException, CertificateException, NoProxyException {
    if (roots != null) {
      if (Files.size(roots) > ROOTS_BYTES_MAX) {
        throw new CertificateException(roots + " is too large");
      }
      return Trust.in(Files.readString(roots, StandardCharsets.ISO_8859_1));
    }
    if (running.isPresent()) {
      return Trust.in(running.get().ca());
    }
    return Authority.find(CaConfig.from(environment, data))
        .map(Trust::in)
        .orElseThrow(() -> new NoProxyException("there is no authority here: name one with --ca"));
  }
}
