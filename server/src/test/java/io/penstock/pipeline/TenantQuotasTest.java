package io.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.Tenant.Quotas;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class TenantQuotasTest {

  private final AtomicLong nanos = new AtomicLong(-1);
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private Quotas quotas = new Quotas(100, 10_000, 0);
  private final TenantQuotas limits = new TenantQuotas(_ -> quotas, nanos::get, registry);

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void flowsAreTakenToTheLastTokenAndTheRestIsCounted() {
    assertThat(limits.takeFlows("acme", 150)).isEqualTo(150);
    assertThat(limits.takeFlows("acme", 150)).isEqualTo(50);
    assertThat(limits.takeFlows("other", 10)).isEqualTo(10);

    pass(Duration.ofMillis(100));
    assertThat(limits.takeFlows("acme", 150)).isEqualTo(10);
    pass(Duration.ofHours(1));
    assertThat(limits.takeFlows("acme", 1000)).isEqualTo(200);

    var dropped =
        (CounterSnapshot)
            registry.scrape("telemetry_tenant_dropped_events"::equals).iterator().next();
    assertThat(dropped.getDataPoints())
        .singleElement()
        .satisfies(
            point -> {
              assertThat(point.getLabels().get("tenant")).isEqualTo("acme");
              assertThat(point.getValue()).isEqualTo(100 + 140 + 800);
            });
  }

  @Test
  void aBatchIsTakenWholeAndPaidForAfterwards() {
    assertThat(limits.takeBatch("acme", 1000)).isZero();

    assertThat(limits.takeBatch("acme", 1)).isEqualTo(Duration.ofMillis(8010).toNanos());
    assertThat(limits.takeFlows("acme", 5)).isZero();
    pass(Duration.ofSeconds(8));
    assertThat(limits.takeBatch("acme", 1)).isEqualTo(Duration.ofMillis(10).toNanos());
    pass(Duration.ofMillis(10));
    assertThat(limits.takeBatch("acme", 1)).isZero();
  }

  @Test
  void overAMinuteTheRateHolds() {
    int taken = 0;
    for (int i = 0; i < 600; i++) {
      taken += limits.takeBatch("acme", 37) == 0 ? 37 : 0;
      pass(Duration.ofMillis(100));
    }

    assertThat(taken).isBetween(6000, 6000 + 200 + 37);
  }

  @Test
  void aChangedQuotaCountsAtOnce() {
    limits.takeFlows("acme", 200);
    assertThat(limits.takeFlows("acme", 1)).isZero();

    quotas = new Quotas(0, 10_000, 0);

    assertThat(limits.takeFlows("acme", 1_000_000)).isEqualTo(1_000_000);
    assertThat(limits.takeBatch("acme", 1_000_000)).isZero();
  }
}
