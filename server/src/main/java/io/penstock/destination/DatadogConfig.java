package io.penstock.destination;

import io.penstock.config.Secret;
import io.penstock.dial.Tls;
import java.net.URI;
import java.util.List;
import java.util.Map;

/**
 * Datadog's logs intake, API v2.
 *
 * @param url of the intake of the customer's site
 */
public record DatadogConfig(
    URI url, Secret apiKey, String service, Map<String, String> tags, Tls tls, boolean gzip)
    implements Destination {

  private static final String INTAKE = "https://http-intake.logs.%s/api/v2/logs";

  public DatadogConfig {
    tags = Map.copyOf(tags);
  }

  static DatadogConfig read(Members members) {
    var intake = URI.create(INTAKE.formatted("datadoghq.com"));
    List<URI> urls = members.has("url") ? members.urls("url") : List.of();
    if (members.has("site")) {
      var site = members.text("site", "");
      if (site.matches("[a-z0-9.-]{1,100}")) {
        intake = URI.create(INTAKE.formatted(site));
      } else {
        members.fault("site", "should be a Datadog site such as datadoghq.eu");
      }
    }
    return new DatadogConfig(
        urls.isEmpty() ? intake : urls.getFirst(),
        members.requiredSecret("api_key"),
        members.text("service", "penstock"),
        members.map("tags"),
        members.tls(),
        members.flag("gzip", true));
  }
}
