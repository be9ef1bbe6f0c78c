package io.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QueriesTest {

  @TempDir Path folder;

  @Test
  void whoFindsEveryThreadTakenIsRefused() throws Exception {
    var release = new CountDownLatch(1);
    var started = new CountDownLatch(1);
    try (var queries = queries(1, Duration.ofSeconds(60));
        var others = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = others.submit(() -> queries.ask("slow", _ -> wait(started, release)));
      started.await();

      var second = queries.ask("quick", _ -> "never");

      assertThat(second)
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Answer.Reason.BUSY));
      release.countDown();
      assertThat(first.get()).isEqualTo(new Answer.Answered<>("done"));
      assertThat(queries.ask("quick", _ -> "now")).isEqualTo(new Answer.Answered<>("now"));
    }
  }

  private static String wait(CountDownLatch started, CountDownLatch release) {
    started.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "done";
  }

  @Test
  void whatTakesTooLongIsEnded() throws Exception {
    try (var queries = queries(1, Duration.ofSeconds(1))) {
      var answer =
          queries.ask(
              "endless",
              session -> {
                session.query(
                    "SELECT count(*) FROM range(1000000000000) a WHERE hash(a.range) = 1",
                    List.of(),
                    rows -> {});
                return "never";
              });

      assertThat(answer)
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Answer.Reason.TIMEOUT));
    }
  }

  @Test
  void aQueryThatFailsIsAnAnswerToo() throws Exception {
    try (var queries = queries(1, Duration.ofSeconds(5))) {
      var answer =
          queries.ask(
              "wrong",
              session -> {
                session.query("SELECT nonsense", List.of(), rows -> {});
                return "never";
              });

      assertThat(answer)
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Answer.Reason.FAILED));
    }
  }

  @Test
  void whatNeedsMoreMemoryThanThereIsIsTooLarge() throws Exception {
    try (var queries = queries(1, Duration.ofSeconds(30))) {
      var answer =
          queries.ask(
              "wide",
              session -> {
                session.query(
                    "SELECT length(string_agg(repeat(i::VARCHAR, 100), '')) FROM range(3000000)"
                        + " t(i)",
                    List.of(),
                    rows -> {});
                return "never";
              });

      assertThat(answer)
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.reason()).isEqualTo(Answer.Reason.TOO_LARGE));
    }
  }

  private Queries queries(int queriesMax, Duration timeout) throws Exception {
    var config =
        new StoreConfig(folder, Duration.ZERO, 1, 1, 1, 1, 128 << 20, 2, queriesMax, timeout);
    var registry = new PrometheusRegistry();
    var sketching = new Sketching(Sketching.Bounds.MEASURED, registry);
    return new Queries(new Duck(config), new Catalog(folder), sketching, config, registry);
  }
}
