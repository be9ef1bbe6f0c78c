package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.filter.Field;
import io.penstock.filter.FilterParser;
import io.penstock.filter.FilterParser.Parsed;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Helps to write a filter: its fields, their values, and whether it is good. */
public final class FilterResource implements Resource {

  private static final long DAY_NANOS = 86_400_000_000_000L;
  private static final int VALUES_MAX = 100;
  private static final int PREFIX_LENGTH_MAX = 200;

  private final EventQueries events;
  private final InstantSource clock;

  public FilterResource(EventQueries events, InstantSource clock) {
    this.events = events;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_requests");
    return List.of(
        new Route("GET", "/v1/events/fields", readers, FilterResource::fields),
        StoreQuestion.route("/v1/events/values", readers, this::values),
        new Route("GET", "/v1/events/check", readers, FilterResource::check));
  }

  private static Answer fields(Request request) {
    return Answer.json(
        Json.object("fields", Arrays.stream(Field.values()).map(FilterResource::field).toList()));
  }

  private static Map<String, @Nullable Object> field(Field field) {
    return Json.object(
        "name",
        field.title(),
        "aliases",
        field.aliases(),
        "kind",
        field.kind().name().toLowerCase(Locale.ROOT),
        "operators",
        field.kind().operators(),
        "description",
        field.description(),
        "codes",
        field.codes().isEmpty() ? null : field.codes(),
        "ends",
        field.hasTwoEnds() ? field.ends().stream().map(Field::title).toList() : List.of(),
        "groupable",
        field.isGroupable());
  }

  private Answer values(Request request) throws RefusedException {
    var field =
        request
            .query("field")
            .orElseThrow(() -> Refusal.invalidParameter("query", "field", "Field required", ""));
    var prefix = request.query("prefix").orElse("");
    if (prefix.length() > PREFIX_LENGTH_MAX) {
      throw Refusal.invalidParameter(
          "query", "prefix", "Input should have at most " + PREFIX_LENGTH_MAX + " characters", "");
    }
    int limit = (int) request.queryLong("limit", 20, 1, VALUES_MAX);
    var selection = Selections.of(request, DAY_NANOS, clock.instant());
    var found = events.values(selection, field, prefix, limit);
    return Answer.json(
        Json.object(
            "field",
            found.field(),
            "values",
            found.values().stream()
                .map(value -> Json.object("value", value.text(), "events", value.events()))
                .toList(),
            "complete",
            found.isComplete()));
  }

  private static Answer check(Request request) {
    var text = request.query("filter").orElse("");
    if (text.isBlank()) {
      return Answer.json(Json.object("ok", true, "canonical", ""));
    }
    return switch (FilterParser.parse(text)) {
      case Parsed.Accepted(var filter) ->
          Answer.json(Json.object("ok", true, "canonical", filter.toString()));
      case Parsed.Rejected(var position, var message, var hint) ->
          Answer.json(
              400,
              Json.object(
                  "error", "bad_filter", "detail", message, "position", position, "hint", hint));
    };
  }
}
