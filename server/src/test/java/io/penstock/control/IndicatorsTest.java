package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.control.Indicators.Filter;
import io.penstock.control.Indicators.Held;
import io.penstock.control.Indicators.Limits;
import io.penstock.control.Indicators.Mode;
import io.penstock.control.Indicators.Outcome;
import io.penstock.control.ThreatIndicator.Draft;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class IndicatorsTest {

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));

  private final Engine engine;
  @TempDir private Path folder;
  private Database database;
  private Indicators indicators;

  IndicatorsTest(Engine engine) {
    this.engine = engine;
  }

  @BeforeEach
  void open() {
    database = engine.open(folder);
    indicators = new Indicators(database, new Limits(4_000, 3_000), now::get);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static Draft draft(String value, String feed, @Nullable Instant expires) {
    return new Draft(value, "c2", 90, feed, expires);
  }

  private List<String> values(String tenant) {
    return indicators.list(tenant, Filter.NONE, 0, 5_000).indicators().stream()
        .map(ThreatIndicator::value)
        .toList();
  }

  private Held held(String tenant) {
    return indicators.snapshot().current().getOrDefault(tenant, new Held(0, 0));
  }

  private List<String> active(String tenant) {
    var values = new ArrayList<String>();
    indicators.each(tenant, indicator -> values.add(indicator.value()));
    return values;
  }

  @Test
  void theSameTwiceIsOneIndicatorWithTheLatestWords() {
    indicators.put("acme", draft("192.0.2.1", "api", null));
    var first = indicators.list("acme", Filter.NONE, 0, 10).indicators().getFirst();
    now.set(now.get().plusSeconds(5));

    var outcome = indicators.put("acme", new Draft("192.0.2.1", "scanner", 10, "api", now.get()));

    assertThat(outcome).isEqualTo(new Outcome.Done(0, 1, 0));
    var second = indicators.find("acme", first.id()).orElseThrow();
    assertThat(second.category()).isEqualTo("scanner");
    assertThat(second.confidence()).isEqualTo(10);
    assertThat(second.expiresAt()).isEqualTo(now.get());
    assertThat(second.createdAt()).isEqualTo(first.createdAt());
    assertThat(second.updatedAt()).isAfter(first.updatedAt());
    assertThat(first.id()).hasSize(16);
  }

  @Test
  void aTenantSeesItsOwnAndThoseForEveryone() {
    indicators.put("acme", draft("192.0.2.1", "api", null));
    indicators.put("zeta", draft("192.0.2.2", "api", null));
    indicators.put(Indicators.EVERYONE, draft("192.0.2.3", "api", null));

    assertThat(values("acme")).containsExactly("192.0.2.3", "192.0.2.1");
    assertThat(values("zeta")).containsExactly("192.0.2.3", "192.0.2.2");
    var other = indicators.list("zeta", Filter.NONE, 1, 1).indicators().getFirst();
    assertThat(indicators.find("acme", other.id())).isEmpty();
    assertThat(indicators.remove("acme", other.id())).isFalse();
    assertThat(indicators.remove("zeta", other.id())).isTrue();
    assertThat(values("zeta")).containsExactly("192.0.2.3");
  }

  @Test
  void aFeedIsReplacedAsAWholeAndLeavesTheOthersAlone() {
    indicators.put("acme", draft("192.0.2.1", "own", null));
    load("acme", Mode.REPLACE, "198.51.100.1", "198.51.100.2");

    var outcome = load("acme", Mode.REPLACE, "198.51.100.2", "198.51.100.3");

    assertThat(outcome).isEqualTo(new Outcome.Done(1, 1, 1));
    assertThat(values("acme")).containsExactly("198.51.100.2", "198.51.100.3", "192.0.2.1");
    assertThat(load("acme", Mode.MERGE, "198.51.100.4")).isEqualTo(new Outcome.Done(1, 0, 0));
    assertThat(held("acme").size()).isEqualTo(4);
    assertThat(load("acme", Mode.REPLACE)).isEqualTo(new Outcome.Done(0, 0, 3));
    assertThat(values("acme")).containsExactly("192.0.2.1");
  }

  private Outcome load(String tenant, Mode mode, String... values) {
    var drafts = List.of(values).stream().map(value -> draft(value, "feed", null)).toList();
    return indicators.load(tenant, "feed", drafts, mode, _ -> {});
  }

  @Test
  void whatWouldBeTooMuchChangesNothing() {
    load("acme", Mode.REPLACE, "192.0.2.1");
    var revision = held("acme");
    var many =
        IntStream.range(0, 3_001)
            .mapToObj(i -> draft("10.0." + i / 256 + "." + i % 256, "feed", null))
            .toList();
    var progress = new ArrayList<Integer>();

    assertThat(indicators.load("acme", "feed", many, Mode.REPLACE, progress::add))
        .isEqualTo(new Outcome.Full(3_000));

    assertThat(values("acme")).containsExactly("192.0.2.1");
    assertThat(indicators.snapshot().current()).containsEntry("acme", revision);
    assertThat(progress).containsExactly(1_000, 2_000, 3_000, 3_001);
    assertThat(indicators.load("acme", "feed", many.subList(1, 3_001), Mode.REPLACE, _ -> {}))
        .isEqualTo(new Outcome.Done(3_000, 0, 1));
    assertThat(indicators.load("zeta", "feed", many.subList(0, 1_001), Mode.REPLACE, _ -> {}))
        .isEqualTo(new Outcome.Full(4_000));
    assertThat(indicators.load("zeta", "feed", many.subList(0, 1_000), Mode.REPLACE, _ -> {}))
        .isEqualTo(new Outcome.Done(1_000, 0, 0));
    assertThat(indicators.put(Indicators.EVERYONE, draft("192.0.2.9", "api", null)))
        .isEqualTo(new Outcome.Full(4_000));
  }

  @Test
  void aFeedIsToldWithWhatHasExpiredAndWhenItWasLastStored() {
    indicators.put("alpha", draft("192.0.2.1", "own", null));
    indicators.put("alpha", draft("192.0.2.2", "own", now.get().plusSeconds(60)));
    indicators.put(Indicators.EVERYONE, draft("192.0.2.3", "drop", null));
    indicators.put("beta", draft("192.0.2.4", "own", null));
    now.set(now.get().plusSeconds(120));

    assertThat(indicators.feeds("alpha", 10))
        .extracting(
            Indicators.Feed::name,
            Indicators.Feed::tenant,
            Indicators.Feed::size,
            Indicators.Feed::expired)
        .containsExactly(tuple("drop", Indicators.EVERYONE, 1L, 0L), tuple("own", "alpha", 2L, 1L));
    assertThat(indicators.feeds("alpha", 1)).hasSize(1);
    assertThat(indicators.feeds("beta", 10).getLast().updatedAt())
        .isEqualTo(Instant.parse("2026-03-01T12:00:00Z"));
  }

  @Test
  void theListIsFilteredAndPaged() {
    indicators.put("acme", draft("192.0.2.1", "a", now.get()));
    indicators.put("acme", draft("192.0.2.2", "a", now.get().plusSeconds(1)));
    indicators.put("acme", new Draft("192.0.2.3", "it's \"new\"", 1, "b", null));

    assertThat(found(new Filter("192.0.2.2", null, null, Optional.empty())))
        .containsExactly("192.0.2.2");
    assertThat(found(new Filter(null, "it's \"new\"", null, Optional.empty())))
        .containsExactly("192.0.2.3");
    assertThat(found(new Filter(null, null, "a", Optional.empty())))
        .containsExactly("192.0.2.1", "192.0.2.2");
    assertThat(found(new Filter(null, null, null, Optional.of(true)))).containsExactly("192.0.2.1");
    assertThat(found(new Filter(null, null, "a", Optional.of(false)))).containsExactly("192.0.2.2");
    var page = indicators.list("acme", Filter.NONE, 1, 1);
    assertThat(page.total()).isEqualTo(3);
    assertThat(page.indicators()).extracting(ThreatIndicator::value).containsExactly("192.0.2.2");
  }

  private List<String> found(Filter filter) {
    return indicators.list("acme", filter, 0, 10).indicators().stream()
        .map(ThreatIndicator::value)
        .toList();
  }

  @Test
  void whatHasExpiredIsNotPassedOnAndGoesInTime() {
    indicators.put("acme", draft("192.0.2.1", "a", now.get().plusSeconds(10)));
    indicators.put("acme", draft("192.0.2.2", "a", null));
    var before = held("acme");
    assertThat(active("acme")).containsExactlyInAnyOrder("192.0.2.1", "192.0.2.2");

    now.set(now.get().plusSeconds(10));

    assertThat(active("acme")).containsExactly("192.0.2.2");
    assertThat(indicators.purge(now.get())).isZero();
    assertThat(indicators.snapshot().current()).containsEntry("acme", before);
    assertThat(indicators.purge(now.get().plusMillis(1))).isEqualTo(1);
    assertThat(values("acme")).containsExactly("192.0.2.2");
    assertThat(held("acme").revision()).isGreaterThan(before.revision());
  }

  @Test
  void anotherServerSeesWhichTenantChanged() {
    var elsewhere = new Indicators(database, new Limits(10, 10), now::get);
    indicators.put("acme", draft("192.0.2.1", "a", null));
    indicators.put("zeta", draft("192.0.2.1", "a", null));
    assertThat(elsewhere.snapshot().refresh()).isTrue();
    var before = elsewhere.snapshot().current();

    indicators.put("acme", draft("192.0.2.2", "a", null));
    assertThat(elsewhere.snapshot().refresh()).isTrue();

    assertThat(elsewhere.snapshot().current()).isEqualTo(indicators.snapshot().current());
    assertThat(elsewhere.snapshot().current().get("acme")).isNotEqualTo(before.get("acme"));
    assertThat(elsewhere.snapshot().current().get("zeta")).isEqualTo(before.get("zeta"));
  }
}
