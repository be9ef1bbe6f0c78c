package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Sampling;
import io.penstock.filter.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventStoreTest {

  private static final long DAY = 86_400_000_000_000L;

  @TempDir Path folder;

  @Test
  void anEmptyStoreAnswersEverythingWithNothing() throws Exception {
    try (var store = new StoreUnderTest(folder)) {
      assertThat(store.newest(10)).isEmpty();
      assertThat(StoreUnderTest.value(store.store.count("default", 0, Long.MAX_VALUE, null)))
          .isZero();
      var top =
          new TopQuery("default", 0, Long.MAX_VALUE, null, List.of(Field.SRC_IP), Metric.BYTES, 10);
      assertThat(StoreUnderTest.value(store.store.top(top)).rows()).isEmpty();
    }
  }

  @Test
  void anAppendedEventIsVisibleWithinTwoSeconds() throws Exception {
    var config = StoreConfig.of(folder);
    try (var store = new StoreUnderTest(config, new MemoryLog(), StoreUnderTest.CLOCK).started()) {
      store.append(new Samples(1).flows(1, Samples.START, 1));
      Awaitility.await().until(() -> store.newest(10).size() == 1);

      store.append(new Samples(2).flows(1, Samples.START + 1, 1));

      Awaitility.await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(2))
          .until(() -> store.newest(10).size() == 2);
    }
  }

  @Test
  void pagesHoldEveryEventOnceNewestFirst() throws Exception {
    var random = new Random(5);
    var events = new ArrayList<Event>();
    for (int i = 0; i < 7000; i++) {
      events.add(Samples.bare(Samples.START + random.nextInt(900), random.nextLong(), null));
    }
    try (var store = new StoreUnderTest(folder).started()) {
      for (int i = 0; i < events.size(); i += 500) {
        store.append(events.subList(i, i + 500));
      }
      store.awaitIndexed();

      var all = store.all(333);

      events.sort(
          Comparator.<Event>comparingLong(e -> e.origin().receivedNanos())
              .thenComparing((a, b) -> compareIds(a, b))
              .reversed());
      assertThat(all)
          .extracting(Event::idLow)
          .isEqualTo(events.stream().map(Event::idLow).toList());
    }
  }

  private static int compareIds(Event a, Event b) {
    int high = Long.compareUnsigned(a.idHigh(), b.idHigh());
    return high != 0 ? high : Long.compareUnsigned(a.idLow(), b.idLow());
  }

  @Test
  void pagesStayCompleteWhileEventsArriveAndPartsAreCompacted() throws Exception {
    try (var store = new StoreUnderTest(folder).started()) {
      var first = new Samples(1).flows(30_000, Samples.START, 1000);
      for (int i = 0; i < first.size(); i += 250) {
        store.append(first.subList(i, i + 250));
      }
      store.awaitIndexed();
      var more = new Samples(2);
      var seen = new ArrayList<Event>();
      @Nullable String cursor = null;
      long later = Samples.START + DAY / 2;

      do {
        var page = store.page(new EventQuery("default", 0, Long.MAX_VALUE, null, 701, cursor));
        seen.addAll(page.events());
        cursor = page.next();
        later += 1_000_000;
        store.append(more.flows(50, later, 10));
      } while (cursor != null);

      var ids = new HashSet<UUID>();
      for (var event : seen) {
        assertThat(ids.add(new UUID(event.idHigh(), event.idLow()))).isTrue();
      }
      assertThat(ids.containsAll(first.stream().map(EventStoreTest::id).toList())).isTrue();
    }
  }

  private static UUID id(Event event) {
    return new UUID(event.idHigh(), event.idLow());
  }

  @Test
  void compactionMakesFewFilesOfManyAndLosesNothing() throws Exception {
    try (var store = new StoreUnderTest(folder).started()) {
      var events = new Samples(3).flows(120_000, Samples.START, 1000);
      for (int i = 0; i < 200; i++) {
        store.append(events.subList(i * 600, (i + 1) * 600));
        if (i % 10 == 0) {
          store.awaitIndexed();
        }
      }
      store.awaitIndexed();

      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> files(".parquet") <= 16);

      assertThat(StoreUnderTest.value(store.store.count("default", 0, Long.MAX_VALUE, null)))
          .isEqualTo(120_000);
      var all = store.all(9999);
      assertThat(all).hasSize(events.size());
      assertThat(Set.copyOf(Samples.comparable(all)))
          .isEqualTo(Set.copyOf(Samples.comparable(events)));
    }
  }

  @Test
  void whatIsLeftOfADayThatIsOverBecomesOneFile() throws Exception {
    var events = new Samples(3).flows(600, Samples.START - DAY, 1000);
    try (var store = new StoreUnderTest(folder).started()) {
      for (int i = 0; i < 3; i++) {
        store.append(events.subList(i * 200, (i + 1) * 200));
        store.awaitIndexed();
      }

      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> files(".parquet") == 1);

      assertThat(Set.copyOf(Samples.comparable(store.all(1000))))
          .isEqualTo(Set.copyOf(Samples.comparable(events)));
    }
  }

  private long files(String suffix) throws Exception {
    try (var files = Files.walk(folder)) {
      return files.filter(f -> f.toString().endsWith(suffix)).count();
    }
  }

  @Test
  void tenantsSeeOnlyTheirOwnEvents() throws Exception {
    try (var store = new StoreUnderTest(folder).started()) {
      store.append("a/../b", List.of(Samples.bare(Samples.START, 1, null)));
      store.append("\u00e4 '", List.of(Samples.bare(Samples.START, 2, null)));
      store.awaitIndexed();

      assertThat(store.page(EventQuery.newest("a/../b", 10)).events())
          .extracting(Event::idLow)
          .containsExactly(1L);
      assertThat(store.page(EventQuery.newest("\u00e4 '", 10)).events())
          .extracting(Event::idLow)
          .containsExactly(2L);
      assertThat(store.newest(10)).isEmpty();
    }
  }

  @Test
  void daysThatAreOverAreDeletedForGood() throws Exception {
    var now = Instant.ofEpochSecond(Samples.START / 1_000_000_000L);
    var config = StoreUnderTest.config(folder);
    try (var store =
        new StoreUnderTest(config, new MemoryLog(), InstantSource.fixed(now)).started()) {
      store.append(List.of(Samples.bare(Samples.START - 8 * DAY, 1, null)));
      store.append(List.of(Samples.bare(Samples.START - 7 * DAY, 2, null)));
      store.append(List.of(Samples.bare(Samples.START, 3, null)));
      store.awaitIndexed();

      store.store.expire();

      assertThat(store.newest(10)).extracting(Event::idLow).containsExactly(3L, 2L);
      assertThat(files(".parquet")).isEqualTo(2);
    }
    try (var reopened = new StoreUnderTest(config, new MemoryLog(), InstantSource.fixed(now))) {
      assertThat(reopened.newest(10)).extracting(Event::idLow).containsExactly(3L, 2L);
    }
  }

  @Test
  void aRankingAddsUpWhatTheEventsSay() throws Exception {
    var events = new Samples(4).flows(5000, Samples.START, 1000);
    Map<String, Double> expected = new HashMap<>();
    for (var event : events) {
      expected.merge(event.source().ip().toString(), (double) event.source().bytes(), Double::sum);
    }
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(events);
      store.awaitIndexed();

      var top =
          StoreUnderTest.value(
              store.store.top(
                  new TopQuery(
                      "default",
                      0,
                      Long.MAX_VALUE,
                      null,
                      List.of(Field.SRC_IP),
                      Metric.BYTES,
                      10)));

      var best =
          expected.entrySet().stream()
              .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
              .limit(10)
              .map(e -> Map.entry(List.of(e.getKey()), e.getValue()))
              .toList();
      assertThat(top.rows().stream().map(row -> Map.entry(row.keys(), row.value())).toList())
          .isEqualTo(best);
      assertThat(top.value())
          .isEqualTo(expected.values().stream().mapToDouble(Double::doubleValue).sum());
    }
  }

  private static Event counted(Event like, long bytes, long rate) {
    var traffic = like.traffic();
    return new Event(
        like.idHigh(),
        like.idLow(),
        Event.Kind.FLOW,
        like.origin(),
        like.startNanos(),
        like.endNanos(),
        new Endpoint(0, Ip.v4Low(1), 1, -1, -1, -1, bytes, Event.ABSENT, null),
        new Endpoint(0, Ip.v4Low(2), 2, -1, -1, -1, bytes, 3, null),
        new Traffic(
            6,
            traffic.tcpFlags(),
            traffic.tos(),
            traffic.icmp(),
            traffic.vlan(),
            traffic.innerVlan(),
            traffic.direction(),
            traffic.ingressInterface(),
            traffic.egressInterface(),
            null,
            traffic.endReason(),
            traffic.firewallEvent(),
            traffic.forwardingStatus(),
            rate == 0 ? Sampling.UNKNOWN : new Sampling(rate, Sampling.Source.RECORD)),
        0,
        Event.NO_EXTRA,
        null);
  }

  private static double whole(StoreUnderTest store, Metric metric) throws Exception {
    var query = new TopQuery("default", 0, Long.MAX_VALUE, null, List.of(Field.SRC_IP), metric, 10);
    return StoreUnderTest.value(store.store.top(query)).value();
  }

  @Test
  void scaledCountersAreMultipliedByTheRateAndAnUnknownRateIsOne() throws Exception {
    var samples = new Samples(4).flows(3, Samples.START, 1000);
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(
          List.of(
              counted(samples.get(0), 100, 1_000),
              counted(samples.get(1), 10, 1),
              counted(samples.get(2), 5, 0)));
      store.awaitIndexed();

      assertThat(whole(store, Metric.BYTES)).isEqualTo(2 * 115);
      assertThat(whole(store, Metric.SCALED_BYTES)).isEqualTo(2 * (100_000 + 10 + 5));
      assertThat(whole(store, Metric.PACKETS)).isEqualTo(9);
      assertThat(whole(store, Metric.SCALED_PACKETS)).isEqualTo(3_000 + 3 + 3);
    }
  }

  @Test
  void theLargestCountersAndRatesBreakNoSum() throws Exception {
    var samples = new Samples(4).flows(2, Samples.START, 1000);
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(
          List.of(
              counted(samples.get(0), Long.MAX_VALUE, 0xffff_ffffL),
              counted(samples.get(1), Long.MAX_VALUE, 0)));
      store.awaitIndexed();

      assertThat(whole(store, Metric.BYTES)).isGreaterThan(3.6e19);
      assertThat(whole(store, Metric.SCALED_BYTES)).isGreaterThan(7.9e28);
    }
  }

  @Test
  void aFieldOfBothEndsCountsAnEventUnderBoth() throws Exception {
    var events = new Samples(4).flows(100, Samples.START, 1000);
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(events);
      store.awaitIndexed();

      var top =
          StoreUnderTest.value(
              store.store.top(
                  new TopQuery(
                      "default",
                      0,
                      Long.MAX_VALUE,
                      null,
                      List.of(Field.PORT),
                      Metric.FLOWS,
                      1000)));

      assertThat(top.rows().stream().mapToDouble(TopQuery.Row::value).sum()).isEqualTo(200);
      assertThat(top.value()).isEqualTo(100);
      assertThat(top.total().events()).isEqualTo(100);
      assertThat(top.other().events()).isEqualTo(0);
    }
  }

  @Test
  void aSeriesHasTheBestLinesAndTheRest() throws Exception {
    var events = new Samples(6).flows(6000, Samples.START, 1_000_000);
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(events);
      store.awaitIndexed();

      var series =
          StoreUnderTest.value(
              store.store.series(
                  new SeriesQuery(
                      "default",
                      Samples.START,
                      Samples.START + 6_000_000_000L,
                      null,
                      List.of(Field.DST_PORT),
                      2,
                      Metric.FLOWS,
                      Duration.ofSeconds(1))));

      assertThat(series.lines()).hasSize(3);
      assertThat(series.lines().getFirst().keys()).containsExactly("443");
      assertThat(series.lines().getLast().isRest()).isTrue();
      assertThat(series.lines()).allSatisfy(line -> assertThat(line.points()).hasSize(6));
      assertThat(
              series.lines().stream()
                  .flatMap(line -> line.points().stream())
                  .mapToDouble(point -> point.value().doubleValue())
                  .sum())
          .isEqualTo(6000);
    }
  }

  @Test
  void streamsADayNewestFirst() throws Exception {
    var events = new Samples(6).flows(12_000, Samples.START, 1_000);
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(events);
      store.append(List.of(Samples.bare(Samples.START + DAY, 1, null)));
      store.awaitIndexed();
      var seen = new ArrayList<Event>();

      var stream =
          StoreUnderTest.value(store.store.streamDay("default", Indexer.day(Samples.START)));
      for (var event = stream.next(); event.isPresent(); event = stream.next()) {
        seen.add(event.get());
      }

      assertThat(seen).hasSize(12_000);
      assertThat(Set.copyOf(Samples.comparable(seen)))
          .isEqualTo(Set.copyOf(Samples.comparable(events)));
      assertThat(seen)
          .isSortedAccordingTo(
              Comparator.<Event>comparingLong(e -> e.origin().receivedNanos()).reversed());
    }
  }

  @Test
  void anotherStoreReadsOnWhereTheFirstOneEnded() throws Exception {
    var log = new MemoryLog();
    var config = StoreUnderTest.config(folder);
    try (var store = new StoreUnderTest(config, log, StoreUnderTest.CLOCK).started()) {
      store.append(new Samples(1).flows(1000, Samples.START, 1000));
      store.awaitIndexed();
    }
    try (var store = new StoreUnderTest(config, log, StoreUnderTest.CLOCK).started()) {
      store.append(new Samples(2).flows(1000, Samples.START, 1000));
      store.awaitIndexed();

      assertThat(store.all(5000))
          .hasSize(2000)
          .extracting(EventStoreTest::id)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void aForgedCursorIsRefused() throws Exception {
    try (var store = new StoreUnderTest(folder)) {
      var answer =
          store.store.events(new EventQuery("default", 0, Long.MAX_VALUE, null, 10, "' OR 1=1 --"));

      assertThat(answer)
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Answer.Reason.BAD_CURSOR));
    }
  }

  @Test
  void aDamagedPartCostsItsOwnRowsAndNoOthers() throws Exception {
    var log = new MemoryLog();
    var config = StoreUnderTest.config(folder);
    Path damaged;
    try (var store = new StoreUnderTest(config, log, StoreUnderTest.CLOCK).started()) {
      store.append(new Samples(1).flows(100, Samples.START, 100));
      store.awaitIndexed();
      try (var snapshot = store.store.catalog().snapshot()) {
        damaged = snapshot.file(snapshot.parts().getFirst());
      }
      store.append(new Samples(2).flows(10, Samples.START, 10));
      store.awaitIndexed();
    }
    Files.writeString(damaged, "nonsense");

    try (var store = new StoreUnderTest(config, log, StoreUnderTest.CLOCK).started()) {
      assertThat(store.newest(1000)).hasSize(10);
      assertThat(damaged).doesNotExist();
      assertThat(damaged.resolveSibling(damaged.getFileName() + ".damaged")).exists();
    }
  }

  @Test
  void largeEventsMakeShortPagesAndSmallParts() throws Exception {
    var log = new MemoryLog();
    var config = StoreUnderTest.config(folder, 48L << 20);
    var noise = new byte[400_000];
    Arrays.fill(noise, (byte) 'x');
    var extra =
        ("\"x\":\"" + new String(noise, StandardCharsets.US_ASCII) + "\"")
            .getBytes(StandardCharsets.US_ASCII);
    try (var store = new StoreUnderTest(config, log, StoreUnderTest.CLOCK)) {
      for (int i = 0; i < 50; i++) {
        store.append(List.of(withExtra(Samples.bare(Samples.START + i, i, null), extra)));
      }
      store.started();
      store.awaitIndexed();

      try (var snapshot = store.store.catalog().snapshot()) {
        assertThat(snapshot.parts()).allSatisfy(part -> assertThat(part.rows()).isLessThan(25));
      }
      assertThat(store.newest(1000)).hasSizeBetween(1, 12);
      assertThat(store.all(1000))
          .extracting(EventStoreTest::id)
          .hasSize(50)
          .doesNotHaveDuplicates();
    }
  }

  private static Event withExtra(Event event, byte[] extra) {
    return new Event(
        event.idHigh(),
        event.idLow(),
        event.kind(),
        event.origin(),
        event.startNanos(),
        event.endNanos(),
        event.source(),
        event.destination(),
        event.traffic(),
        event.quirks(),
        extra,
        event.enrichment());
  }
}
