package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.api.EventQueries.Selection;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Nanos;
import io.penstock.exchange.Exchange;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.journal.ExchangeReader;
import io.penstock.journal.Har;
import io.penstock.journal.TelemetryFile;
import io.penstock.json.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.jspecify.annotations.Nullable;

/** Reads intercepted exchanges back, with what their profile says of them, and exports them. */
public final class ExchangesResource implements Resource {

  private static final int PAGE_MAX = 500;
  private static final int EXPORT_MAX = 50_000;
  private static final int EXPORT_PAGE = 200;

  /** What a cell of a spreadsheet holds. */
  private static final int CELL_MAX = 32_767;

  private static final String EXCHANGES = "kind = exchange";

  private static final List<String> COLUMNS =
      List.of(
          "time",
          "product",
          "verdict",
          "rule",
          "method",
          "url",
          "status",
          "client",
          "user_agent",
          "request_bytes",
          "response_bytes",
          "duration_ms",
          "upstream",
          "failure");

  private final EventQueries events;
  private final ExchangeReader reader;
  private final Function<Exchange, Map<String, @Nullable Object>> explain;
  private final String version;
  private final InstantSource clock;

  /**
   * @param explain what is known of an exchange and of what it carries, as JSON
   * @param version of this server, for archives
   */
  public ExchangesResource(
      EventQueries events,
      ExchangeReader reader,
      Function<Exchange, Map<String, @Nullable Object>> explain,
      String version,
      InstantSource clock) {
    this.events = events;
    this.reader = reader;
    this.explain = explain;
    this.version = version;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_requests");
    return List.of(
        StoreQuestion.route("/v1/exchanges", readers, this::page),
        StoreQuestion.route("/v1/exchanges/{id}", readers, this::one),
        StoreQuestion.route("/v1/exchanges/export/{format}", readers, this::export));
  }

  private Answer page(Request request) throws RefusedException {
    int limit = (int) request.queryLong("limit", 50, 1, PAGE_MAX);
    var cursor = request.query("cursor").orElse(null);
    var page = page(selection(request), limit, cursor);
    return Answer.json(
        Json.object(
            "exchanges",
            page.events().stream().map(event -> document(request.tenant(), event)).toList(),
            "count",
            page.events().size(),
            "next_cursor",
            page.next()));
  }

  private Selection selection(Request request) {
    var asked = Selections.of(request, 0, clock.instant());
    var filter = asked.filter();
    return new Selection(
        asked.tenant(),
        asked.fromNanos(),
        asked.toNanos(),
        filter == null || filter.isBlank() ? EXCHANGES : EXCHANGES + " and (" + filter + ")");
  }

  /** A page; a fault in the caller's part of the filter is told where the caller wrote it. */
  private EventQueries.Page page(Selection selection, int limit, @Nullable String cursor)
      throws RefusedException {
    try {
      return events.page(selection, limit, cursor);
    } catch (RefusedException refused) {
      int before = EXCHANGES.length() + " and (".length();
      throw refused.position() < before
          ? refused
          : new RefusedException(
              refused.reason(), refused.explanation(), refused.position() - before);
    }
  }

