package io.penstock.destination;

import io.penstock.dial.Tls;
import io.penstock.dial.TlsContext;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.security.auth.SslEngineFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS of Kafka's client as all sinks have it: the same certificates, keys and checks, and no file
 * that a property could name. Kafka makes it by its class and hands it the properties.
 */
public final class KafkaTls implements SslEngineFactory {

  private @Nullable TlsContext context;

  @Override
  public void configure(Map<String, ?> properties) {
    if (!(properties.get(KafkaProperties.TLS) instanceof Tls tls)) {
      throw new ConfigException("no TLS among the properties");
    }
    try {
      context = TlsContext.of(tls);
    } catch (GeneralSecurityException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public SSLEngine createClientSslEngine(String host, int port, String identification) {
    var configured = context;
    if (configured == null) {
      throw new IllegalStateException("not configured");
    }
    return configured.engine(host, port);
  }

  @Override
  public SSLEngine createServerSslEngine(String host, int port) {
    throw new UnsupportedOperationException("this is a client");
  }

  @Override
  public boolean shouldBeRebuilt(Map<String, Object> properties) {
    return false;
  }

  @Override
  public Set<String> reconfigurableConfigs() {
    return Set.of();
  }

  @Override
  public @Nullable KeyStore keystore() {
    return null;
  }

  @Override
  public @Nullable KeyStore truststore() {
    return null;
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
