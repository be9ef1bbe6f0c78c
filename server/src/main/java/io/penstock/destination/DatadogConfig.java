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
 * @param service what the events are listed under
 * @param tags of every event, besides its tenant
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
      if (site.matches("[a-z0-9-]{1,60}(\\.[a-z0-9-]{1,60}){1,4}")) {
        intake = URI.create(INTAKE.formatted(site));
      } else {
        members.fault("site", "should be a Datadog site such as datadoghq.eu");
      }
    }
    var apiKey = members.requiredSecret("api_key");
    if (!apiKey.value().matches("[!-~]*")) {
      members.fault("api_key", "should be a word of ASCII");
    }
    members.demandText();
    return new DatadogConfig(
        urls.isEmpty() ? intake : urls.getFirst(),
        apiKey,
        members.text("service", "penstock"),
        members.map("tags"),
        members.tls(),
        members.flag("gzip", true));
  }
}
