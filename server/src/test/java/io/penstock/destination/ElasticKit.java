package io.penstock.destination;

import io.penstock.destination.ElasticConfig.Naming;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.Resolver;
import io.penstock.dial.Tls;
import io.penstock.event.EventJson;
import io.penstock.shape.Schema;
import io.penstock.shape.Shape;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sinks for tests, as they are configured. */
final class ElasticKit {

  static final Shape DOCUMENT = (tenant, event, out) -> out.put(EventJson.write(tenant, event));

  private static final Dialer DIALER =
      new Dialer(DialPolicy.DEFAULT, Resolver.SYSTEM, _ -> false, "penstock/test");

  private ElasticKit() {}

  /** What a client posts, read as it is posted. */
  static ElasticConfig config(List<URI> urls, Map<String, Object> more) {
    var members = new HashMap<String, @Nullable Object>(more);
    members.put("urls", urls.stream().map(URI::toString).toList());
    var read = SinkConfig.read("elastic", members);
    if (read instanceof SinkConfig.Read.Sound sound
        && sound.config().destination() instanceof ElasticConfig elastic) {
      return elastic;
    }
    throw new IllegalArgumentException(read.toString());
  }

  static ElasticSink sink(ElasticConfig config, HttpLimits limits) {
    return sink(config, DOCUMENT, limits);
  }

  static ElasticSink sink(ElasticConfig config, Shape document) {
    return sink(config, document, HttpLimits.DEFAULT);
  }

  static ElasticSink sink(ElasticConfig config, Schema schema, Supplier<Shape> documents) {
    try {
      return new ElasticSink(config, schema, documents, DIALER);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static ElasticSink sink(ElasticConfig config, Shape document, HttpLimits limits) {
    try {
      return new ElasticSink(config, Schema.TELEMETRY, () -> document, DIALER, limits);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static ElasticSink sink(URI url, Map<String, Object> more) {
    return sink(config(List.of(url), more), HttpLimits.DEFAULT);
  }

  static ElasticSink sink(URI url, String index, Naming naming) {
    return sink(url, Map.of("index", index, "naming", naming.name()));
  }

  static ElasticSink sink(URI url) {
    return sink(url, "events", Naming.PLAIN);
  }

  /** The same with other TLS. */
  static ElasticConfig with(ElasticConfig config, Tls tls) {
    return new ElasticConfig(
        config.urls(),
        config.index(),
        config.naming(),
        config.username(),
        config.password(),
        config.apiKey(),
        config.bearerToken(),
        config.retentionDays(),
        tls,
        config.gzip());
  }
}
