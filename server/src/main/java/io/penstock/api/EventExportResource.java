package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Events as files, written as they are read: in constant memory, however many they are. */
public final class EventExportResource implements Resource {

  private static final int EVENTS_MAX = 1_000_000;
  private static final int COLUMNS_MAX = 200;
  private static final int COLUMNS_LENGTH_MAX = 4_000;

  /** Deeper than what is taken in. */
  private static final int DEPTH_MAX = 100;

  private static final int BUFFER_BYTES = 64 * 1024;

  /** What most people look for in a table; every other member can be asked for. */
  private static final List<String> COLUMNS =
      List.of(
          "id",
          "kind",
          "type",
          "received",
          "start",
          "end",
          "exporter",
          "client_ip",
          "src_ip",
          "src_port",
          "dst_ip",
          "dst_port",
          "protocol",
          "bytes",
          "packets",
          "reverse_bytes",
          "reverse_packets",
          "sampling_rate",
          "src_geo.country",
          "dst_geo.country",
          "src_asn.asn",
          "src_asn.org",
          "dst_asn.asn",
          "dst_asn.org",
          "threat.matched",
          "network_direction",
          "risk_score",
          "exchange.product",
          "exchange.verdict",
          "exchange.method",
          "exchange.host",
          "exchange.path",
          "exchange.status");

  private final EventQueries events;
  private final InstantSource clock;

  public EventExportResource(EventQueries events, InstantSource clock) {
    this.events = events;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        StoreQuestion.route("/v1/events/export", Access.scopes("read_requests"), this::export));
  }

  private Answer export(Request request) throws RefusedException {
    var format = request.query("format").orElse("csv");
    int limit = (int) request.queryLong("limit", 100_000, 1, EVENTS_MAX);
    var columns = columns(request);
    if (!format.equals("csv") && !format.equals("ndjson")) {
      throw Refusal.invalidParameter("query", "format", "Input should be csv or ndjson", format);
    }
    var found = events.stream(Selections.of(request, 0, clock.instant()), limit);
    var tenant = request.tenant();
    var answer =
        format.equals("csv")
            ? Answer.stream(
                "text/csv; charset=utf-8",
                out -> csv(tenant, found, columns == null ? COLUMNS : columns, out))
            : Answer.stream("application/x-ndjson", out -> lines(tenant, found, columns, out));
    return answer.with(
        "Content-Disposition",
        "attachment; filename=events-" + clock.instant().getEpochSecond() + "." + format);
  }

  /** The members that were asked for; null when none were. */
  private static @Nullable List<String> columns(Request request) {
    var text = request.query("columns");
    if (text.isEmpty()) {
      return null;
    }
    var columns = List.of(text.get().split(",", -1));
    boolean isFine =
        text.get().length() <= COLUMNS_LENGTH_MAX
            && columns.size() <= COLUMNS_MAX
            && columns.stream().noneMatch(String::isBlank);
    if (!isFine) {
      throw Refusal.invalidParameter(
          "query",
          "columns",
          "Input should be at most %d names with commas between, %d characters in all"
              .formatted(COLUMNS_MAX, COLUMNS_LENGTH_MAX),
          text.get().substring(0, Math.min(100, text.get().length())));
    }
    return columns.stream().map(String::strip).distinct().toList();
  }

  private static void csv(
      String tenant, EventQueries.Stream found, List<String> columns, OutputStream to)
      throws IOException {
    var paths = columns.stream().map(Path::of).toList();
    try (var out = new BufferedOutputStream(to, BUFFER_BYTES)) {
      line(out, columns.stream().map(Csv::cell).collect(Collectors.joining(",")) + '\r');
      for (var event = found.next(); event.isPresent(); event = found.next()) {
        var document = document(tenant, event.get());
        line(
            out,
            paths.stream()
                    .map(path -> Csv.cell(cell(path.in(document))))
                    .collect(Collectors.joining(","))
                + '\r');
      }
    }
  }

  /** A text as a text, a number as a number, what has parts as JSON. */
  private static Object cell(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case String text -> text;
      case Number number -> number;
      default -> Json.text(value);
    };
  }

  private static void lines(
      String tenant, EventQueries.Stream found, @Nullable List<String> columns, OutputStream to)
      throws IOException {
    var paths = columns == null ? null : columns.stream().map(Path::of).toList();
    try (var out = new BufferedOutputStream(to, BUFFER_BYTES)) {
      for (var event = found.next(); event.isPresent(); event = found.next()) {
        if (paths == null) {
          out.write(EventJson.write(tenant, event.get()));
          out.write('\n');
          continue;
        }
        var document = document(tenant, event.get());
        var row = Json.object();
        paths.forEach(path -> row.put(path.name, path.in(document)));
        line(out, Json.text(row));
      }
    }
  }

  private static void line(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.write('\n');
  }

  private static @Nullable Object document(String tenant, Event event) throws IOException {
    try {
      return JsonTree.parse(EventJson.write(tenant, event), DEPTH_MAX);
    } catch (MalformedJsonException e) {
      throw new IOException("an event is no JSON", e);
    }
  }

  /** A member of an event, or a member of a member: {@code src_geo.country}. */
  private record Path(String name, List<String> steps) {

    private static final Pattern DOT = Pattern.compile("\\.");

    static Path of(String name) {
      return new Path(name, List.of(DOT.split(name, -1)));
    }

    @Nullable Object in(@Nullable Object document) {
      if (document instanceof Map<?, ?> whole && whole.containsKey(name)) {
        return whole.get(name);
      }
      var at = document;
      for (var step : steps) {
        at = at instanceof Map<?, ?> map ? map.get(step) : null;
      }
      return at;
    }
  }
}
