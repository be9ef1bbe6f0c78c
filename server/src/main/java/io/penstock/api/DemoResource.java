package io.penstock.api;

import io.penstock.api.DemoConfig.Variant;
import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.pipeline.TenantQuotas;
import io.penstock.records.BatchIds;
import io.penstock.records.JsonBatch;
import io.penstock.records.JsonRecords;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends made-up records through the same way as posted ones, for who wants to see something. One
 * demo runs at a time, for the tenant of who started it, until its time is over or it is stopped.
 */
public final class DemoResource implements Resource {

  private static final Logger LOG = LoggerFactory.getLogger(DemoResource.class);

  /** Records are sent in batches of so much time. */
  private static final Duration TICK = Duration.ofMillis(200);

  private final DemoConfig config;
  private final Intake intake;
  private final TenantQuotas quotas;
  private final InstantSource clock;
  private final JsonRecords records;
  private volatile @Nullable Run running;

  public DemoResource(DemoConfig config, Intake intake, TenantQuotas quotas, InstantSource clock) {
    this.config = config;
    this.intake = intake;
    this.quotas = quotas;
    this.clock = clock;
    this.records = new JsonRecords(Math.max(1, config.eps()));
  }

  @Override
  public List<Route> routes() {
    var admin = Access.scopes("admin");
    return List.of(
        new Route(
            "POST", "/v1/demo/start", admin, request -> start(request.tenant(), request.id())),
        new Route("POST", "/v1/demo/stop", admin, _ -> stop()),
        new Route("GET", "/v1/demo/status", admin, _ -> status()));
  }

  synchronized Answer start(String tenant, String requestId) {
    if (!config.enabled()) {
      return Answer.problem(
          400, "demo_disabled", "Failed to start demo generator: DEMO_MODE is not set");
    }
    var now = current();
    if (now != null) {
      return Answer.problem(409, "demo_running", "The demo generator is running already");
    }
    var run = new Run(tenant, requestId, clock.instant());
    running = run;
    Thread.ofVirtual().name("demo").start(run);
    return Answer.json(
        Json.object(
            "status", "started",
            "message", "Demo generator started successfully",
            "config", state()));
  }

  private synchronized Answer stop() {
    var run = current();
    if (run == null) {
      return Answer.json(
          Json.object("status", "not_running", "message", "Demo generator is not running"));
    }
    run.isStopped = true;
    running = null;
    return Answer.json(Json.object("status", "stopped", "message", "Demo generator stopped"));
  }

  private Answer status() {
    return Answer.json(Json.object("status", "ok", "demo", state()));
  }

  /** The run that is not over, if there is one. */
  private @Nullable Run current() {
    var run = running;
    return run == null || run.isOver() ? null : run;
  }

  private Map<String, @Nullable Object> state() {
    var run = current();
    long elapsed = run == null ? 0 : Duration.between(run.started, clock.instant()).toSeconds();
    return Json.object(
        "running",
        run != null,
        "demo_mode",
        config.enabled(),
        "eps",
        config.eps(),
        "duration_sec",
        config.duration().toSeconds(),
        "variants",
        config.variants().stream().map(v -> v.name().toLowerCase(Locale.ROOT)).sorted().toList(),
        "elapsed_sec",
        elapsed,
        "remaining_sec",
        run == null ? 0 : Math.max(0, config.duration().toSeconds() - elapsed),
        "start_time",
        run == null ? null : run.started.toString(),
        "tenant",
        run == null ? null : run.tenant,
        "events_sent",
        run == null ? 0 : run.sent.get());
  }

  /** One demo from its start to its end. */
  private final class Run implements Runnable {

    private final String tenant;
    private final String requestId;
    private final Instant started;
    private final AtomicLong sent = new AtomicLong();
    private final DemoRecords made = new DemoRecords(RandomGenerator.getDefault());
    private volatile boolean isStopped;

    Run(String tenant, String requestId, Instant started) {
      this.tenant = tenant;
      this.requestId = requestId;
      this.started = started;
    }

    private boolean isOver() {
      return isStopped || !clock.instant().isBefore(started.plus(config.duration()));
    }

    @Override
    public void run() {
      try {
        while (!isOver()) {
          sendWhatIsDue();
          LockSupport.parkNanos(TICK.toNanos());
        }
      } catch (RuntimeException e) {
        isStopped = true;
        LOG.atError().setCause(e).log("demo ended by a failure");
      }
    }

    /** As many as the rate wants by now; never more than a second's worth at once. */
    private void sendWhatIsDue() {
      var now = clock.instant();
      long wanted = Duration.between(started, now).toMillis() * config.eps() / 1000;
      int due = (int) Math.min(wanted - sent.get(), config.eps());
      var variants = config.variants().stream().sorted().toList();
      for (int i = 0; i < variants.size(); i++) {
        int share = due / variants.size() + (i < due % variants.size() ? 1 : 0);
        if (share > 0) {
          send(variants.get(i), share, now);
        }
      }
      sent.addAndGet(Math.max(0, due));
    }

    private void send(Variant variant, int count, Instant now) {
      if (quotas.takeBatch(tenant, count) > 0) {
        return;
      }
      var body = made.batch(variant, count, now.toEpochMilli());
      var sender = new JsonRecords.Sender(Ip.NONE, Nanos.of(now), "demo", null, requestId);
      var expected =
          variant == Variant.ZEEK ? JsonRecords.Expected.ZEEK : JsonRecords.Expected.NETFLOW;
      var ids = BatchIds.at(now.toEpochMilli());
      if (records.decode(body, body.length, expected, sender, ids)
          instanceof JsonBatch.Taken(var events)) {
        keep(new EventBatch(tenant, events, null));
      }
    }

    private void keep(EventBatch batch) {
      try {
        intake.accept(batch, _ -> {}).join();
      } catch (CompletionException e) {
        // The log refuses now; the pipeline counted it, and a demo can do without.
        LOG.atDebug().setCause(e).log("demo records not taken");
      }
    }
  }
}
