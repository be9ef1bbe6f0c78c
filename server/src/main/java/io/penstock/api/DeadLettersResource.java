package io.penstock.api;

import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAudit.Act;
import io.penstock.control.Output;
import io.penstock.control.Outputs;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.outputs.Shippers;
import io.penstock.outputs.Shippers.Asked;
import io.penstock.sink.DeadLetters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What destinations have refused: listed, inspected, sent again and discarded. */
public final class DeadLettersResource implements Resource {

  private static final int PAGE_MAX = 1_000;
  private static final int PAGE = 100;
  private static final int RETRY_EVENTS_MAX = 100_000;
  private static final int RETRY_EVENTS = 100;
  private static final Duration RETRY_PATIENCE = Duration.ofSeconds(30);

  /** Those that clients may ask for although they are not configured. */
  private static final Set<String> KNOWN = Set.of("splunk", "elastic");

  private final Outputs outputs;
  private final Shippers shippers;
  private final DeadLetters letters;
  private final AdminAudit audit;
  private final InstantSource clock;

  public DeadLettersResource(
      Outputs outputs,
      Shippers shippers,
      DeadLetters letters,
      AdminAudit audit,
      InstantSource clock) {
    this.outputs = outputs;
    this.shippers = shippers;
    this.letters = letters;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    var admins = Access.scopes("admin");
    var all = "/v1/outputs/dlq";
    var one = all + "/{id}";
    return List.of(
        new Route("GET", all, Access.scopes("export"), this::list),
        new Route("DELETE", all, admins, this::discardAll),
        new Route("POST", all + "/retry", admins, this::retry),
        new Route("GET", one, Access.scopes("read_requests"), this::show),
        new Route("DELETE", one, admins, this::discard));
  }

  /** The sink that is asked for; null for all. */
  private @Nullable String sink(Request request) {
    var sink = request.query("dest").orElse(null);
    if (sink == null || KNOWN.contains(sink)) {
      return sink;
    }
    boolean isKnown =
        outputs.find(new Output.Key(request.tenant(), sink)).isPresent()
            || !letters.files(request.tenant(), sink).isEmpty();
    if (!isKnown) {
      throw invalidDestination();
    }
    return sink;
  }

  private String requiredSink(Request request) {
    var sink = sink(request);
    if (sink == null) {
      throw invalidDestination();
    }
    return sink;
  }

  private static Refusal invalidDestination() {
    return Refusal.badRequest("invalid_destination", "Invalid destination");
  }

  private Answer list(Request request) {
    int limit = (int) request.queryLong("limit", PAGE, 1, PAGE_MAX);
    int offset = (int) request.queryLong("offset", 0, 0, Integer.MAX_VALUE);
    var files = letters.files(request.tenant(), sink(request));
    int from = Math.min(offset, files.size());
    int to = Math.min(from + limit, files.size());
    return Answer.json(
        Json.object(
            "files",
            files.subList(from, to).stream().map(DeadLettersResource::json).toList(),
            "total_files",
            files.size(),
            "total_events",
            files.stream().mapToLong(DeadLetters.File::events).sum(),
            "total_size_mb",
            files.stream().mapToLong(DeadLetters.File::bytes).sum() / (double) (1 << 20),
            "oldest_age_hours",
            files.isEmpty()
                ? 0
                : Duration.between(files.getFirst().at(), clock.instant()).toHours(),
            "next_offset",
            to < files.size() ? (Integer) to : null));
  }

  private static Map<String, @Nullable Object> json(DeadLetters.File file) {
    return Json.object(
        "id", file.id(),
        "dest", file.sink(),
        "at", file.at().toString(),
        "events", file.events(),
        "bytes", file.bytes());
  }

  private DeadLetters.File find(Request request) {
    var id = request.pathParameter("id");
    return letters.files(request.tenant(), null).stream()
        .filter(file -> file.id().equals(id))
        .findAny()
        .orElseThrow(() -> new Refusal(Answer.problem(404, "not_found", "Dead letters not found")));
  }

