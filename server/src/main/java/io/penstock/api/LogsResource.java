package io.penstock.api;

import io.penstock.control.Tenant;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.EventStream;
import io.penstock.http.LiveStreams;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.http.Tickets;
import io.penstock.json.Json;
import io.penstock.logs.LogEntry;
import io.penstock.logs.LogRing;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the server said lately. A line that concerns a tenant is shown to that tenant's readers; an
 * admin of the default tenant sees every line, those of the server itself included, and {@code
 * tenant=} narrows.
 */
public final class LogsResource implements Resource {

  private static final int LINES_MAX = 10_000;
  private static final int STEP = 200;

  /** Earlier lines that a stream begins with unless the client asks for others. */
  private static final int STREAM_FIRST = 1_000;

  private static final DateTimeFormatter FILE_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

  private final LogRing ring;
  private final LiveStreams streams;
  private final Tickets tickets;
  private final InstantSource clock;

  /** Tells the lines of this run from those that a client saw of an earlier one. */
  private final String run;

  public LogsResource(LogRing ring, LiveStreams streams, Tickets tickets, InstantSource clock) {
    this.ring = ring;
    this.streams = streams;
    this.tickets = tickets;
    this.clock = clock;
    this.run = Long.toString(clock.millis(), Character.MAX_RADIX);
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_requests");
    return List.of(
        new Route("GET", "/v1/logs", readers, this::list),
        new Route("GET", "/v1/logs/tail", readers, this::tail),
        new Route("GET", "/v1/logs/download", readers, this::download),
        new Route("POST", "/v1/logs/ticket", readers, this::ticket),
        new Route(
            "GET", "/v1/logs/stream", Access.stream(tickets, true, "read_requests"), this::stream));
  }

  /** What the caller may see, and of that what it asks for. */
  private Predicate<LogEntry> selection(Request request) {
    var level = level(request);
    var trace = request.query("trace_id").orElse(null);
    var endpoint = request.query("endpoint").orElse(null);
    var since = Times.since(request, "since", clock.instant()).orElse(null);
    return visible(request)
        .and(entry -> level == null || entry.level().equals(level))
        .and(entry -> trace == null || trace.equals(entry.traceId()))
        .and(entry -> endpoint == null || contains(entry.path(), endpoint))
        .and(entry -> since == null || !entry.at().isBefore(since));
  }

  private static Predicate<LogEntry> visible(Request request) {
    var own = request.tenant();
    boolean isOperator = request.principal().isAdmin() && own.equals(Tenant.DEFAULT);
    var wanted = request.query("tenant").orElse(null);
    if (isOperator) {
      return entry -> wanted == null || wanted.equals(entry.tenant());
    }
    return entry -> own.equals(entry.tenant()) && (wanted == null || wanted.equals(own));
  }

  private static boolean contains(@Nullable String path, String part) {
    return path != null && path.contains(part);
  }

  private static @Nullable String level(Request request) {
    var text = request.query("level").orElse(null);
    if (text == null) {
      return null;
    }
    return switch (text.toUpperCase(Locale.ROOT)) {
      case "ERROR", "CRITICAL" -> "ERROR";
      case "WARN", "WARNING" -> "WARN";
      case "INFO" -> "INFO";
      case "DEBUG" -> "DEBUG";
      case "TRACE" -> "TRACE";
      default ->
          throw Refusal.invalidParameter(
              "query", "level", "Input should be error, warn, info, debug or trace", text);
    };
  }

  /** The latest lines that were asked for, the oldest first. */
  private List<LogEntry> newest(Request request, int limit) {
    return newest(ring.entries(), selection(request), limit);
  }

  private static List<LogEntry> newest(
      List<LogEntry> entries, Predicate<LogEntry> test, int limit) {
    var found = new ArrayList<LogEntry>();
    for (var entry : entries.reversed()) {
      if (found.size() == limit) {
        break;
      }
      if (test.test(entry)) {
        found.add(entry);
      }
    }
    return found.reversed();
  }

  private Answer list(Request request) {
    int limit = (int) request.queryLong("limit", 1_000, 1, LINES_MAX);
    var found = newest(request, limit);
    return Answer.json(
        Json.object(
            "logs", found.stream().map(entry -> new Json.Raw(entry.json())).toList(),
            "count", found.size(),
            "since", request.query("since").orElse(null),
            "limit", limit,
            "filters",
                Json.object(
                    "level", request.query("level").orElse(null),
                    "trace_id", request.query("trace_id").orElse(null),
                    "endpoint", request.query("endpoint").orElse(null))));
  }

