package io.penstock.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.EventBatch;
import io.penstock.event.Events;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MeterTest {

  private static final Duration TOOK = Duration.ofMillis(3);

  private Instant now = Instant.ofEpochSecond(1_790_000_040);
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Meter meter = new Meter(() -> now, registry);
  private final Events events = new Events(5);

  private String exposition() throws IOException {
    var text = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(text, registry.scrape());
    return text.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachTenantHasItsOwnNumbersAndAllTogetherTheirSum() {
    meter.request("acme", 200, TOOK);
    meter.request("acme", 404, TOOK);
    meter.request("globex", 500, null);
    meter.httpAdmitted("acme", 5);
    meter.httpDropped("globex", "no_records");
    meter.durable(events.batch("acme", 5), TOOK);

    assertThat(meter.of("acme").total(Quantity.REQUESTS)).isEqualTo(2);
    assertThat(meter.of("acme").total(Quantity.FAILED_REQUESTS)).isEqualTo(1);
    assertThat(meter.of("acme").total(Quantity.EVENTS)).isEqualTo(5);
    assertThat(meter.of("acme").dropped()).isEmpty();
    assertThat(meter.of("globex").total(Quantity.EVENTS)).isZero();
    assertThat(meter.of("globex").dropped()).containsEntry("no_records", 1L);
    assertThat(meter.everyone().total(Quantity.REQUESTS)).isEqualTo(3);
    assertThat(meter.everyone().total(Quantity.HTTP_RECORDS)).isEqualTo(5);
    assertThat(meter.of("nobody").total(Quantity.REQUESTS)).isZero();
  }

  @Test
  void sendersAreCountedByRunsOfThem() {
    var one = events.batch("acme", 3).events();
    var other = events.batch("acme", 2).events();
    var mixed = new EventBatch("acme", List.of(one.get(0), other.get(0), one.get(1)), null);

    meter.durable(mixed, TOOK);

    var acme = meter.of("acme");
    assertThat(acme.uniqueSources()).isEqualTo(2);
    long named = mixed.events().stream().filter(event -> event.origin().sourceId() != null).count();
    assertThat(acme.bySource().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(named);
    assertThat(meter.bySource()).isEqualTo(acme.bySource());
  }

  @Test
  void tenantsBeyondTheFirstThousandShareALabelButNoNumbers() throws IOException {
    for (int i = 0; i < 1_001; i++) {
      meter.httpAdmitted("tenant-" + i, 1);
    }
    meter.httpAdmitted("tenant-1001", 41);

    assertThat(exposition())
        .contains("telemetry_http_admitted_total{tenant=\"tenant-999\"} 1.0")
        .contains("telemetry_http_admitted_total{tenant=\"other\"} 42.0")
        .doesNotContain("tenant-1000");
    assertThat(meter.of("tenant-1000").total(Quantity.HTTP_RECORDS)).isEqualTo(1);
    assertThat(meter.of("tenant-1001").total(Quantity.HTTP_RECORDS)).isEqualTo(41);
  }

  @Test
  void whoIsForgottenHasNeitherNumbersNorSeriesAndMakesRoomForAnother() throws IOException {
    for (int i = 0; i < 1_000; i++) {
      meter.httpAdmitted("tenant-" + i, 1);
    }
    meter.httpDropped("tenant-7", "no_records");
    meter.httpAdmitted("one-too-many", 1);

    meter.forget("tenant-7");
    meter.forget("one-too-many");
    meter.forget("nobody");
    meter.httpAdmitted("next", 1);

    assertThat(meter.of("tenant-7").total(Quantity.HTTP_RECORDS)).isZero();
    assertThat(exposition())
        .doesNotContain("\"tenant-7\"")
        .contains("telemetry_http_admitted_total{tenant=\"next\"} 1.0")
        .contains("telemetry_http_admitted_total{tenant=\"other\"} 1.0");
  }

  @Test
  void theIdlestTenantMakesRoom() throws IOException {
    for (int i = 0; i < 10_000; i++) {
      meter.httpAdmitted("tenant-" + i, 1);
      if (i == 0) {
        now = now.plusSeconds(1);
      }
    }

    meter.httpAdmitted("one-more", 1);

    assertThat(meter.of("tenant-0").total(Quantity.HTTP_RECORDS)).isZero();
    assertThat(meter.of("tenant-1").total(Quantity.HTTP_RECORDS)).isEqualTo(1);
    assertThat(exposition())
        .contains(
            "telemetry_metered_tenants_evicted_total 1.0", "telemetry_metered_tenants 10000.0");
  }

  @Test
  void aThousandTenantsThatWereBusyForAnHourTakeLessThanFiftyMegabytes() {
    var batch = events.batch("any", 20).events();
    long before = usedHeap();

    for (int minute = 0; minute < 65; minute++) {
      for (int i = 0; i < 1_000; i++) {
        var tenant = "tenant-" + i;
        meter.request(tenant, 200, Duration.ofNanos(800_000L + i * 1_000L + minute * 50_000L));
        meter.request(tenant, 404, Duration.ofMillis(12));
        meter.durable(new EventBatch(tenant, batch, null), Duration.ofMillis(5 + minute));
      }
      now = now.plusSeconds(60);
    }

    long taken = usedHeap() - before;
    if (Boolean.getBoolean("metrics.show")) {
      System.out.printf("1,000 tenants: %.1f MB%n", taken / 1e6);
    }
    assertThat(meter.of("tenant-999").over(3_600).sum(Quantity.REQUESTS)).isEqualTo(120);
    assertThat(taken).isBetween(1_000_000L, 50_000_000L);
  }

  /** What is in use once a collection finds nothing more that other tests left behind. */
  private static long usedHeap() {
    long used = Long.MAX_VALUE;
    for (int collection = 0; collection < 20; collection++) {
      System.gc();
      long now = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
      if (used - now < 100_000) {
        return now;
      }
      used = now;
    }
    return used;
  }
}