  private Answer show(Request request) {
    int limit = (int) request.queryLong("limit", PAGE, 1, PAGE_MAX);
    int offset = (int) request.queryLong("offset", 0, 0, Integer.MAX_VALUE);
    var file = find(request);
    var letterList = new ArrayList<Map<String, @Nullable Object>>();
    long passed = 0;
    for (var line : letters.lines(request.tenant(), file.id())) {
      if (line.get("events") instanceof List<?> events) {
        for (var event : events) {
          if (passed++ >= offset && letterList.size() < limit) {
            letterList.add(letter(line, event));
          }
        }
      }
    }
    var body = json(file);
    body.put("letters", letterList);
    long next = (long) offset + letterList.size();
    body.put("next_offset", next < passed ? (Long) next : null);
    return Answer.json(body);
  }

  private static Map<String, @Nullable Object> letter(Map<?, ?> line, @Nullable Object event) {
    return Json.object(
        "timestamp", line.get("timestamp"),
        "reason", line.get("reason"),
        "error", line.get("error"),
        "last_status", line.get("last_status"),
        "retry_count", line.get("retry_count"),
        "event", event);
  }

  private Answer discard(Request request) {
    var file = find(request);
    letters.delete(request.tenant(), file.id());
    record(request, "dead_letters_discard", file.sink(), 1, file.events());
    return Answer.json(
        Json.object("status", "deleted", "id", file.id(), "files", 1, "events", file.events()));
  }

  private Answer discardAll(Request request) {
    var sink = requiredSink(request);
    int files = 0;
    long events = 0;
    for (var file : letters.files(request.tenant(), sink)) {
      if (letters.delete(request.tenant(), file.id())) {
        files++;
        events += file.events();
      }
    }
    if (files > 0) {
      record(request, "dead_letters_discard", sink, files, events);
    }
    return Answer.json(
        Json.object("status", "deleted", "dest", sink, "files", files, "events", events));
  }

  private Answer retry(Request request) {
    var sink = requiredSink(request);
    int limit = (int) request.queryLong("limit", RETRY_EVENTS, 1, RETRY_EVENTS_MAX);
    var files = chosen(request, sink, limit);
    if (files.isEmpty()) {
      return Answer.json(retried(request, sink, "no_events", 0, 0, 0));
    }
    long events = files.stream().mapToLong(DeadLetters.File::events).sum();
    record(request, "dead_letters_retry", sink, files.size(), events);
    var key = new Output.Key(request.tenant(), sink);
    var ids = files.stream().map(DeadLetters.File::id).toList();
    try {
      return switch (shippers.replay(key, ids, RETRY_PATIENCE)) {
        case Asked.Done<Long>(var arrived) ->
            Answer.json(retried(request, sink, "success", files.size(), arrived, events - arrived));
        case Asked.Running<Long> _ ->
            Answer.json(202, retried(request, sink, "running", files.size(), 0, 0));
        case Asked.Busy<Long> _ ->
            Answer.problem(409, "retry_runs", "Dead letters of this output are sent already");
        case Asked.Idle<Long>(var state, var problem) ->
            Answer.problem(
                409,
                "not_shipping",
                problem == null ? "The output is " + state : state + ": " + problem);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.problem(503, "stopping", "The server stops");
    }
  }

  /** The one file that is named, or the oldest, until they hold so many events. */
  private List<DeadLetters.File> chosen(Request request, String sink, int limit) {
    var all = letters.files(request.tenant(), sink);
    var id = request.query("id");
    if (id.isPresent()) {
      var named = all.stream().filter(file -> file.id().equals(id.get())).toList();
      if (named.isEmpty()) {
        throw new Refusal(Answer.problem(404, "not_found", "Dead letters not found"));
      }
      return named;
    }
    var files = new ArrayList<DeadLetters.File>();
    long events = 0;
    for (var file : all) {
      if (events >= limit) {
        break;
      }
      files.add(file);
      events += file.events();
    }
    return files;
  }

  private Map<String, @Nullable Object> retried(
      Request request, String sink, String status, int files, long sent, long failed) {
    return Json.object(
        "status", status,
        "dest", sink,
        "files", files,
        "sent", sent,
        "failed", failed,
        "remaining", letters.depth(request.tenant(), sink));
  }

  private void record(Request request, String action, String sink, int files, long events) {
    audit.record(
        new Act(
            Actors.of(request), action, sink, Json.object("files", files, "events", events), null));
  }
}