  private Answer tail(Request request) {
    int most = (int) request.queryLong("max_bytes", 50_000, 1_000, 1_000_000);
    var format = request.query("format").orElse("text");
    if (!format.equals("text") && !format.equals("json")) {
      throw Refusal.invalidParameter("query", "format", "Input should be text or json", format);
    }
    var lines = new ArrayList<String>();
    int bytes = 0;
    for (var entry : newest(request, LINES_MAX).reversed()) {
      var line = text(entry);
      int length = line.getBytes(StandardCharsets.UTF_8).length + 1;
      if (bytes + length > most) {
        break;
      }
      bytes += length;
      lines.add(line);
    }
    var newestLast = lines.reversed();
    if (format.equals("json")) {
      return Answer.json(Json.object("lines", newestLast, "total_bytes", bytes));
    }
    var text = new StringBuilder(bytes);
    newestLast.forEach(line -> text.append(line).append('\n'));
    return Answer.of(
        200, "text/plain; charset=utf-8", text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** A line of the tail: nothing in it can end it, or speak to a terminal. */
  private static String text(LogEntry entry) {
    var line = new StringBuilder(120);
    line.append(entry.at()).append(" [").append(entry.level()).append("] ");
    entry.message().chars().forEach(c -> line.append(Character.isISOControl(c) ? ' ' : (char) c));
    if (entry.traceId() != null) {
      line.append(" (trace_id: ").append(entry.traceId()).append(')');
    }
    return line.toString();
  }

  private Answer download(Request request) {
    int limit = (int) request.queryLong("limit", 1_000, 1, LINES_MAX);
    var found = newest(request, limit);
    Answer.Body body =
        out -> {
          try (var buffered = new BufferedOutputStream(out, 64 * 1024)) {
            for (var entry : found) {
              buffered.write(entry.json().getBytes(StandardCharsets.UTF_8));
              buffered.write('\n');
            }
          }
        };
    var name = "telemetry-logs-" + FILE_TIME.format(clock.instant()) + ".jsonl";
    return Answer.stream("application/jsonl", body)
        .with("Content-Disposition", "attachment; filename=" + name);
  }

  /** A ticket for the caller's key and tenant, good for one of the streams. */
  private Answer ticket(Request request) {
    return tickets
        .issue(request.caller())
        .<Answer>map(
            ticket ->
                Answer.json(
                    201, Json.object("ticket", ticket, "expires_in", Tickets.LIFE.toSeconds())))
        .orElseGet(
            () ->
                Answer.problem(429, "too_many_tickets", "Too many tickets that were not used")
                    .with("Retry-After", Long.toString(Tickets.LIFE.toSeconds())));
  }

  private Answer stream(Request request) {
    var test = selection(request);
    int first = (int) request.queryLong("limit", STREAM_FIRST, 0, LINES_MAX);
    long seen = seen(request, test, first);
    return streams.open(request, () -> new Live(test, seen));
  }

  /** Number of the line behind which a stream begins. */
  private long seen(Request request, Predicate<LogEntry> test, int first) {
    var id = request.lastEventId().orElse("");
    if (id.startsWith(run + "-")) {
      try {
        return Math.min(Long.parseLong(id.substring(run.length() + 1)), ring.last());
      } catch (NumberFormatException notOurs) {
        // Not an id that we gave: begins like a client that saw nothing.
      }
    }
    var entries = ring.entries();
    var shown = newest(entries, test, first);
    if (!shown.isEmpty()) {
      return shown.getFirst().number() - 1;
    }
    return entries.isEmpty() ? ring.last() : entries.getLast().number();
  }

  /** One client's way along the log. */
  private final class Live implements LiveStreams.Telling<EventStream> {
    private final Predicate<LogEntry> test;
    private long seen;

    Live(Predicate<LogEntry> test, long seen) {
      this.test = test;
      this.seen = seen;
    }

    @Override
    public void tell(EventStream out, Duration patience) throws IOException, InterruptedException {
      long end = System.nanoTime() + patience.toNanos();
      boolean isTold = false;
      for (long left = patience.toNanos(); !isTold && left > 0; left = end - System.nanoTime()) {
        var batch = ring.after(seen, STEP, Duration.ofNanos(left));
        if (batch.lost() > 0) {
          // How many would tell of others' lines. An event of its own disturbs no client.
          out.event(null, "lost", "{}");
          isTold = true;
        }
        for (var entry : batch.entries()) {
          if (test.test(entry)) {
            out.event(run + '-' + entry.number(), null, entry.json());
            isTold = true;
          }
        }
        seen = batch.last();
      }
    }
  }
}
