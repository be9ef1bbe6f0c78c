package io.penstock.api;

import io.penstock.http.Finished;
import io.penstock.metrics.Meter;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Counts the requests that were answered. */
final class RequestMetrics implements Consumer<Finished> {

  private final Meter meter;
  private final Counter requests;
  private final Histogram seconds;

  RequestMetrics(Meter meter, PrometheusRegistry registry) {
    this.meter = meter;
    this.requests =
        Counter.builder()
            .name("telemetry_requests_total")
            .help("Requests answered.")
            .labelNames("status_class", "path_group", "tenant", "code")
            .register(registry);
    this.seconds =
        Histogram.builder()
            .name("telemetry_request_duration_seconds")
            .help("From the first line of a request to the end of its answer.")
            .labelNames("path_group")
            .classicUpperBounds(.001, .005, .01, .05, .1, .5, 1, 2, 5, 10)
            .register(registry);
  }

  @Override
  public void accept(Finished finished) {
    var took = latency(finished);
    meter.request(finished.tenant(), finished.status(), took);
    String statusClass = statusClass(finished.status());
    String group = group(finished.route());
    String tenant = meter.label(finished.tenant());
    requests.labelValues(statusClass, group, tenant, statusClass).inc();
    if (took != null) {
      seconds.labelValues(group).observe(took.toNanos() / 1e9);
    }
  }

  /** A live stream lasts for as long as somebody looks at it: that is no latency. */
  private static @Nullable Duration latency(Finished finished) {
    return finished.route().endsWith("/stream") ? null : finished.took();
  }

  private static String statusClass(int status) {
    return switch (status / 100) {
      case 2 -> "2xx";
      case 4 -> "4xx";
      case 5 -> "5xx";
      default -> "other";
    };
  }

  private static String group(String route) {
    if (route.startsWith("/v1/ingest")) {
      return "ingest";
    }
    if (route.startsWith("/v1/lookup")) {
      return "lookup";
    }
    if (route.startsWith("/v1/outputs")) {
      return "outputs";
    }
    return route.startsWith("/v1/admin") ? "admin" : "other";
  }
}
