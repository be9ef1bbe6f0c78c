package io.penstock.receive;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ReceiveMetricsTest {

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ReceiveMetrics metrics = new ReceiveMetrics(registry);

  private Map<String, Double> drops() {
    var drops = new HashMap<String, Double>();
    for (var snapshot : registry.scrape("telemetry_udp_exporter_dropped"::equals)) {
      for (var point : snapshot.getDataPoints()) {
        var exporter = point.getLabels().get("exporter");
        drops.put(exporter, ((CounterDataPointSnapshot) point).getValue());
      }
    }
    return drops;
  }

  @Test
  void dropsAreCountedByTheExportersAddressAsItsPageHasIt() throws UnknownHostException {
    for (var address : new String[] {"192.0.2.1", "2001:db8::7", "::ffff:192.0.2.1"}) {
      metrics.dropped(Drop.QUEUE_FULL, InetAddress.getByName(address));
    }

    assertThat(drops()).containsOnly(Map.entry("192.0.2.1", 2.0), Map.entry("2001:db8::7", 1.0));
  }

  @Test
  @Tag("case-91")
  void addressesThatHashToTheSameNumberAreOnlyAThousandLabels() throws UnknownHostException {
    for (int i = 0; i < 100_000; i++) {
      // The words add up to the same: an InetAddress has one hash for all of them.
      var octets = ByteBuffer.allocate(16).putInt(0x2001_0db8).putInt(i).putInt(-i).putInt(0);
      metrics.dropped(Drop.QUEUE_FULL, InetAddress.getByAddress(octets.array()));
    }

    assertThat(drops()).hasSize(1_001).containsEntry("other", 99_000.0);
  }
}
