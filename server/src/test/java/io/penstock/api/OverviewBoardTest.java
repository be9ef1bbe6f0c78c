package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.api.OverviewBoard.Result;
import io.penstock.api.OverviewBoard.View;
import io.penstock.decode.ExporterDirectory;
import io.penstock.metrics.Meter;
import io.penstock.registry.Registry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When the store is asked for the figures of an overview, and what is told meanwhile. */
final class OverviewBoardTest {

  private final Queue<Result> looked = new ConcurrentLinkedQueue<>();
  private final CountingStore store = new CountingStore();
  private volatile Instant now = Instant.parse("2026-11-22T18:00:00Z");
  private final OverviewBoard board = board();

  private OverviewBoard board() {
    var registry = new PrometheusRegistry();
    InstantSource clock = () -> now;
    var parts =
        new OverviewParts(
            new Meter(clock, registry),
            new ExporterDirectory(List.of(), Registry::load),
            _ -> "default",
            Map::of,
            _ -> {
              throw new IllegalStateException("there is no sink");
            },
            registry,
            () -> OverviewParts.ServerFigures.NONE);
    return new OverviewBoard(
        new OverviewBoard.Key("default", OverviewWindow.HOUR),
        new OverviewBoard.Surroundings(parts, store, clock, new Semaphore(1), looked::add));
  }

  private void look() throws Exception {
    board.look().get(10, TimeUnit.SECONDS);
  }

  private String told() {
    return board.snapshot(View.ADMIN).json(0);
  }

  @Test
  void howeverManyLookTheStoreIsAskedOnceInTenSeconds() throws Exception {
    for (int i = 0; i < 5; i++) {
      look();
    }
    now = now.plusSeconds(9);
    look();
    assertThat(looked).containsExactly(Result.DONE);

    now = now.plusSeconds(1);
    look();

    assertThat(looked).containsExactly(Result.DONE, Result.DONE);
  }

  @Test
  void aBusyStoreLeavesTheLastFiguresWithTheirTime() throws Exception {
    assertThat(told()).contains("\"top_at\":null,\"top\":null");
    look();
    now = now.plusSeconds(20);
    store.isBusy = true;

    look();

    assertThat(looked).containsExactly(Result.DONE, Result.REFUSED);
    assertThat(told()).contains("\"top_at\":\"2026-11-22T18:00:00Z\"", "\"value\":\"7\"");
  }

  @Test
  void aLookThatTakesLongIsFollowedByALongerRest() throws Exception {
    store.takes = Duration.ofSeconds(4);
    look();
    now = now.plusSeconds(15);
    look();
    assertThat(looked).containsExactly(Result.DONE);

    now = now.plusSeconds(1);
    look();

    assertThat(looked).containsExactly(Result.DONE, Result.DONE);
  }

  @Test
  void inASecondItIsMadeOnceAndSeenByWhatAKeyMay() {
    var first = board.snapshot(View.ADMIN);

    assertThat(board.snapshot(View.ADMIN)).isSameAs(first);
    assertThat(first.json(0)).contains("\"log\":{");
    assertThat(board.snapshot(View.PLAIN).json(0)).contains("\"log\":null", "\"sinks\":null");
    assertThat(board.snapshot(View.WITH_SINKS).json(0)).contains("\"log\":null", "\"sinks\":[]");
    now = now.plusSeconds(1);
    assertThat(board.snapshot(View.ADMIN)).isNotSameAs(first);
  }

  /** Knows one group, and is busy when told so. */
  private final class CountingStore implements EventQueries {
    private volatile boolean isBusy;
    private volatile Duration takes = Duration.ZERO;

    @Override
    public Ranking top(Selection selection, String by, String metric, int limit)
        throws RefusedException {
      if (isBusy) {
        throw new RefusedException(RefusedException.Reason.BUSY, "too many queries", -1);
      }
      if (by.equals("threat")) {
        now = now.plus(takes);
      }
      var one = new Amounts(BigInteger.ONE, BigInteger.ONE, BigInteger.ONE);
      return new Ranking(
          List.of(by), List.of(new Group(List.of("7"), BigInteger.ONE, one)), one, one);
    }

    @Override
    public Page page(Selection selection, int limit, @Nullable String cursor) {
      return new Page(List.of(), null);
    }

    @Override
    public Stream newest(String tenant, int limit) {
      return Optional::empty;
    }

    @Override
    public Stream day(String tenant, LocalDate date) {
      return Optional::empty;
    }

    @Override
    public Stream stream(Selection selection, int limit) {
      return Optional::empty;
    }

    @Override
    public Lines series(
        Selection selection, @Nullable String by, String metric, Duration step, int limit) {
      return new Lines(List.of(), List.of());
    }

    @Override
    public Values values(Selection selection, String field, String prefix, int limit) {
      return new Values(field, List.of(), true);
    }
  }
}
