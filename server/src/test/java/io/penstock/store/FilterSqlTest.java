package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.filter.RandomFilters;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FilterSqlTest {

  @TempDir Path folder;

  @Test
  void theStoreAndMemoryAgreeOnEveryFilter() throws Exception {
    var events = new ArrayList<>(new Samples(8).flows(400, Samples.START, 1000));
    events.addAll(Samples.extremes());
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(events);
      store.awaitIndexed();
      var filters = new RandomFilters(9);
      int some = 0;

      for (int i = 0; i < 300; i++) {
        var filter = filters.next(2);
        var query = new EventQuery(StoreUnderTest.TENANT, 0, Long.MAX_VALUE, filter, 10_000, null);
        var found = ids(store.page(query).events());
        assertThat(found)
            .as(filter.toString())
            .isEqualTo(ids(events.stream().filter(filter::matches).toList()));
        some += found.isEmpty() || found.size() == events.size() ? 0 : 1;
      }

      assertThat(some).as("filters that tell events apart").isGreaterThan(60);
    }
  }

  private static List<UUID> ids(List<Event> events) {
    return events.stream()
        .map(e -> new UUID(e.idHigh(), e.idLow()))
        .sorted(Comparator.comparing(UUID::toString))
        .toList();
  }

  @Test
  void textNeverBecomesSql() throws Exception {
    try (var store = new StoreUnderTest(folder).started()) {
      store.append(new Samples(8).flows(20, Samples.START, 1000));
      store.awaitIndexed();

      for (var attack :
          List.of(
              "x' OR '1'='1",
              "x'); DROP TABLE t; --",
              "\\' OR 1=1 --",
              "'||(SELECT 1)||'",
              "?",
              "\u0000'")) {
        var quoted = '"' + attack.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
        assertThat(store.matching("src_city = " + quoted)).isEmpty();
        assertThat(store.matching("src_country = " + quoted)).isEmpty();
        assertThat(store.matching("collector_id ~ " + quoted)).isEmpty();
        assertThat(store.matching("trace_id in (" + quoted + ", " + quoted + ")")).isEmpty();
      }
      assertThat(store.newest(100)).hasSize(20);
    }
  }
}