  private Answer one(Request request) throws RefusedException {
    var id = request.pathParameter("id");
    var selection =
        new Selection(
            request.tenant(), 0, Long.MAX_VALUE, EXCHANGES + " and id = \"" + uuid(id) + "\"");
    var found = events.page(selection, 1, null).events();
    return found.isEmpty()
        ? Answer.problem(404, "not_found", "No exchange has this id")
        : Answer.json(document(request.tenant(), found.getFirst()));
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException _) {
      throw Refusal.invalidParameter("path", "id", "Input should be a UUID", text);
    }
  }

  private Map<String, @Nullable Object> document(String tenant, Event event) {
    var document =
        Json.object(
            "event",
            new Json.Raw(new String(EventJson.write(tenant, event), StandardCharsets.UTF_8)));
    try {
      reader
          .read(tenant, event)
          .ifPresent(exchange -> document.put("explanation", explain.apply(exchange)));
    } catch (IllegalStateException e) {
      // Encrypted with a key that this server does not have: the event still says who and when.
      document.put("problem", e.getMessage());
    }
    return document;
  }

  private Answer export(Request request) throws RefusedException {
    var selection = selection(request);
    int limit = (int) request.queryLong("limit", 10_000, 1, EXPORT_MAX);
    var pages = new Pages(selection, limit);
    pages.fetch();
    var format = request.pathParameter("format");
    var answer =
        switch (format) {
          case "har" -> Answer.stream("application/json", out -> har(pages, out));
          case "ndjson" -> Answer.stream("application/x-ndjson", out -> ndjson(pages, out));
          case "csv" -> Answer.stream("text/csv; charset=utf-8", out -> csv(pages, out));
          case "xlsx" ->
              Answer.stream(
                  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                  out -> xlsx(pages, out));
          case "telemetry" -> Answer.stream("application/zip", out -> files(pages, out));
          default ->
              throw Refusal.invalidParameter(
                  "path", "format", "Input should be har, ndjson, csv, xlsx or telemetry", format);
        };
    var ending = format.equals("telemetry") ? "zip" : format;
    return answer.with(
        "Content-Disposition",
        "attachment; filename=exchanges-" + clock.instant().getEpochSecond() + "." + ending);
  }

  /** The exchanges of an export, fetched page by page, newest first. For one thread. */
  private final class Pages {
    private final Selection selection;
    private int left;
    private List<Event> page = List.of();
    private int at;
    private @Nullable String next;
    private boolean isBegun;

    private Pages(Selection selection, int limit) {
      this.selection = selection;
      this.left = limit;
    }

    /** The first page, so that what is wrong with the question is told before the answer begins. */
    private void fetch() throws RefusedException {
      var found = ExchangesResource.this.page(selection, Math.min(left, EXPORT_PAGE), next);
      page = found.events();
      next = found.next();
      at = 0;
      isBegun = true;
    }

    private @Nullable Event next() throws IOException {
      if (at == page.size() && next != null && left > 0 && isBegun) {
        try {
          fetch();
        } catch (RefusedException e) {
          throw new IOException(e.explanation(), e);
        }
      }
      if (at == page.size() || left == 0) {
        return null;
      }
      left--;
      return page.get(at++);
    }

    private @Nullable Exchange nextExchange() throws IOException {
      for (var event = next(); event != null; event = next()) {
        try {
          var read = reader.read(selection.tenant(), event);
          if (read.isPresent()) {
            return read.get();
          }
        } catch (IllegalStateException e) {
          throw new IOException(e.getMessage(), e);
        }
      }
      return null;
    }
  }

  private void har(Pages pages, OutputStream to) throws IOException {
    var out = new OutputStreamWriter(to, StandardCharsets.UTF_8);
    out.write(Har.head(version));
    var separator = "";
    for (var one = pages.nextExchange(); one != null; one = pages.nextExchange()) {
      out.write(separator);
      out.write(Har.entry(one));
      separator = ",\n";
    }
    out.write(Har.foot());
    out.flush();
  }

  private void ndjson(Pages pages, OutputStream to) throws IOException {
    var out = new BufferedOutputStream(to, 64 * 1024);
    for (var event = pages.next(); event != null; event = pages.next()) {
      out.write(EventJson.write(pages.selection.tenant(), event));
      out.write('\n');
    }
    out.flush();
  }

  private static void csv(Pages pages, OutputStream to) throws IOException {
    var out = new OutputStreamWriter(to, StandardCharsets.UTF_8);
    out.write(String.join(",", COLUMNS) + "\r\n");
    for (var one = pages.nextExchange(); one != null; one = pages.nextExchange()) {
      out.write(String.join(",", cells(one).stream().map(Csv::cell).toList()));
      out.write("\r\n");
    }
    out.flush();
  }

  private void xlsx(Pages pages, OutputStream to) throws IOException {
    try (var book = new Workbook(to, "Penstock", null)) {
      var sheet = book.newWorksheet("exchanges");
      for (int column = 0; column < COLUMNS.size(); column++) {
        sheet.value(0, column, COLUMNS.get(column));
      }
      int row = 1;
      for (var one = pages.nextExchange(); one != null; one = pages.nextExchange()) {
        var cells = cells(one);
        for (int column = 0; column < cells.size(); column++) {
          cell(sheet, row, column, cells.get(column));
        }
        row++;
      }
    }
  }

  private static void cell(Worksheet sheet, int row, int column, Object cell) {
    if (cell instanceof Number number) {
      sheet.value(row, column, number);
      return;
    }
    var text = cell.toString();
    sheet.value(row, column, text.length() > CELL_MAX ? text.substring(0, CELL_MAX) : text);
  }

  private static List<Object> cells(Exchange exchange) {
    var request = exchange.request();
    var response = exchange.response();
    var upstream = exchange.upstream();
    var failure = exchange.failure();
    var cells = new ArrayList<Object>();
    cells.add(Nanos.instant(exchange.began()).toString());
    cells.add(orEmpty(exchange.product()));
    cells.add(exchange.verdict().name().toLowerCase(Locale.ROOT));
    cells.add(exchange.rule());
    cells.add(request.method());
    cells.add(request.url());
    cells.add(response == null ? "" : (Object) response.status());
    cells.add(exchange.client().ip().toString());
    cells.add(request.headers().first("user-agent").orElse(""));
    cells.add(request.body().length());
    cells.add(response == null ? 0L : response.body().length());
    cells.add((exchange.ended() - exchange.began()) / 1e6);
    cells.add(upstream == null ? "" : upstream.address());
    cells.add(failure == null ? "" : failure.cause().name().toLowerCase(Locale.ROOT));
    return cells;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /**
   * The files as the Cribl interceptor wrote them; two of one microsecond have names of their own.
   */
  private static void files(Pages pages, OutputStream to) throws IOException {
    var names = new HashSet<String>();
    try (var zip = new ZipOutputStream(to, StandardCharsets.UTF_8)) {
      for (var one = pages.nextExchange(); one != null; one = pages.nextExchange()) {
        var name = TelemetryFile.name(one);
        for (int i = 2; !names.add(name); i++) {
          name = TelemetryFile.name(one).replace(".json", "-" + i + ".json");
        }
        zip.putNextEntry(new ZipEntry(name));
        zip.write(TelemetryFile.text(one).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
  }
}
