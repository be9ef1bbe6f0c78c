package io.penstock.api;

import io.penstock.audit.Audited;
import io.penstock.audit.RequestAudit;
import io.penstock.event.Nanos;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.EventStream;
import io.penstock.http.LiveStreams;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.http.Tickets;
import io.penstock.json.Json;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What became of the latest requests. Who reads sees the requests of one tenant: the key's own, or
 * the one an admin acts for; {@code all=true} shows an admin those of all tenants.
 */
public final class RequestsResource implements Resource {

  private static final int PAGE_MAX = 200;
  private static final int REQUESTS_MAX = 1_000;
  private static final int WINDOW_MINUTES_MAX = 7 * 24 * 60;

  /** Requests that a stream looks at in one step. */
  private static final int STEP = 200;

  private final RequestAudit audit;
  private final LiveStreams streams;
  private final Tickets tickets;
  private final InstantSource clock;

  public RequestsResource(
      RequestAudit audit, LiveStreams streams, Tickets tickets, InstantSource clock) {
    this.audit = audit;
    this.streams = streams;
    this.tickets = tickets;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_requests");
    return List.of(
        new Route("GET", "/v1/admin/requests", readers, this::list),
        new Route("GET", "/v1/admin/requests/summary", readers, this::summary),
        new Route(
            "GET",
            "/v1/admin/requests/stream",
            Access.stream(tickets, false, "read_requests"),
            this::stream),
        new Route("GET", "/v1/admin/requests/{id}", readers, this::one),
        new Route("GET", "/v1/api/requests", readers, this::requests),
        new Route("GET", "/api/requests", readers, this::requests));
  }

  /** Whose requests are asked for; null for everybody's. */
  private static @Nullable String tenant(Request request) {
    if (!flag(request, "all", false)) {
      return request.tenant();
    }
    if (!request.principal().isAdmin()) {
      throw new Refusal(Answer.problem(403, "forbidden", "Admin scope required"));
    }
    return null;
  }

  private Answer list(Request request) {
    int limit = (int) request.queryLong("limit", 50, 1, PAGE_MAX);
    var prefix = request.query("path").orElse("");
    var test =
        monitoring(request)
            .and(statusClass(request, "status"))
            .and(one -> one.path().startsWith(prefix));
    var found = audit.newest(tenant(request), test);
    var items = found.stream().limit(limit).map(one -> one.json(audit.redaction())).toList();
    var body = Json.bytes(Json.object("items", items, "total", found.size()));
    var tag = "W/\"" + sha1(body) + '"';
    if (request.header("If-None-Match").filter(sent -> matches(sent, tag)).isPresent()) {
      return new Answer.Whole(304, Map.of("ETag", tag), new byte[0]);
    }
    return Answer.json(200, body).with("ETag", tag).with("Cache-Control", "no-cache");
  }

  /** RFC 9110 §13.1.2, where a weak comparison is enough. */
  private static boolean matches(String sent, String tag) {
    return sent.strip().equals("*")
        || Arrays.stream(sent.split(",")).map(String::strip).anyMatch(one -> isSame(one, tag));
  }

  private static boolean isSame(String one, String tag) {
    return one.equals(tag) || one.equals(tag.substring(2));
  }

  private Answer one(Request request) {
    var id = request.pathParameter("id");
    // An id is the client's to choose, so that several requests may have it: the latest counts.
    return audit.newest(tenant(request), one -> one.id().equals(id)).stream()
        .findFirst()
        .<Answer>map(one -> Answer.json(one.json(audit.redaction())))
        .orElseGet(() -> Answer.problem(404, "not_found", "Request not found"));
  }

  private Answer summary(Request request) {
    var window = Duration.ofMinutes(windowMinutes(request));
    var from = clock.instant().minus(window);
    var test = monitoring(request).and(one -> !one.at().isBefore(from));
    var found = audit.newest(tenant(request), test);
    return Answer.json(
        Json.object(
            "requests", found.size(),
            "codes",
                Json.object(
                    "2xx", count(found, 2),
                    "4xx", count(found, 4),
                    "5xx", count(found, 5)),
            "p95_latency_ms", percentile95(found),
            "active_clients", found.stream().map(Audited::client).distinct().count(),
            "window_minutes", window.toMinutes()));
  }

  private static long windowMinutes(Request request) {
    var text = request.query("window").orElse("15");
    var length = Times.duration(text.matches("\\d{1,6}") ? text + "m" : text);
    if (length.isEmpty()
        || length.get().toMinutes() < 1
        || length.get().toMinutes() > WINDOW_MINUTES_MAX) {
      throw Refusal.invalidParameter(
          "query", "window", "Input should be minutes, or a time like 15m, 1h or 7d", text);
    }
    return length.get().toMinutes();
  }

  private static long count(List<Audited> requests, int statusClass) {
    return requests.stream().filter(one -> one.status() / 100 == statusClass).count();
  }

  /** By nearest rank; null when there were none. */
  private static @Nullable Double percentile95(List<Audited> requests) {
    if (requests.isEmpty()) {
      return null;
    }
    var sorted = requests.stream().mapToLong(Audited::tookNanos).sorted().toArray();
    return millis((double) sorted[(int) Math.ceil(0.95 * sorted.length) - 1]);
  }

  private static double millis(double nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }

