package io.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BooksTest {

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Books books = new Books(registry);

  @Test
  void everyEventThatCameInIsDurableRefusedOrOnItsWay() throws IOException {
    books.received(100);
    books.durable(40);
    books.refused("default", 10, "DISK_FULL");

    assertThat(books.inFlight()).isEqualTo(50);
    assertThat(exposed().lines())
        .contains(
            "telemetry_queue_depth 50.0",
            "telemetry_queue_saturation 5.0E-4",
            "telemetry_queue_enqueues_total 100.0",
            "telemetry_queue_drops_total 10.0",
            "telemetry_pipeline_refused_events_total{reason=\"disk_full\",tenant=\"default\"} 10.0");
  }

  private String exposed() throws IOException {
    var text = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(text, registry.scrape());
    return text.toString(StandardCharsets.UTF_8);
  }
}
