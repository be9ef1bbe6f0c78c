package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Any HTTP endpoint that takes events by POST.
 *
 * @param url its query, if it has one, is as secret as the headers
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

  /** A field name, RFC 9110 §5.1. */
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");

  /** A field value of visible text, RFC 9110 §5.5: nothing that ends a line. */
  private static final Pattern VALUE = Pattern.compile("[\\t\\x20-\\x7e]*");

  /** What belongs to the request itself. */
  private static final Set<String> OWN =
      Set.of(
          "connection",
          "content-encoding",
          "content-length",
          "expect",
          "host",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  public WebhookConfig {
    headers = Map.copyOf(headers);
  }

  static WebhookConfig read(Members members) {
    List<URI> urls = members.urls("url");
    var headers = members.secrets("headers");
    headers.forEach((name, value) -> demandSound(members, name, value));
    members.demandText();
    return new WebhookConfig(
        urls.isEmpty() ? URI.create("http://invalid") : urls.getFirst(),
        members.word("body", Body.class, Body.NDJSON),
        headers,
        members.tls(),
        members.flag("gzip", false));
  }

  private static void demandSound(Members members, String name, Secret value) {
    if (!NAME.matcher(name).matches() || OWN.contains(name.toLowerCase(Locale.ROOT))) {
      members.fault("headers", "a header has a name that cannot be set");
    } else if (!VALUE.matcher(value.value()).matches()) {
      members.fault("headers", name + " should be a line of ASCII");
    }
  }
}
