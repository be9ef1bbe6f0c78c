package io.penstock.api;

import io.penstock.enrich.Lookup;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Ip;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Body;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.records.JsonStrings;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Answers what is known of one address. */
public final class LookupResource implements Resource {

  private static final int BODY_MAX = 64 * 1024;

  private final BiFunction<String, Ip, Lookup> lookup;

  /**
   * @param lookup what is known of an address where a tenant asks
   */
  public LookupResource(BiFunction<String, Ip, Lookup> lookup) {
    this.lookup = lookup;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route("POST", "/v1/lookup", Access.ANY_KEY, this::post),
        new Route("GET", "/v1/lookup", Access.ANY_KEY, this::get));
  }

  private Answer get(Request request) {
    return report(request.tenant(), request.query("q").or(() -> request.query("ip")).orElse(""));
  }

  private Answer post(Request request) throws IOException {
    return switch (request.body(BODY_MAX, BODY_MAX)) {
      case Body.Bytes(var bytes, int length, var _, var _) ->
          report(request.tenant(), addressIn(bytes, length));
      case Body.TooLarge _ -> Answer.problem(413, "too_large", "Payload too large");
      case Body.Busy _ ->
          Answer.problem(503, "backpressure", "Too busy, please retry").with("Retry-After", "1");
      case Body.Late _ -> Answer.problem(408, "request_timeout", "The body did not come in time");
      case Body.Malformed _ ->
          Answer.problem(400, "bad_request", "Malformed chunks").with("Connection", "close");
      case Body.Corrupt _, Body.Unsupported _ ->
          Answer.problem(400, "invalid_json", "The body cannot be decoded");
    };
  }

  private static String addressIn(byte[] body, int length) {
    var members = JsonStrings.of(body, length);
    if (members.isEmpty()) {
      throw Refusal.badRequest("invalid_json", "The body must be a JSON object with an ip");
    }
    return members.get().getOrDefault("ip", "").strip();
  }

  private Answer report(String tenant, String text) {
    if (text.isEmpty()) {
      return Answer.problem(400, "ip_required", "IP address required");
    }
    var ip = Ip.parse(text);
    if (ip.isEmpty()) {
      return Answer.problem(400, "invalid_ip", "Invalid IP address");
    }
    var report = lookup.apply(tenant, ip.get());
    return Answer.json(
        Json.object(
            "ip", ip.get().toString(),
            "geo", geo(report.geo()),
            "asn", system(report.as()),
            "ti", Json.object("matches", report.threats().stream().map(this::match).toList()),
            "risk_score", report.riskScore(),
            "risk_10", report.riskScore() / 10.0,
            "reasons", report.reasons()));
  }

  private static @Nullable Object geo(@Nullable Geo geo) {
    return geo == null
        ? null
        : Json.object(
            "country", geo.country(),
            "city", geo.city(),
            "lat", geo.latitude(),
            "lon", geo.longitude(),
            "timezone", geo.timeZone());
  }

  private static @Nullable Object system(@Nullable AutonomousSystem as) {
    return as == null ? null : Json.object("asn", as.number(), "org", as.organization());
  }

  private Map<String, @Nullable Object> match(ThreatMatch threat) {
    return Json.object(
        "type", threat.side() == ThreatMatch.Side.DOMAIN ? "domain" : "ip",
        "ip", threat.value(),
        "value", threat.value(),
        "match", threat.indicator(),
        "indicator", threat.indicator(),
        "category", threat.category(),
        "confidence", threat.confidence(),
        "source", threat.feed());
  }
}
