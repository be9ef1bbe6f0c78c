package io.penstock.audit;

import io.penstock.http.Finished;
import io.penstock.http.Trail;
import io.penstock.json.Json;
import io.penstock.logs.Redaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request in the audit. What happened to it before its answer stands for good; what happens to
 * its events afterwards is added when it happens. Safe for many threads.
 */
public final class Audited {

  private static final int PATH_LENGTH_MAX = 512;
  private static final int OVERHEAD_BYTES = 400;
  private static final int STEP_BYTES = 100;

  /** An export, with its time. */
  private record Exported(long afterNanos, Map<String, String> outcomes) {
    static final Exported NOWHERE = new Exported(0, Map.of());
  }

  /** A line of the timeline. */
  private record Moment(long afterNanos, String event, Map<String, @Nullable Object> meta) {}

  private final long number;
  private final Finished finished;
  private final String path;
  private final @Nullable Validated validated;
  private final @Nullable Enriched enriched;
  private final @Nullable Stored stored;
  private volatile long indexedAfterNanos = -1;
  private volatile Exported exported = Exported.NOWHERE;

  Audited(long number, Finished finished) {
    this.number = number;
    this.finished = finished;
    this.path =
        finished.path().length() <= PATH_LENGTH_MAX
            ? finished.path()
            : finished.path().substring(0, PATH_LENGTH_MAX) + "…";
    Validated foundValidated = null;
    Enriched foundEnriched = null;
    Stored foundStored = null;
    for (var step : finished.steps()) {
      switch (step.fact()) {
        case Validated fact -> foundValidated = fact;
        case Enriched fact -> foundEnriched = fact;
        case Stored fact -> foundStored = fact;
        default -> {
          // Steps of other kinds are shown, and nothing follows from them.
        }
      }
    }
    this.validated = foundValidated;
    this.enriched = foundEnriched;
    this.stored = foundStored;
  }

  /** Its place among all requests of this run. */
  public long number() {
    return number;
  }

  public String id() {
    return finished.requestId();
  }

  public String tenant() {
    return finished.tenant();
  }

  public String method() {
    return finished.method();
  }

  public String path() {
    return path;
  }

  public String client() {
    return finished.client();
  }

  public int status() {
    return finished.status();
  }

  public Instant at() {
    return Instant.ofEpochMilli(finished.startedMillis());
  }

  public long tookNanos() {
    return finished.took().toNanos();
  }

  @Nullable Stored stored() {
    return stored;
  }

  /** What it takes in memory, about. */
  int bytes() {
    int texts = path.length() + id().length() + client().length() + method().length();
    return OVERHEAD_BYTES + 2 * texts + STEP_BYTES * finished.steps().size();
  }

  /** A stream is kept from when it ended: it may have begun long before. */
  long endedMillis() {
    return finished.startedMillis() + finished.took().toMillis();
  }

  /** Its events can be queried; only the first time counts. */
  void indexed(long nowMillis) {
    if (indexedAfterNanos < 0) {
      indexedAfterNanos = after(nowMillis);
    }
  }

  /** A sink is done with its events. One thread at a time. */
  void exported(String target, String outcome, long nowMillis) {
    var outcomes = new LinkedHashMap<>(exported.outcomes);
    outcomes.put(target, outcome);
    exported = new Exported(after(nowMillis), Map.copyOf(outcomes));
  }

  private long after(long nowMillis) {
    return Math.max(0, nowMillis - finished.startedMillis()) * 1_000_000;
  }

  public double fitness() {
    return Fitness.of(finished.status(), validated == null || validated.ok(), exported.outcomes);
  }

  /** Whether this is somebody watching the server rather than using it. */
  public boolean isMonitoring() {
    return Monitoring.isMonitoring(path);
  }

  /** The item that the contract describes. */
  public Map<String, @Nullable Object> json(Redaction redaction) {
    return Json.object(
        "id", id(),
        "ts", at().toString(),
        "method", method(),
        "path", redaction.text(path),
        "client_ip", client(),
        "tenant_id", tenant(),
        "key_id", finished.keyId().isEmpty() ? null : finished.keyId(),
        "status", status(),
        "latency_ms", millis(tookNanos()),
        "summary", summary(),
        "timeline", timeline(redaction),
        "fitness", fitness());
  }

  /** The same with the members that {@code /v1/api/requests} has beside them. */
  public Map<String, @Nullable Object> jsonWithCounts(Redaction redaction) {
    var json = json(redaction);
    json.put("records", validated == null ? null : validated.records());
    json.put("risk_avg", enriched == null ? null : enriched.riskAverage());
    json.put("source_ip", client());
    return json;
  }

  private Map<String, @Nullable Object> summary() {
    if (validated == null) {
      return Map.of();
    }
    return Json.object(
        "records",
        validated.records(),
        "stored",
        stored == null ? 0 : stored.events(),
        "risk_avg",
        enriched == null ? null : enriched.riskAverage());
  }

  private List<Map<String, @Nullable Object>> timeline(Redaction redaction) {
    var moments = new ArrayList<Moment>();
    moments.add(new Moment(0, "received", Json.object("tenant", tenant(), "auth", auth())));
    for (Trail.Step step : finished.steps()) {
      moments.add(new Moment(step.afterNanos(), step.fact().event(), step.fact().meta()));
    }
    moments.add(
        new Moment(
            tookNanos(),
            "completed",
            Json.object("status", status(), "latency_ms", millis(tookNanos()))));
    long indexed = indexedAfterNanos;
    if (indexed >= 0) {
      moments.add(new Moment(indexed, "indexed", Json.object("ms", millis(indexed))));
    }
    var exports = exported;
    if (!exports.outcomes.isEmpty()) {
      var meta = new LinkedHashMap<String, @Nullable Object>(exports.outcomes);
      meta.put("count", stored == null ? 0 : stored.events());
      moments.add(new Moment(exports.afterNanos, "exported", meta));
    }
    moments.sort(Comparator.comparingLong(Moment::afterNanos));
    return moments.stream().map(moment -> json(moment, redaction)).toList();
  }

  private Map<String, @Nullable Object> json(Moment moment, Redaction redaction) {
    var at = at().plusNanos(moment.afterNanos / 1000 * 1000);
    return Json.object(
        "ts", at.toString(), "event", moment.event, "meta", redaction.members(moment.meta));
  }

  /** What the caller was let in for. */
  private String auth() {
    if (finished.keyId().isEmpty()) {
      return "none";
    }
    if (finished.route().startsWith("/v1/ingest")) {
      return "ingest";
    }
    return method().equals("GET") || method().equals("HEAD") ? "read" : "write";
  }

  /** Milliseconds to a microsecond. */
  static double millis(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }
}
