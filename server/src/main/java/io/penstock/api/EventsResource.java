package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.api.EventQueries.Selection;
import io.penstock.enrich.RiskPart;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Nanos;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads events back: downloads, pages, rankings, series, and one by one. */
public final class EventsResource implements Resource {

  private static final int DOWNLOAD_MAX = 50_000;
  private static final int PAGE_MAX = 1_000;

  /** An answer that is made in memory ends here, even when more events were asked for. */
  private static final long RECENT_EXTRA_BYTES_MAX = 4 << 20;

  private static final int TOP_MAX = 1_000;
  private static final int SERIES_MAX = 100;

  /** How far from where its hint says an event is looked for before it is everywhere. */
  private static final long HINT_NANOS = 60_000_000_000L;

  /** The year 2200: what is beyond is no time. */
  private static final long ID_MILLIS_MAX = 7_258_118_400_000L;

  private static final long DAY_NANOS = 86_400_000_000_000L;

  private final EventQueries events;
  private final Function<Event, List<RiskPart>> riskParts;
  private final InstantSource clock;

  /**
   * @param riskParts what an event's risk is made of
   */
  public EventsResource(
      EventQueries events, Function<Event, List<RiskPart>> riskParts, InstantSource clock) {
    this.events = events;
    this.riskParts = riskParts;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_requests");
    return List.of(
        StoreQuestion.route("/v1/download/json", readers, this::downloadNewest),
        StoreQuestion.route("/v1/download", readers, this::downloadDay),
        StoreQuestion.route("/v1/events/recent", readers, this::recent),
        StoreQuestion.route("/v1/events", readers, this::page),
        StoreQuestion.route("/v1/events/top", readers, this::top),
        StoreQuestion.route("/v1/events/series", readers, this::series),
        StoreQuestion.route("/v1/events/{id}", readers, this::one));
  }

  private Answer downloadNewest(Request request) throws RefusedException {
    int limit = (int) request.queryLong("limit", 10_000, 1, DOWNLOAD_MAX);
    var found = events.newest(request.tenant(), limit);
    String name = "telemetry-" + clock.instant().getEpochSecond() + ".ndjson";
    return Answer.stream("application/x-ndjson", new Lines(request.tenant(), null, found))
        .with("Content-Disposition", "attachment; filename=" + name);
  }

  private Answer downloadDay(Request request) throws RefusedException, IOException {
    var date = date(request);
    var found = events.day(request.tenant(), date);
    var first = found.next();
    if (first.isEmpty()) {
      return Answer.json(
          Json.object(
              "error", "No data found for date",
              "detail", "No data found for date",
              "date", date.toString()));
    }
    return Answer.stream("application/x-ndjson", new Lines(request.tenant(), first.get(), found))
        .with("Content-Disposition", "attachment; filename=events-" + date + ".ndjson");
  }

  private LocalDate date(Request request) {
    var text = request.query("date");
    if (text.isEmpty()) {
      return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
    try {
      return LocalDate.parse(text.get());
    } catch (DateTimeException e) {
      throw Refusal.invalidParameter(
          "query", "date", "Input should be a date as YYYY-MM-DD", text.get());
    }
  }

  /** Events as lines of JSON; the first one may have been looked at before. */
  private record Lines(String tenant, @Nullable Event first, EventQueries.Stream rest)
      implements Answer.Body {

    @Override
    public void writeTo(OutputStream out) throws IOException {
      try (var buffered = new BufferedOutputStream(out, 64 * 1024)) {
        if (first != null) {
          line(buffered, first);
        }
        for (var event = rest.next(); event.isPresent(); event = rest.next()) {
          line(buffered, event.get());
        }
      }
    }

    private void line(OutputStream out, Event event) throws IOException {
      out.write(EventJson.write(tenant, event));
      out.write('\n');
    }
  }

  private Answer recent(Request request) throws RefusedException, IOException {
    int limit = (int) request.queryLong("limit", 100, 1, PAGE_MAX);
    var newest = new ArrayList<Event>();
    var found = events.newest(request.tenant(), limit);
    long extraBytes = 0;
    for (var event = found.next(); event.isPresent(); event = found.next()) {
      newest.add(event.get());
      extraBytes += event.get().extra().length;
      if (extraBytes >= RECENT_EXTRA_BYTES_MAX) {
        break;
      }
    }
    return Answer.json(
        Json.object(
            "events", documents(request.tenant(), newest.reversed()), "count", newest.size()));
  }

  private Answer page(Request request) throws RefusedException {
    var page =
        events.page(
            Selections.of(request, 0, clock.instant()),
            (int) request.queryLong("limit", 100, 1, PAGE_MAX),
            request.query("cursor").orElse(null));
    return Answer.json(
        Json.object(
            "events", documents(request.tenant(), page.events()),
            "count", page.events().size(),
            "next_cursor", page.next()));
  }

  private static List<Json.Raw> documents(String tenant, List<Event> events) {
    return events.stream()
        .map(event -> new String(EventJson.write(tenant, event), StandardCharsets.UTF_8))
        .map(Json.Raw::new)
        .toList();
  }

  private Answer one(Request request) throws RefusedException {
    var id = uuid(request.pathParameter("id"));
    var at = request.query("at");
    var hint = at.isEmpty() ? receivedMillis(id) : Times.parse(at.get(), clock.instant());
    if (at.isPresent() && hint.isEmpty()) {
      throw Selections.noTime("at", at.get());
    }
    var found = List.<Event>of();
    if (hint.isPresent()) {
      long around = hint.getAsLong();
      found = find(request.tenant(), id, around - HINT_NANOS, around + HINT_NANOS);
    }
    if (found.isEmpty()) {
      found = find(request.tenant(), id, 0, Long.MAX_VALUE);
    }
    if (found.isEmpty()) {
      return Answer.problem(404, "not_found", "No event has this id");
    }
    var event = found.getFirst();
    return Answer.json(
        Json.object(
            "event",
            documents(request.tenant(), found).getFirst(),
            "risk_parts",
            riskParts.apply(event).stream()
                .map(part -> Json.object("reason", part.reason(), "points", part.points()))
                .toList()));
  }

  private List<Event> find(String tenant, UUID id, long fromNanos, long toNanos)
      throws RefusedException {
    var selection = new Selection(tenant, fromNanos, toNanos, "id = \"" + id + '"');
    return events.page(selection, 1, null).events();
  }

  /**
   * The ids that are given out here begin with the milliseconds of their receipt; those that are
   * made of a key and a body, and those of other systems, begin with anything.
   */
  private static OptionalLong receivedMillis(UUID id) {
    long millis = id.getMostSignificantBits() >>> 16;
    return millis < ID_MILLIS_MAX ? OptionalLong.of(millis * 1_000_000) : OptionalLong.empty();
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException _) {
      throw Refusal.invalidParameter("path", "id", "Input should be a UUID", text);
    }
  }

