package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * Any HTTP endpoint that takes events by POST.
 *
 * @param body how the events of a batch are put together
 * @param headers sent with each request; they may hold credentials
 */
public record WebhookConfig(URI url, Body body, Map<String, Secret> headers, Tls tls, boolean gzip)
    implements Destination {

  /** The form of a body. */
  public enum Body {
    /** One event a line. */
    NDJSON,
    /** A JSON array of events. */
    ARRAY
  }

  public WebhookConfig {
    headers = Map.copyOf(headers);
  }

  static WebhookConfig read(Members members) {
    List<URI> urls = members.urls("url");
    var headers = members.secrets("headers");
    return new WebhookConfig(
        urls.isEmpty() ? URI.create("http://invalid") : urls.getFirst(),
        members.word("body", Body.class, Body.NDJSON),
        headers,
        members.tls(),
        members.flag("gzip", false));
  }
}
