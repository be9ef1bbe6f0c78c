package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Asked;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Stubs with a clock that stands and numbers that repeat. */
public final class Desk {

  public final PrometheusRegistry registry = new PrometheusRegistry();
  public final Stubs stubs;

  public Desk(String... documents) {
    this(StubConfig.DEFAULT, documents);
  }

  public Desk(StubConfig config, String... documents) {
    stubs =
        new Stubs(
            config,
            registry,
            () -> Instant.parse("2026-11-22T10:15:30.123Z"),
            new Random(7),
            () -> "mock_requests_total 3\n");
    for (var document : documents) {
      var parsed = Stub.parse(document);
      assertThat(parsed.problems()).isEmpty();
      parsed.stubs().forEach(stub -> stubs.put(Stubs.Layer.API, stub));
    }
  }

  public @Nullable Answer answer(Asked asked) {
    return stubs.answer(asked, null);
  }

  /** The name of the stub that answers; empty when none does. */
  public String who(Asked asked) {
    var answer = answer(asked);
    return answer == null ? "" : answer.stub();
  }

  public String body(Asked asked) {
    return new String(Objects.requireNonNull(answer(asked)).body(), StandardCharsets.UTF_8);
  }

  public double counted(String name, String... labelValue) {
    for (var snapshot : registry.scrape()) {
      if (snapshot.getMetadata().getName().equals(name)
          && snapshot instanceof CounterSnapshot counter) {
        return counter.getDataPoints().stream()
            .filter(
                point ->
                    labelValue.length == 0 || labelValue[0].equals(point.getLabels().getValue(0)))
            .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
            .sum();
      }
    }
    return -1;
  }
}
