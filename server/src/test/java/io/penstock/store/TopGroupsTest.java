package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.filter.Field;
import io.penstock.store.TopQuery.Row;
import io.penstock.store.TopQuery.Top;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same files, asked by a store that adds up all groups and by one that makes a sketch. */
final class TopGroupsTest {

  private static final int FLOWS = 30_000;

  /** So few buckets that several groups share each, and the first attempt is not always certain. */
  private static final Sketching.Bounds ALWAYS = new Sketching.Bounds(1, 1, 500, 1 << 16);

  @TempDir static Path folder;

  private static StoreUnderTest plain;
  private static EventStore sketching;
  private static final PrometheusRegistry REGISTRY = new PrometheusRegistry();

  @BeforeAll
  static void fill() throws Exception {
    plain = new StoreUnderTest(folder).started();
    plain.append(new Samples(1).flows(FLOWS / 2, Samples.START, 1_000_000));
    plain.append(new Samples(2).flows(FLOWS / 2, Samples.START + FLOWS * 1_000_000L, 1_000_000));
    plain.append("alike", alike());
    plain.awaitIndexed();
    sketching =
        new EventStore(
            StoreUnderTest.config(folder), ALWAYS, _ -> 7, StoreUnderTest.CLOCK, REGISTRY);
  }

  /** Events of which no two have anything in common, nor more than another. */
  private static List<Event> alike() {
    var random = new Random(3);
    var events = new ArrayList<Event>();
    for (int i = 0; i < 12_000; i++) {
      events.add(Samples.bare(Samples.START + i, random.nextLong(), null));
    }
    return events;
  }

  @AfterAll
  static void close() throws Exception {
    sketching.close();
    plain.close();
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void aSketchFindsTheSameGroupsForEveryMetric(Metric metric) {
    var query = query(metric, "bytes > 100", Field.SRC_IP, Field.DST_PORT, Field.PROTO);

    assertSame(query);
  }

  @Test
  void aSketchFindsTheSameGroupsOfTextAndOfBothEnds() {
    long before = rankings("answered");

    assertSame(query(Metric.BYTES, null, Field.DST_IP, Field.SRC_COUNTRY, Field.DST_CITY));
    assertSame(query(Metric.BYTES, "proto = tcp", Field.IP));
    assertSame(query(Metric.BYTES, null, Field.IP, Field.PORT));

    assertThat(rankings("answered")).isEqualTo(before + 3);
  }

  @Test
  void aSeriesOfManyGroupsHasTheSameLines() {
    var query =
        new SeriesQuery(
            "default",
            Samples.START,
            Samples.START + Duration.ofMinutes(2).toNanos(),
            null,
            List.of(Field.SRC_IP, Field.DST_IP, Field.SRC_COUNTRY),
            5,
            Metric.BYTES,
            Duration.ofSeconds(10));

    assertThat(StoreUnderTest.value(sketching.series(query)))
        .isEqualTo(StoreUnderTest.value(plain.store.series(query)));
  }

  @Test
  void groupsThatAreAllAlikeAreAddedUpAfterAll() {
    long before = rankings("given_up");
    var query =
        new TopQuery("alike", 0, Long.MAX_VALUE, null, List.of(Field.ID), Metric.FLOWS, 20);

    assertSame(query);
    assertThat(rankings("given_up")).isEqualTo(before + 1);
  }

  @Test
  void askingForMoreGroupsThanThereAreGivesAll() {
    assertSame(query(Metric.BYTES, "dst_port = 443", Field.EXPORTER));
  }

  private static TopQuery query(Metric metric, @Nullable String filter, Field... by) {
    return new TopQuery(
        "default",
        0,
        Long.MAX_VALUE,
        filter == null ? null : StoreUnderTest.filter(filter),
        List.of(by),
        metric,
        20);
  }

  /** Of groups that have the same, either may be listed. */
  private static void assertSame(TopQuery query) {
    Top found = StoreUnderTest.value(sketching.top(query));
    Top expected = StoreUnderTest.value(plain.store.top(query));

    assertThat(expected.rows()).isNotEmpty();
    assertThat(found.rows())
        .extracting(Row::value)
        .isEqualTo(expected.rows().stream().map(Row::value).toList());
    assertThat(found.total()).isEqualTo(expected.total());
    assertThat(found.value()).isEqualTo(expected.value());
    if (query.metric() == Metric.BYTES) {
      assertThat(found).isEqualTo(expected);
    }
  }

  private static long rankings(String result) {
    return REGISTRY
        .scrape(name -> name.equals("telemetry_store_sketched_rankings"))
        .stream()
        .map(CounterSnapshot.class::cast)
        .flatMap(counter -> counter.getDataPoints().stream())
        .filter(point -> result.equals(point.getLabels().get("result")))
        .mapToLong(point -> (long) point.getValue())
        .sum();
  }
}
