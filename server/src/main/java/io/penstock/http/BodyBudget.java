package io.penstock.http;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of request bodies may be in memory at a time, over all requests. */
final class BodyBudget {

  private final long bytesMax;
  private final AtomicLong inUse = new AtomicLong();
  private final Counter refused;

  BodyBudget(long bytesMax, PrometheusRegistry registry) {
    this.bytesMax = bytesMax;
    this.refused =
        Counter.builder()
            .name("telemetry_http_body_refused_total")
            .help("Requests refused because too many bytes of bodies were in memory.")
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_http_body_bytes")
        .help("Bytes of request bodies in memory.")
        .callback(gauge -> gauge.call((double) inUse.get()))
        .register(registry);
  }

  boolean tryTake(long bytes) {
    long before = inUse.getAndAdd(bytes);
    if (before + bytes <= bytesMax) {
      return true;
    }
    inUse.addAndGet(-bytes);
    refused.inc();
    return false;
  }

  void giveBack(long bytes) {
    inUse.addAndGet(-bytes);
  }
}
