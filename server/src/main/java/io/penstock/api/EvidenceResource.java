package io.penstock.api;

import io.penstock.api.EventQueries.Group;
import io.penstock.api.EventQueries.RefusedException;
import io.penstock.api.EventQueries.Selection;
import io.penstock.event.Nanos;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.inventory.InventoryKeeper;
import io.penstock.inventory.SeenField;
import io.penstock.inventory.SeenProduct;
import io.penstock.json.Json;
import io.penstock.profile.Identifier;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The evidence report: what was intercepted in a time, what of it left, and which identifiers were
 * in it, for people (HTML) and for machines (JSON).
 */
public final class EvidenceResource implements Resource {

  private static final String PAGE_POLICY =
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  /** OWASP Application Security Verification Standard 4.0.3, of which 10.2.1 asks for this. */
  private static final String STANDARD =
      "OWASP ASVS 4.0.3, 10.2.1 (no unauthorized phone home or data collection)";

  private static final int GROUPS_MAX = 1_000;
  private static final long DAY_NANOS = 86_400_000_000_000L;

  private final EventQueries events;
  private final Supplier<Map<String, @Nullable Object>> status;
  private final Supplier<Optional<InventoryKeeper>> inventory;
  private final InstantSource clock;

  /**
   * @param status how interception is set up, and what went out since the start
   * @param inventory empty while nothing is intercepted
   */
  public EvidenceResource(
      EventQueries events,
      Supplier<Map<String, @Nullable Object>> status,
      Supplier<Optional<InventoryKeeper>> inventory,
      InstantSource clock) {
    this.events = events;
    this.status = status;
    this.inventory = inventory;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        StoreQuestion.route(
            "/v1/interception/evidence", Access.scopes("read_requests"), this::evidence));
  }

  private Answer evidence(Request request) throws RefusedException {
    var asked = Selections.of(request, DAY_NANOS, clock.instant());
    var report = report(asked);
    var format = request.query("format").orElse("json");
    return switch (format) {
      case "json" -> Answer.json(report);
      case "html" ->
          Answer.of(200, "text/html; charset=utf-8", page(report).getBytes(StandardCharsets.UTF_8))
              .with("Content-Security-Policy", PAGE_POLICY);
      default ->
          throw Refusal.invalidParameter("query", "format", "Input should be json or html", format);
    };
  }

  private Map<String, @Nullable Object> report(Selection asked) throws RefusedException {
    long to = Math.min(asked.toNanos(), Nanos.of(clock.instant()));
    var selection =
        new Selection(asked.tenant(), asked.fromNanos(), asked.toNanos(), "kind = exchange");
    var verdicts = counts(selection, "verdict");
    long intercepted = verdicts.values().stream().mapToLong(Long::longValue).sum();
    long left =
        verdicts.getOrDefault("observe", 0L)
            + verdicts.getOrDefault("tunnel", 0L)
            - refusedOnTheWay(asked);
    var way = status.get().get("way_out");
    return Json.object(
        "standard",
        STANDARD,
        "tenant",
        asked.tenant(),
        "from",
        Nanos.instant(asked.fromNanos()).toString(),
        "to",
        Nanos.instant(to).toString(),
        "intercepted",
        intercepted,
        "left",
        Math.max(0, left),
        "sentence",
        sentence(intercepted, Math.max(0, left), way),
        "verdicts",
        verdicts,
        "products",
        counts(selection, "product"),
        "hosts",
        counts(selection, "host"),
        "sealed",
        status.get().get("sealed"),
        "way_out_since_start",
        way,
        "identifiers",
        identifiers(asked.tenant()));
  }

  /** Exchanges that were to be forwarded, of which nothing was. */
  private long refusedOnTheWay(Selection asked) throws RefusedException {
    var filter =
        Arrays.stream(Cause.values())
            .filter(Cause::isBeforeSending)
            .map(Cause::name)
            .collect(
                Collectors.joining(
                    ", ",
                    "kind = exchange and verdict in (OBSERVE, TUNNEL) and failure in (",
                    ")"));
    return counts(
            new Selection(asked.tenant(), asked.fromNanos(), asked.toNanos(), filter), "failure")
        .values()
        .stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private static String sentence(long intercepted, long left, @Nullable Object way) {
    var out = way instanceof Map<?, ?> map ? map : Map.of();
    return "%d intercepted, %d left; %s look-ups, %s connects since the start"
        .formatted(
            intercepted,
            left,
            out.containsKey("look_ups") ? out.get("look_ups") : "no",
            out.containsKey("connects") ? out.get("connects") : "no");
  }

  private Map<String, Long> counts(Selection selection, String by) throws RefusedException {
    var counts = new LinkedHashMap<String, Long>();
    for (Group group : events.top(selection, by, "events", GROUPS_MAX).groups()) {
      var value = group.value();
      counts.merge(
          value == null ? "unknown" : value.toLowerCase(Locale.ROOT),
          group.amount().longValueExact(),
          Long::sum);
    }
    return counts;
  }

  private List<Map<String, @Nullable Object>> identifiers(String tenant) {
    return inventory
        .get()
        .map(keeper -> keeper.snapshot().of(tenant).products())
        .orElse(List.of())
        .stream()
        .flatMap(
            product ->
                product.fields().stream()
                    .filter(field -> field.identifier() != Identifier.NONE)
                    .map(field -> identifier(product, field)))
        .toList();
  }

  private static Map<String, @Nullable Object> identifier(SeenProduct product, SeenField field) {
    return Json.object(
        "product", product.product(),
        "version", product.version(),
        "field", field.key(),
        "identifies", field.identifier().name().toLowerCase(Locale.ROOT),
        "values", field.values(),
        "example", field.example());
  }

  private static String page(Map<String, @Nullable Object> report) {
    var page = new StringBuilder();
    page.append(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Penstock: evidence</title>
        <link rel="stylesheet" href="/docs/docs.css">
        </head>
        <body>
        <main>
        <h1>What was sent home</h1>
        """);
    page.append("<p><strong>")
        .append(Html.escaped(report.get("sentence")))
        .append("</strong></p>\n");
    page.append("<p>Tenant ").append(Html.escaped(report.get("tenant")));
    page.append(", from ").append(Html.escaped(report.get("from")));
    page.append(" to ").append(Html.escaped(report.get("to"))).append(".</p>\n");
    page.append("<p>").append(Html.escaped(report.get("standard"))).append("</p>\n");
    table(page, "Verdicts", report.get("verdicts"));
    table(page, "Products", report.get("products"));
    table(page, "Hosts", report.get("hosts"));
    page.append("<h2>Identifiers</h2>\n<table>\n<tr><th>product</th><th>version</th>");
    page.append("<th>field</th><th>identifies</th><th>values</th><th>example</th></tr>\n");
    for (var row : report.get("identifiers") instanceof List<?> all ? all : List.of()) {
      page.append("<tr>");
      for (var cell : row instanceof Map<?, ?> map ? map.values() : List.of()) {
        page.append("<td>").append(Html.escaped(cell)).append("</td>");
      }
      page.append("</tr>\n");
    }
    return page.append("</table>\n</main>\n</body>\n</html>\n").toString();
  }

  private static void table(StringBuilder page, String title, @Nullable Object counts) {
    page.append("<h2>").append(title).append("</h2>\n<table>\n");
    for (var entry : counts instanceof Map<?, ?> map ? map.entrySet() : Map.of().entrySet()) {
      page.append("<tr><td>").append(Html.escaped(entry.getKey())).append("</td><td>");
      page.append(Html.escaped(entry.getValue())).append("</td></tr>\n");
    }
    page.append("</table>\n");
  }
}
