package io.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.log.LogUnavailableException;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class StageMetricsTest {

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final StageMetrics stages = new StageMetrics(registry);

  private String exposition() throws IOException {
    var text = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(text, registry.scrape());
    return text.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aBatchIsTimedInEachStage() throws IOException {
    var passage = stages.begin();
    var durable = new CompletableFuture<Long>();

    assertThat(passage.enriched(() -> "enriched")).isEqualTo("enriched");
    var stored = passage.stored(() -> durable);

    assertThat(exposition())
        .contains("telemetry_stage_seconds_count{stage=\"enrich\"} 1")
        .contains("telemetry_stage_seconds_count{stage=\"store\"} 0");
    durable.complete(7L);
    assertThat(stored).isCompletedWithValue(7L);
    assertThat(exposition())
        .contains("telemetry_stage_seconds_count{stage=\"store\"} 1")
        .contains("telemetry_event_processing_seconds_count 1");
  }

  @Test
  void whatGoesWrongIsCountedWhereItDid() throws IOException {
    var refusal = new LogUnavailableException(LogUnavailableException.Reason.CLOSED, null);
    var bug = new IllegalStateException("test");
    var passage = stages.begin();

    assertThatThrownBy(
            () ->
                passage.enriched(
                    () -> {
                      throw bug;
                    }))
        .isSameAs(bug);
    assertThat(passage.stored(() -> CompletableFuture.failedFuture(refusal))).isNotNull();
    assertThatThrownBy(
            () ->
                passage.stored(
                    () -> {
                      throw refusal;
                    }))
        .isSameAs(refusal);
    assertThat(passage.stored(() -> CompletableFuture.failedFuture(bug))).isNotNull();

    assertThat(exposition())
        .contains("telemetry_worker_errors_total{kind=\"exception\",stage=\"enrich\"} 1.0")
        .contains("telemetry_worker_errors_total{kind=\"unavailable\",stage=\"store\"} 2.0")
        .contains("telemetry_worker_errors_total{kind=\"exception\",stage=\"store\"} 1.0")
        .contains("telemetry_event_processing_seconds_count 0");
  }
}
