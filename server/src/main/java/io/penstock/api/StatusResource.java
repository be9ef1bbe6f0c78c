package io.penstock.api;

import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.metrics.Meter;
import io.penstock.metrics.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says what this server is and how it is. */
public final class StatusResource implements Resource {

  private final ApiConfig.Version version;
  private final Supplier<SystemState> state;
  private final Meter meter;
  private final InstantSource clock;
  private final Instant started;

  public StatusResource(
      ApiConfig.Version version, Supplier<SystemState> state, Meter meter, InstantSource clock) {
    this.version = version;
    this.state = state;
    this.meter = meter;
    this.clock = clock;
    this.started = clock.instant();
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/health", Access.PUBLIC, _ -> health()),
        new Route("GET", "/v1/healthz", Access.PUBLIC, _ -> health()),
        new Route("GET", "/v1/version", Access.PUBLIC, _ -> version()),
        new Route("GET", "/v1/system", Access.PUBLIC, this::system),
        new Route("GET", "/v1/updates/check", Access.ANY_KEY, _ -> updates()));
  }

  private static Answer health() {
    return Answer.json(Json.object("status", "ok", "service", "telemetry-api", "version", "v1"));
  }

  private Answer version() {
    return Answer.json(
        Json.object(
            "status", "ok",
            "service", "telemetry-api",
            "product", "penstock",
            "api_version", "v1",
            "version", version.number(),
            "image_version", version.number(),
            "git_sha", version.gitSha(),
            "image", version.image(),
            "image_tag", version.imageTag(),
            "image_digest", version.imageDigest()));
  }

  /** This server never calls out to ask for updates. */
  private static Answer updates() {
    return Answer.json(Json.object("enabled", false, "status", "disabled"));
  }

  private Answer system(Request request) {
    var now = state.get();
    var caller = request.principal();
    var pressure = now.pressure();
    boolean healthy = now.storage().equals("ok") && pressure.isEmpty();
    var body =
        Json.object(
            "status", healthy ? "ok" : "degraded",
            "service", "telemetry-api",
            "version", version.number(),
            "uptime_s", Duration.between(started, clock.instant()).toSeconds(),
            "admin", caller.isAdmin());
    if (!healthy && !caller.isAnonymous()) {
      body.put("warn", warning(now, pressure));
    }
    if (!caller.isAnonymous()) {
      addDetails(body, now, pressure);
      var activity = caller.isAdmin() ? meter.everyone() : meter.of(caller.tenant());
      body.put("eps", activity.over(60).perSecond(Quantity.EVENTS));
    }
    if (caller.isAdmin()) {
      addProcess(body, now);
      addStorage(body, now);
      addNetwork(body, now);
      body.put("last_errors", now.lastErrors());
    }
    return Answer.json(body);
  }

  private static String warning(SystemState now, List<String> pressure) {
    return now.storage().equals("ok")
        ? "Behind: " + String.join(", ", pressure)
        : "Storage: " + now.storage();
  }

  /** What any key may know: whether it can send, and what its events will be enriched with. */
  private static void addDetails(
      Map<String, @Nullable Object> body, SystemState now, List<String> pressure) {
    boolean udpReady = now.udp().status().equals("ready");
    body.put("features", Json.object("sources", true, "udp_head", udpReady));
    body.put("queue_depth", now.queueDepth());
    body.put("backpressure", !pressure.isEmpty());
    body.put("backpressure_reasons", pressure);
    body.put(
        "queue",
        Json.object(
            "depth", now.queueDepth(),
            "current_depth", now.queueDepth(),
            "max", now.queueMax(),
            "max_depth", now.queueMax(),
            "saturation", (double) now.queueDepth() / Math.max(1, now.queueMax())));
    addTables(body, now);
    body.put("udp_head", now.udp().status());
    body.put("limits", limits(now.limits()));
  }

  private void addProcess(Map<String, @Nullable Object> body, SystemState now) {
    var process = ProcessUsage.now();
    body.put("git_sha", version.gitSha());
    body.put("image", version.image());
    body.put("workers", now.workers());
    body.put("mem_mb", process.residentMegabytes());
    body.put("mem_pct", process.memoryPercent());
    body.put("cpu_pct", process.cpuPercent());
  }

  private static void addStorage(Map<String, @Nullable Object> body, SystemState now) {
    var backlog = now.backlog();
    var database = now.database();
    body.put("storage", now.storage());
    body.put(
        "store",
        Json.object(
            "lag_seconds", backlog.storeLagSeconds(),
            "lag_positions", backlog.storeLagPositions()));
    body.put(
        "log",
        Json.object(
            "size_bytes", backlog.logBytes(),
            "waiting_bytes", backlog.logWaitingBytes(),
            "waiting_bytes_max", backlog.logWaitingMax(),
            "saturation", backlog.logShare()));
    var dead = now.deadLetters();
    body.put(
        "dlq",
        Json.object(
            "total_files", dead.files(),
            "total_events", dead.events(),
            "total_size_mb", dead.bytes() / (double) (1 << 20),
            "oldest_age_hours", dead.oldestHours()));
    body.put(
        "idempotency",
        Json.object("total_entries", now.idempotencyKeys(), "ttl_hours", now.idempotencyHours()));
    body.put(
        "database",
        Json.object(
            "engine",
            database.engine(),
            "pool",
            Json.object(
                "active", database.active(),
                "idle", database.idle(),
                "awaited", database.awaited(),
                "max", database.max())));
    body.put(
        "elements",
        Json.object(
            "status", now.elements().status(),
            "file", now.elements().file(),
            "entries", now.elements().entries(),
            "problems", now.elements().problems()));
  }

  private static void addNetwork(Map<String, @Nullable Object> body, SystemState now) {
    body.put("udp", udp(now.udp()));
    body.put("tcp", tcp(now.tcp()));
    body.put("listeners", now.listeners().stream().map(StatusResource::listener).toList());
  }

  private static Map<String, @Nullable Object> listener(SystemState.Listener listener) {
    var body =
        Json.object(
            "name", listener.name(),
            "protocol", listener.protocol(),
            "port", listener.port(),
            "state", "open");
    body.putAll(listener.numbers());
    return body;
  }

  private static Map<String, @Nullable Object> limits(SystemState.Limits limits) {
    return Json.object(
        "batch_bytes", limits.wireBytes(),
        "batch_bytes_inflated", limits.inflatedBytes(),
        "batch_records", limits.records(),
        "header_bytes", limits.headerBytes(),
        "connections", limits.connections(),
        "body_bytes_in_flight", limits.bodyBytesInFlight());
  }

  private static void addTables(Map<String, @Nullable Object> body, SystemState now) {
    body.put("geoip", Json.object("status", now.geo().status()));
    body.put("asn", Json.object("status", now.as().status()));
    body.put(
        "threatintel",
        Json.object(
            "status", now.threats().status(),
            "sources", now.threats().sources(),
            "entries", now.threats().entries()));
    body.put(
        "geo",
        Json.object(
            "enabled", now.geo().isLoaded(),
            "vendor", now.geo().vendor(),
            "database", now.geo().database(),
            "entries", now.geo().entries(),
            "status", readiness(now.geo())));
    body.put("enrichment", Json.object("geo", readiness(now.geo()), "asn", readiness(now.as())));
  }

  private static String readiness(SystemState.Table table) {
    return table.isLoaded() ? "ready" : table.status();
  }

  private static Map<String, @Nullable Object> udp(SystemState.Udp udp) {
    return Json.object(
        "port", udp.port(),
        "bind_errors", udp.bindErrors(),
        "datagrams", udp.datagrams(),
        "records", udp.records(),
        "bytes", udp.bytes(),
        "dropped", udp.dropped(),
        "last_datagram_ms", udp.lastDatagramMillis());
  }

  private static Map<String, @Nullable Object> tcp(SystemState.Tcp tcp) {
    return Json.object(
        "port", tcp.port(),
        "tls_port", tcp.tlsPort(),
        "connections", tcp.connections(),
        "messages", tcp.messages(),
        "bytes", tcp.bytes());
  }
}
