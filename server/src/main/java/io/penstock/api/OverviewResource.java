package io.penstock.api;

import io.penstock.api.OverviewBoard.View;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.EventStream;
import io.penstock.http.LiveStreams;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.http.Tickets;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What is happening, at a glance: once, or every second for as long as somebody watches. */
public final class OverviewResource implements Resource {

  /** Boards that are kept; the one that nobody looked at for the longest makes room. */
  private static final int BOARDS_MAX = 256;

  /** Boards that ask the store at a time. */
  private static final int LOOKS_MAX = 2;

  /** How long somebody who asks once waits for the store. */
  private static final Duration LOOK_PATIENCE = Duration.ofSeconds(5);

  private final OverviewBoard.Surroundings surroundings;
  private final LiveStreams streams;
  private final Tickets tickets;
  private final InstantSource clock;

  /** In the order in which they were last looked at. Guarded by itself. */
  private final Map<OverviewBoard.Key, OverviewBoard> boards =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<OverviewBoard.Key, OverviewBoard> eldest) {
          return size() > BOARDS_MAX;
        }
      };

  public OverviewResource(
      OverviewParts parts,
      EventQueries events,
      LiveStreams streams,
      Tickets tickets,
      InstantSource clock,
      PrometheusRegistry registry) {
    var looks =
        Counter.builder()
            .name("telemetry_overview_looks_total")
            .help("Times the store was asked for the figures of an overview, by how it went.")
            .labelNames("result")
            .register(registry);
    for (var result : OverviewBoard.Result.values()) {
      looks.initLabelValues(word(result));
    }
    GaugeWithCallback.builder()
        .name("telemetry_overview_boards")
        .help("Overviews that are kept, one of each tenant and window that was looked at.")
        .callback(gauge -> gauge.call((double) count()))
        .register(registry);
    this.surroundings =
        new OverviewBoard.Surroundings(
            parts,
            events,
            clock,
            new Semaphore(LOOKS_MAX),
            result -> looks.labelValues(word(result)).inc());
    this.streams = streams;
    this.tickets = tickets;
    this.clock = clock;
  }

  private static String word(OverviewBoard.Result result) {
    return result.name().toLowerCase(Locale.ROOT);
  }

  private int count() {
    synchronized (boards) {
      return boards.size();
    }
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/overview", Access.scopes("read_requests"), this::once),
        new Route(
            "GET",
            "/v1/overview/live",
            Access.stream(tickets, true, "read_requests"),
            this::stream));
  }

  private OverviewBoard board(Request request) {
    var key = new OverviewBoard.Key(request.tenant(), OverviewWindow.of(request));
    synchronized (boards) {
      return boards.computeIfAbsent(key, wanted -> new OverviewBoard(wanted, surroundings));
    }
  }

  private Answer once(Request request) throws InterruptedException {
    var board = board(request);
    try {
      board.look().get(LOOK_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException _) {
      // The figures that there are have their time beside them.
    }
    var json = board.snapshot(View.of(request.principal())).json(0);
    return Answer.json(200, json.getBytes(StandardCharsets.UTF_8));
  }

  private Answer stream(Request request) {
    var board = board(request);
    return streams.open(request, () -> new Watcher(board, View.of(request.principal())));
  }

  /** One client. */
  private final class Watcher implements LiveStreams.Telling<EventStream> {
    private final OverviewBoard board;
    private final View view;
    private long toldSecond;
    private long toldMillis;

    private Watcher(OverviewBoard board, View view) {
      this.board = board;
      this.view = view;
    }

    @Override
    public void tell(EventStream out, Duration patience) throws IOException, InterruptedException {
      long millis = clock.millis();
      long next = (toldSecond + 1) * 1000;
      if (millis < next) {
        Thread.sleep(Math.min(next - millis, patience.toMillis()));
        millis = clock.millis();
        if (millis < next) {
          return;
        }
      }
      var _ = board.look();
      var snapshot = board.snapshot(view);
      out.event(null, null, snapshot.json(toldMillis));
      toldMillis = snapshot.lastMillis();
      toldSecond = Math.floorDiv(millis, 1000L);
    }
  }
}