  private Answer top(Request request) throws RefusedException {
    String by = request.query("by").orElse("src_ip");
    String metric = request.query("metric").orElse("bytes");
    int limit = (int) request.queryLong("limit", 10, 1, TOP_MAX);
    var ranking = events.top(Selections.of(request, DAY_NANOS, clock.instant()), by, metric, limit);
    return Answer.json(
        Json.object(
            "by",
            by,
            "fields",
            ranking.fields(),
            "metric",
            metric,
            "items",
            ranking.groups().stream().map(group -> item(group, metric)).toList(),
            "total",
            AmountJson.of(ranking.total()),
            "other",
            AmountJson.of(ranking.other())));
  }

  private static Map<String, @Nullable Object> item(EventQueries.Group group, String metric) {
    var item = Json.object("value", group.value(), "values", group.values());
    item.putAll(AmountJson.of(group.amounts()));
    item.put(metric, AmountJson.of(group.amount()));
    return item;
  }

  private Answer series(Request request) throws RefusedException {
    var by = request.query("by").orElse(null);
    String metric = request.query("metric").orElse("bytes");
    var step = step(request);
    int limit = (int) request.queryLong("limit", 10, 1, SERIES_MAX);
    var selection = untilNow(Selections.of(request, DAY_NANOS, clock.instant()));
    var found = events.series(selection, by, metric, step, limit);
    return Answer.json(
        Json.object(
            "by",
            by,
            "fields",
            found.fields(),
            "metric",
            metric,
            "step_seconds",
            step.toSeconds(),
            "from",
            selection.fromNanos() <= 0 ? null : (Object) (selection.fromNanos() / 1_000_000),
            "to",
            selection.toNanos() / 1_000_000,
            "series",
            found.series().stream().map(EventsResource::series).toList()));
  }

  private static Map<String, @Nullable Object> series(EventQueries.Series series) {
    boolean isOne = series.values().isEmpty();
    return Json.object(
        "value",
        series.isOther() ? "(other)" : isOne ? null : series.values().getFirst(),
        "values",
        series.values(),
        "other",
        series.isOther(),
        "points",
        series.points().stream()
            .map(point -> List.of(point.atMillis(), AmountJson.of(point.amount())))
            .toList());
  }

  /** A series has a point for every step up to its end, so it needs one. */
  private Selection untilNow(Selection open) {
    return open.toNanos() == Long.MAX_VALUE
        ? new Selection(
            open.tenant(), open.fromNanos(), Nanos.of(clock.instant()) + 1, open.filter())
        : open;
  }

  private static Duration step(Request request) {
    var text = request.query("step").orElse("60s").toLowerCase(Locale.ROOT);
    var step = Times.duration(text.matches("\\d{1,9}") ? text + "s" : text);
    if (step.isEmpty() || step.get().toSeconds() < 1) {
      throw Refusal.invalidParameter(
          "query",
          "step",
          "Input should be a length of time like 30s, 5m, 1h or 1d, or seconds",
          text);
    }
    return step.get();
  }
}
