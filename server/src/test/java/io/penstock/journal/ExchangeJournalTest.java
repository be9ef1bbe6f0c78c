package io.penstock.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.event.EventBatch;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ExchangeJournalTest {

  private final List<EventBatch> appended = new CopyOnWriteArrayList<>();
  private final CountDownLatch open = new CountDownLatch(1);

  @Test
  void aListenerNeverWaitsAndLearnsWhenThereIsNoRoom() {
    try (var dropping = journal(4, Overflow.DROP);
        var refusing = journal(4, Overflow.REFUSE)) {
      dropping.start();
      refusing.start();

      // The log takes nothing: one batch is with it, four wait, the rest has no room.
      long dropped = records(dropping, 100);
      long refused = records(refusing, 100);

      assertThat(dropped).isEqualTo(100);
      assertThat(refused).isBetween(4L, 12L);
      open.countDown();
    }
  }

  @Test
  void whatWaitsAtTheStopIsStillWritten() {
    open.countDown();
    try (var journal = journal(1_000, Overflow.REFUSE)) {
      journal.start();

      assertThat(records(journal, 500)).isEqualTo(500);
    }
    assertThat(appended.stream().mapToInt(batch -> batch.events().size()).sum()).isEqualTo(500);
    assertThat(appended).allMatch(batch -> batch.tenant().equals("default"));
  }

  @Test
  void theObserverSeesWhatWasSeen() {
    open.countDown();
    var seen = new CopyOnWriteArrayList<String>();
    try (var journal =
        new ExchangeJournal(
            JournalConfig.DEFAULT,
            events(),
            this::append,
            exchange -> seen.add(exchange.request().target()),
            new PrometheusRegistry())) {
      journal.start();

      assertThat(records(journal, 1)).isEqualTo(1);

      await().untilAsserted(() -> assertThat(seen).containsExactly("/t?token=s3cret"));
    }
  }

  private static long records(ExchangeJournal journal, int count) {
    long taken = 0;
    for (int i = 0; i < count; i++) {
      var exchange = Exchanges.mocked("/t?token=s3cret", Headers.NONE, Content.NONE);
      taken += journal.record(exchange) ? 1 : 0;
    }
    return taken;
  }

  private ExchangeJournal journal(int waitingMax, Overflow overflow) {
    var config = new JournalConfig(waitingMax, 1 << 20, 4, overflow, Duration.ofSeconds(5));
    return new ExchangeJournal(config, events(), this::append, _ -> {}, new PrometheusRegistry());
  }

  private static ExchangeEvents events() {
    var redactor = new Redactor(new KeyedHash("key".getBytes(UTF_8)));
    return new ExchangeEvents(redactor, Optional.empty());
  }

  private CompletableFuture<Long> append(EventBatch batch) {
    try {
      open.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    appended.add(batch);
    return CompletableFuture.completedFuture(0L);
  }
}
