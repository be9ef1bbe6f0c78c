package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Settings;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import io.penstock.stub.Stub;
import io.penstock.stub.StubConfig;
import io.penstock.stub.Stubs;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptStubsTest {

  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir private Path folder;

  @Test
  void anotherInstanceOfTheSameControlPlaneHasThem() {
    try (var database = open()) {
      var here = new Instance(new Settings(database, CLOCK));
      var there = new Instance(new Settings(database, CLOCK));

      assertThat(here.kept.put(List.of(stub("teapot", 418)))).isEmpty();
      there.settings.snapshot().refresh();
      there.kept.refresh();

      assertThat(here.status()).isEqualTo(418);
      assertThat(there.status()).isEqualTo(418);

      assertThat(there.kept.put(List.of(stub("teapot", 200)))).isEmpty();
      here.settings.snapshot().refresh();
      here.kept.refresh();
      assertThat(here.status()).isEqualTo(200);

      assertThat(here.kept.remove("teapot")).isTrue();
      assertThat(here.kept.remove("teapot")).isFalse();
      assertThat(here.status()).isEqualTo(404);
    }
  }

  @Test
  void aRestartHasThem() {
    try (var database = open()) {
      new Instance(new Settings(database, CLOCK)).kept.put(List.of(stub("teapot", 418)));
    }
    try (var database = open()) {
      var again = new Instance(new Settings(database, CLOCK));
      again.kept.refresh();

      assertThat(again.status()).isEqualTo(418);
    }
  }

  private Database open() {
    return Database.open(
        new DatabaseConfig.Sqlite(folder.resolve("penstock.db")), new PrometheusRegistry());
  }

  private static Stub stub(String name, int status) {
    var document =
        Map.of(
            "name", name, "request", Map.of("path", "/brew"), "answer", Map.of("status", status));
    var parsed = Stub.parse(document);
    assertThat(parsed.problems()).isEmpty();
    return parsed.stubs().getFirst();
  }

  /** One instance with its stubs. */
  private static final class Instance {
    private final Settings settings;
    private final Stubs stubs =
        new Stubs(StubConfig.DEFAULT, new PrometheusRegistry(), CLOCK, new Random(1), () -> "");
    private final KeptStubs kept;

    private Instance(Settings settings) {
      this.settings = settings;
      this.kept = new KeptStubs(settings, stubs);
    }

    private int status() {
      var asked =
          new Asked("http", "a.test", 80, "GET", "/brew", "HTTP/1.1", Headers.NONE, Content.NONE);
      var answer = stubs.answer(asked, null);
      return answer == null ? 404 : answer.status();
    }
  }
}
