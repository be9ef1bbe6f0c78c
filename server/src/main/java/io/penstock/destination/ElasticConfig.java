package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Elasticsearch or OpenSearch, by {@code _bulk}.
 *
 * @param urls its nodes, or a proxy before them; one is used while it works
 * @param index name of the data stream or index, or what daily indices begin with
 * @param naming what {@code index} is
 * @param username for basic authentication; null for none
 * @param apiKey {@code id:key}, or both in base64 as the server gives them; null for none
 * @param gzip whether bodies are compressed
 */
public record ElasticConfig(
    List<URI> urls,
    String index,
    Naming naming,
    @Nullable String username,
    @Nullable Secret password,
    @Nullable Secret apiKey,
    Tls tls,
    boolean gzip)
    implements Destination {

  /** What the name of an index means. */
  public enum Naming {
    /** A data stream, which a template of its own makes. */
    DATA_STREAM,
    /** One index a day of the event's receipt, UTC: {@code name-2026.11.22}. */
    DAILY,
    /** One index, as it is named. */
    PLAIN
  }

  static ElasticConfig read(Members members) {
    return new ElasticConfig(
        members.urls("urls", "url"),
        members.text("index", "telemetry-events"),
        members.word("naming", Naming.class, Naming.DAILY),
        members.text("username"),
        members.secret("password"),
        members.secret("api_key"),
        members.tls(),
        members.flag("gzip", true));
  }
}
