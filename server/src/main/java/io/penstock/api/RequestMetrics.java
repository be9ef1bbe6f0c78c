package io.penstock.api;

import io.penstock.http.Finished;
import io.penstock.metrics.Meter;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Consumer;

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
    meter.request(finished.status(), finished.took());
    String statusClass = statusClass(finished.status());
    String group = group(finished.route());
    requests.labelValues(statusClass, group, finished.tenant(), statusClass).inc();
    seconds.labelValues(group).observe(finished.took().toNanos() / 1e9);
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
