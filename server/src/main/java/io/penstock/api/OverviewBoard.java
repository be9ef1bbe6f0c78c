package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.http.Principal;
import io.penstock.json.Json;
import io.penstock.metrics.Activity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The overview of one tenant and window, which all who watch it share: in a second it is made at
 * most once, by whoever looks first, and the store is asked every ten seconds or so, beside the
 * watchers and only while somebody looks. Safe for many threads.
 */
final class OverviewBoard {

  /** How a look at the store went. */
  enum Result {
    DONE,
    /** The store had other things to do; the last figures stay. */
    REFUSED,
    FAILED
  }

  /** What is seen of it, by what a key may. */
  enum View {
    ADMIN,
    WITH_SINKS,
    PLAIN;

    static View of(Principal caller) {
      if (caller.isAdmin()) {
        return ADMIN;
      }
      return caller.mayAny(List.of("export")) ? WITH_SINKS : PLAIN;
    }
  }

  /**
   * What is told.
   *
   * @param members JSON of all members but the history, without its closing brace
   * @param history the steps of the last five minutes
   */
  record Snapshot(String members, List<OverviewParts.Step> history) {

    /** The JSON with the steps that began after a time. */
    String json(long afterMillis) {
      var points =
          history.stream()
              .filter(step -> step.atMillis() > afterMillis)
              .map(OverviewParts.Step::json)
              .toList();
      var tail = Json.object("step_seconds", STEP_SECONDS, "points", points);
      return members + ",\"history\":" + Json.text(tail) + "}";
    }

    long lastMillis() {
      return history.getLast().atMillis();
    }
  }

  static final Duration REFRESH = Duration.ofSeconds(10);
  private static final int STEP_SECONDS = Activity.SERIES_STEP_SECONDS;

  /** Looks that take long are taken rarely: a fifth of the time at most. */
  private static final int REST = 5;

  private static final Logger LOG = LoggerFactory.getLogger(OverviewBoard.class);

  /** Whose and how long. */
  record Key(String tenant, OverviewWindow window) {}

  /** What boards share. */
  record Surroundings(
      OverviewParts parts,
      EventQueries events,
      InstantSource clock,
      Semaphore looks,
      Consumer<Result> looked) {}

  private final Key key;
  private final Surroundings with;
  private final Map<View, Snapshot> made = new EnumMap<>(View.class);
  private long madeSecond = Long.MIN_VALUE;
  private volatile @Nullable OverviewFigures figures;
  private volatile @Nullable Map<String, @Nullable Object> exporters;
  private CompletableFuture<Void> look = CompletableFuture.completedFuture(null);
  private Instant nextLook = Instant.MIN;

  OverviewBoard(Key key, Surroundings with) {
    this.key = key;
    this.with = with;
  }

  /** What there is to tell in this second. */
  synchronized Snapshot snapshot(View view) {
    var now = with.clock.instant();
    if (now.getEpochSecond() != madeSecond) {
      made.clear();
      madeSecond = now.getEpochSecond();
    }
    return made.computeIfAbsent(view, seen -> make(seen, now));
  }

  private Snapshot make(View view, Instant now) {
    var parts = with.parts;
    var tenant = key.tenant;
    var known = figures;
    var heard = exporters;
    var body =
        Json.object(
            "at", now.toString(),
            "tenant", tenant,
            "window", key.window.word(),
            "window_seconds", key.window.length().toSeconds(),
            "rates", parts.rates(tenant),
            "top_at", known == null ? null : known.at().toString(),
            "top", known == null ? null : known.top(),
            "total", known == null ? null : known.total(),
            "risk", known == null ? null : known.risk(),
            "threats", known == null ? null : known.threats(),
            "exporters", heard == null ? parts.exporters(tenant, now) : heard,
            "sinks", view == View.PLAIN ? null : parts.sinks(tenant),
            "ledger", parts.ledger(tenant, view == View.ADMIN),
            "log", view == View.ADMIN ? parts.log() : null,
            "store", view == View.ADMIN ? parts.store() : null);
    var json = Json.text(body);
    return new Snapshot(json.substring(0, json.length() - 1), parts.history(tenant));
  }

  /** Has the store looked at if that is due; completed when the look is over, whatever it saw. */
  synchronized CompletableFuture<Void> look() {
    if (!look.isDone() || with.clock.instant().isBefore(nextLook)) {
      return look;
    }
    var begun = new CompletableFuture<Void>();
    look = begun;
    Thread.ofVirtual()
        .name("overview")
        .start(
            () -> {
              try {
                lookNow();
              } finally {
                begun.complete(null);
              }
            });
    return begun;
  }

  private void lookNow() {
    try {
      with.looks.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    var began = with.clock.instant();
    try {
      exporters = with.parts.exporters(key.tenant, began);
      figures = OverviewFigures.read(with.events, key.tenant, key.window.length(), began);
      with.looked.accept(Result.DONE);
    } catch (RefusedException e) {
      LOG.atDebug().addKeyValue("reason", e.reason()).log("the store was not asked");
      with.looked.accept(Result.REFUSED);
    } catch (RuntimeException e) {
      LOG.atWarn().setCause(e).log("cannot read the overview's figures");
      with.looked.accept(Result.FAILED);
    } finally {
      with.looks.release();
      rest(began);
    }
  }

  private synchronized void rest(Instant began) {
    var took = Duration.between(began, with.clock.instant());
    var pause = took.multipliedBy(REST);
    nextLook = began.plus(pause.compareTo(REFRESH) > 0 ? pause : REFRESH);
  }
}
