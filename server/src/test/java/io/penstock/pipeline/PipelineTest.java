package io.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Events;
import io.penstock.log.LogConfig;
import io.penstock.log.LogUnavailableException;
import io.penstock.log.SegmentLog;
import io.penstock.metrics.Meter;
import io.penstock.metrics.Quantity;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTest {

  private final InstantSource clock = InstantSource.system();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Meter meter = new Meter(clock, registry);
  private final Events events = new Events(1);
  private final EventBatch batch = events.batch("default", 2);

  @TempDir private Path folder;
  private SegmentLog log;

  @BeforeEach
  void openLog() throws IOException {
    log = SegmentLog.open(LogConfig.in(folder), registry, clock);
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void aBatchIsEnrichedAndThenDurable() throws Exception {
    var other = events.event(events.origin());

    long position = pipeline((_, _) -> other).accept(batch).join();

    assertThat(position).isEqualTo(log.end());
    try (var reader = log.reader(0)) {
      var entry = reader.next(Duration.ofSeconds(5)).orElseThrow();
      assertThat(entry.batch().events())
          .extracting(Event::idLow)
          .containsExactly(other.idLow(), other.idLow());
    }
    assertThat(meter.everyone().total(Quantity.EVENTS)).isEqualTo(2);
  }

  @Test
  void whatTheLogRefusesIsInTheBooks() {
    var pipeline = pipeline((_, event) -> event);
    log.close();

    var durable = pipeline.accept(batch);

    assertThatThrownBy(durable::join).hasCauseInstanceOf(LogUnavailableException.class);
    assertThat(refused("closed")).isEqualTo(2);
    assertThat(pipeline.books().inFlight()).isZero();
  }

  @Test
  void aBugLeavesNothingInFlight() {
    var pipeline =
        pipeline(
            (_, _) -> {
              throw new IllegalStateException("the bug of the test");
            });

    var durable = pipeline.accept(batch);

    assertThatThrownBy(durable::join).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(refused("bug")).isEqualTo(2);
    assertThat(pipeline.books().inFlight()).isZero();
  }

  private Pipeline pipeline(Step enrich) {
    return new Pipeline(enrich, log, meter, _ -> {}, clock, registry);
  }

  private double refused(String reason) {
    return registry.scrape("telemetry_pipeline_refused_events"::equals).stream()
        .map(CounterSnapshot.class::cast)
        .flatMap(counter -> counter.getDataPoints().stream())
        .filter(point -> reason.equals(point.getLabels().get("reason")))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }
}