  private Answer requests(Request request) {
    int limit = (int) request.queryLong("limit", 50, 1, REQUESTS_MAX);
    var window = request.query("window").orElse("15m");
    var from = clock.instant().minus(window(window));
    var test =
        monitoring(request)
            .and(
                statusClass(
                    request, request.query("status").isPresent() ? "status" : "status_filter"))
            .and(one -> !one.at().isBefore(from));
    var found = audit.newest(tenant(request), test);
    var items =
        found.stream().limit(limit).map(one -> one.jsonWithCounts(audit.redaction())).toList();
    long failed = found.stream().filter(one -> one.status() >= 400).count();
    var average = found.stream().mapToLong(Audited::tookNanos).average();
    return Answer.json(
        Json.object(
            "status",
            "ok",
            "items",
            items,
            "total",
            found.size(),
            "succeeded",
            found.size() - failed,
            "failed",
            failed,
            "avg_latency_ms",
            average.isPresent() ? millis(average.getAsDouble()) : null,
            "limit",
            limit,
            "window",
            window));
  }

  private static Duration window(String text) {
    return switch (text) {
      case "15m" -> Duration.ofMinutes(15);
      case "1h" -> Duration.ofHours(1);
      case "24h" -> Duration.ofHours(24);
      default ->
          throw Refusal.invalidParameter("query", "window", "Input should be 15m, 1h or 24h", text);
    };
  }

  private Answer stream(Request request) {
    var tenant = tenant(request);
    var method = request.query("method").orElse(null);
    var status = request.queryLong("status", 100, 599);
    var endpoint = request.query("endpoint").orElse("");
    var client = request.query("client_ip").orElse(null);
    var since = since(request);
    var test =
        monitoring(request)
            .and(one -> method == null || one.method().equalsIgnoreCase(method))
            .and(one -> status.isEmpty() || one.status() == status.getAsLong())
            .and(one -> one.path().contains(endpoint))
            .and(one -> client == null || one.client().equals(client))
            .and(one -> since == null || !one.at().isBefore(since));
    long from = startOf(request, tenant, since != null);
    return streams.open(request, () -> new Live(tenant, test, from));
  }

  private @Nullable Instant since(Request request) {
    return Times.since(request, "since", clock.instant()).orElse(null);
  }

  /**
   * Where a stream begins: behind the request that the client saw last, at the oldest when it asks
   * for what was since a time, else with what is to come.
   */
  private long startOf(Request request, @Nullable String tenant, boolean isSince) {
    var seen = request.lastEventId();
    if (seen.isPresent()) {
      var known = audit.newest(tenant, one -> one.id().equals(seen.get())).stream().findFirst();
      if (known.isPresent()) {
        return known.get().number();
      }
      var time = Times.parse(seen.get(), clock.instant());
      if (time.isPresent()) {
        return numberAt(tenant, time).orElse(audit.last());
      }
      // Seen so long ago that it is not kept any more, as is nothing before it: all there is.
      return 0;
    }
    return isSince ? 0 : audit.last();
  }

  /** Number of the latest request that began before a time. */
  private OptionalLong numberAt(@Nullable String tenant, OptionalLong nanos) {
    var before = Nanos.instant(nanos.getAsLong());
    return audit.newest(tenant, one -> !one.at().isBefore(before)).stream()
        .mapToLong(one -> one.number() - 1)
        .min();
  }

  /** One client's way along the audit. */
  private final class Live implements LiveStreams.Telling<EventStream> {
    private final @Nullable String tenant;
    private final Predicate<Audited> test;
    private long seen;
    private boolean isGreeted;

    Live(@Nullable String tenant, Predicate<Audited> test, long seen) {
      this.tenant = tenant;
      this.test = test;
      this.seen = seen;
    }

    @Override
    public void tell(EventStream out, Duration patience) throws IOException, InterruptedException {
      if (!isGreeted) {
        isGreeted = true;
        out.event(
            clock.instant().toString(),
            "connected",
            Json.text(Json.object("message", "Connected to audit stream")));
        return;
      }
      long end = System.nanoTime() + patience.toNanos();
      boolean isTold = false;
      for (long left = patience.toNanos(); !isTold && left > 0; left = end - System.nanoTime()) {
        var batch = audit.after(seen, tenant, STEP, Duration.ofNanos(left));
        for (var one : batch.requests()) {
          if (test.test(one)) {
            out.event(one.id(), "request", Json.text(one.json(audit.redaction())));
            isTold = true;
          }
        }
        seen = batch.last();
      }
    }
  }

  private static Predicate<Audited> monitoring(Request request) {
    boolean isExcluded = flag(request, "exclude_monitoring", true);
    return one -> !isExcluded || !one.isMonitoring();
  }

  private static Predicate<Audited> statusClass(Request request, String parameter) {
    var wanted = request.query(parameter).orElse("any");
    return switch (wanted) {
      case "any" -> _ -> true;
      case "2xx", "4xx", "5xx" -> one -> one.status() / 100 == wanted.charAt(0) - '0';
      default ->
          throw Refusal.invalidParameter(
              "query", parameter, "Input should be 'any', '2xx', '4xx' or '5xx'", wanted);
    };
  }

  private static boolean flag(Request request, String name, boolean byDefault) {
    var text = request.query(name);
    return switch (text.orElse("")) {
      case "" -> byDefault;
      case "true", "True", "1", "yes", "on" -> true;
      case "false", "False", "0", "no", "off" -> false;
      default ->
          throw Refusal.invalidParameter(
              "query", name, "Input should be a valid boolean", text.orElse(""));
    };
  }

  private static String sha1(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
