package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose time is over is gone from the disk: from the store and from the log. */
final class RetentionTest {

  private static final long DAY = 86_400_000_000_000L;
  private static final Instant NOW = Instant.ofEpochSecond(Samples.START / 1_000_000_000L);

  @TempDir private Path folder;

  private final Map<String, Integer> days = new ConcurrentHashMap<>(Map.of("acme", 7, "other", 7));
  private SegmentLog log;
  private EventStore store;
  private Indexer indexer;

  @BeforeEach
  void open() throws IOException {
    var clock = InstantSource.fixed(NOW);
    var registry = new PrometheusRegistry();
    var config = StoreUnderTest.config(folder.resolve("store"));
    log = SegmentLog.open(LogConfig.in(folder.resolve("log")), registry, InstantSource.system());
    store = new EventStore(config, tenant -> days.getOrDefault(tenant, 7), clock, registry);
    indexer = new Indexer(log, store, config, clock, registry);
    indexer.start();
  }

  @AfterEach
  void close() throws IOException {
    indexer.close();
    store.close();
    log.close();
  }

  /** An event whose trace id is a word to look for. */
  private void append(String tenant, long daysAgo, long id, String word) {
    var event = Samples.bare(Samples.START - daysAgo * DAY, id, word);
    log.append(new EventBatch(tenant, List.of(event), null)).join();
  }

  private void awaitIndexed() {
    await().atMost(Duration.ofSeconds(20)).until(() -> indexer.position() >= log.end());
  }

  private List<Long> ids(String tenant) {
    return StoreUnderTest.value(store.events(EventQuery.newest(tenant, 100))).events().stream()
        .map(Event::idLow)
        .toList();
  }

  /** Whether any file has the word, as it is or in the small frames that are not compressed. */
  private boolean isOnDisk(String word) throws IOException {
    var wanted = word.getBytes(StandardCharsets.US_ASCII);
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        if (contains(Files.readAllBytes(file), wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean contains(byte[] bytes, byte[] wanted) {
    var text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.contains(new String(wanted, StandardCharsets.ISO_8859_1));
  }

  private List<Path> parts() throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
  }

  @Test
  void aTenantsDaysEndByItsOwnRetentionAndTheBytesAreGone() throws Exception {
    append("acme", 3, 1, "acme-old-word");
    append("other", 3, 2, "other-old-word");
    append("acme", 0, 3, "acme-new-word");
    awaitIndexed();
    assertThat(isOnDisk("acme-old-word")).isTrue();

    days.put("acme", 2);
    assertThat(store.expire()).isEqualTo(1);
    log.roll(Duration.ZERO);

    assertThat(ids("acme")).containsExactly(3L);
    assertThat(ids("other")).containsExactly(2L);
    assertThat(parts()).hasSize(2);
    await().until(() -> !isOnDisk("acme-old-word"));
    assertThat(isOnDisk("other-old-word")).isTrue();
  }

  @Test
  void aLongerRetentionKeepsWhatIsStillThere() throws Exception {
    append("acme", 6, 1, "kept");
    append("acme", 8, 2, "over");
    awaitIndexed();

    days.put("acme", 30);
    assertThat(store.expire()).isZero();
    assertThat(ids("acme")).containsExactlyInAnyOrder(1L, 2L);

    days.put("acme", 7);
    assertThat(store.expire()).isEqualTo(1);
    assertThat(ids("acme")).containsExactly(1L);
  }

  @Test
  void aPurgedTenantIsGoneWhatWasOnItsWayIncludedAndNothingBringsItBack() throws Exception {
    append("acme", 0, 1, "first-word");
    awaitIndexed();
    append("other", 0, 2, "other-word");
    append("acme", 0, 3, "second-word");

    indexer.purge("acme").get(20, TimeUnit.SECONDS);

    assertThat(ids("acme")).isEmpty();
    assertThat(ids("other")).containsExactly(2L);
    await().until(() -> !isOnDisk("first-word") && !isOnDisk("second-word"));
    assertThat(isOnDisk("other-word")).isTrue();

    close();
    open();
    awaitIndexed();
    assertThat(ids("acme")).isEmpty();
    assertThat(ids("other")).containsExactly(2L);

    append("acme", 0, 4, "again");
    awaitIndexed();
    assertThat(ids("acme")).containsExactly(4L);
  }
}
