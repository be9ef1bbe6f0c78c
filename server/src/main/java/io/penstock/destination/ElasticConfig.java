package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Elasticsearch or OpenSearch, by {@code _bulk}.
 *
 * @param urls its nodes, or a proxy before them; those that work are used in turn
 * @param index name of the data stream or index, or what daily indices begin with
 * @param naming what {@code index} is
 * @param username for basic authentication; null for none
 * @param apiKey {@code id:key}, or both in base64 as the server gives them; null for none
 * @param bearerToken of an identity provider; null for none
 * @param retentionDays how long the lifecycle that {@link ElasticSetup} installs keeps events; 0
 *     installs none
 * @param gzip whether bodies are compressed: a tenth of the network for twice the work and more
 */
public record ElasticConfig(
    List<URI> urls,
    String index,
    Naming naming,
    @Nullable String username,
    @Nullable Secret password,
    @Nullable Secret apiKey,
    @Nullable Secret bearerToken,
    int retentionDays,
    Tls tls,
    boolean gzip)
    implements Destination {

  /** What both servers forbid in names of indices. */
  private static final Pattern FORBIDDEN = Pattern.compile("[\\\\/*?\"<>| ,#:\\p{Cntrl}]");

  /** Both allow 255 bytes; daily indices append a date, data streams a prefix and a number. */
  private static final int INDEX_BYTES_MAX = 220;

  /** What the name of an index means. */
  public enum Naming {
    /** A data stream, which a template of its own makes. */
    DATA_STREAM,
    /** One index a day of the event's receipt, UTC: {@code name-2026.11.22}. */
    DAILY,
    /** One index, as it is named. */
    PLAIN
  }

  public ElasticConfig {
    urls = List.copyOf(urls);
  }

  static ElasticConfig read(Members members) {
    members.demandText();
    var username = members.text("username");
    var password = members.secret("password");
    if ((username == null) != (password == null)) {
      members.fault(
          username == null ? "username" : "password", "username and password go together");
    }
    var apiKey = members.secret("api_key");
    var bearerToken = members.secret("bearer_token");
    long ways =
        List.of(username != null, apiKey != null, bearerToken != null).stream()
            .filter(isUsed -> isUsed)
            .count();
    if (ways > 1) {
      members.fault("api_key", "one of username, api_key and bearer_token is enough");
    }
    return new ElasticConfig(
        members.urls("urls", "url"),
        index(members),
        members.word("naming", Naming.class, Naming.DAILY),
        username,
        password,
        apiKey,
        bearerToken,
        members.number("retention_days", 0, 36_500, 30),
        members.tls(),
        members.flag("gzip", false));
  }

  private static String index(Members members) {
    var index = members.text("index", "telemetry-events");
    if (!index.equals(index.toLowerCase(Locale.ROOT))
        || FORBIDDEN.matcher(index).find()
        || index.getBytes(StandardCharsets.UTF_8).length > INDEX_BYTES_MAX
        || "-_+.".indexOf(index.charAt(0)) >= 0) {
      members.fault(
          "index",
          "should be a name in lower case that begins with a letter or digit and has none of"
              + " \\ / * ? \" < > | , # : and spaces");
    }
    return index;
  }
}
