package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.filter.Filter;
import io.penstock.filter.FilterParser;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A store with its indexer and a log. */
final class StoreUnderTest implements AutoCloseable {

  static final String TENANT = "default";

  /** The time of {@link Samples}, so that nothing has expired. */
  static final InstantSource CLOCK =
      InstantSource.fixed(Instant.ofEpochSecond(Samples.START / 1_000_000_000L));

  final MemoryLog log;
  final PrometheusRegistry registry = new PrometheusRegistry();
  final StoreConfig config;
  final EventStore store;
  final Indexer indexer;

  StoreUnderTest(Path folder) throws IOException {
    this(config(folder), new MemoryLog(), CLOCK);
  }

  StoreUnderTest(StoreConfig config, MemoryLog log, InstantSource clock) throws IOException {
    this.config = config;
    this.log = log;
    this.store = new EventStore(config, _ -> config.retentionDays(), clock, registry);
    this.indexer = new Indexer(log, store, config, clock, registry);
  }

  static StoreConfig config(Path folder) {
    return config(folder, 128 << 20);
  }

  static StoreConfig config(Path folder, long memoryBytes) {
    return new StoreConfig(
        folder,
        Duration.ofMillis(100),
        20_000,
        8 << 20,
        100_000,
        7,
        memoryBytes,
        2,
        4,
        Duration.ofSeconds(30));
  }

  StoreUnderTest started() {
    store.start();
    indexer.start();
    return this;
  }

  void append(List<Event> events) {
    append(TENANT, events);
  }

  void append(String tenant, List<Event> events) {
    log.append(new EventBatch(tenant, events, null)).join();
  }

  void awaitIndexed() {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> indexer.position() == log.end());
  }

  List<Event> newest(int limit) {
    return page(EventQuery.newest(TENANT, limit)).events();
  }

  Page page(EventQuery query) {
    return value(store.events(query));
  }

  List<Event> matching(String filter) {
    var query = new EventQuery(TENANT, 0, Long.MAX_VALUE, filter(filter), 10_000, null);
    return page(query).events();
  }

  /** Every event of the tenant, page by page. */
  List<Event> all(int pageSize) {
    var events = new ArrayList<Event>();
    @Nullable String cursor = null;
    do {
      var page = page(new EventQuery(TENANT, 0, Long.MAX_VALUE, null, pageSize, cursor));
      events.addAll(page.events());
      cursor = page.next();
    } while (cursor != null);
    return events;
  }

  static Filter filter(String text) {
    var parsed = FilterParser.parse(text);
    assertThat(parsed).isInstanceOf(FilterParser.Parsed.Accepted.class);
    return ((FilterParser.Parsed.Accepted) parsed).filter();
  }

  static <T> T value(Answer<T> answer) {
    assertThat(answer).isInstanceOf(Answer.Answered.class);
    return ((Answer.Answered<T>) answer).value();
  }

  @Override
  public void close() throws IOException {
    indexer.close();
    store.close();
  }
}
