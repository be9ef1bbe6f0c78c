package io.penstock.stream;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Keys of the TLS port.
 *
 * @param certificate PEM file with the collector's certificate, the issuing ones behind it
 * @param key PEM file with its private key, not encrypted
 * @param clientAuthority PEM file with the authorities that exporters' certificates must come from;
 *     without it no exporter is asked for one
 * @param reloadInterval how often the files are looked at
 */
public record TlsConfig(
    Path certificate, Path key, Optional<Path> clientAuthority, Duration reloadInterval) {

  public TlsConfig(Path certificate, Path key, Optional<Path> clientAuthority) {
    this(certificate, key, clientAuthority, Duration.ofSeconds(5));
  }
}
