package io.penstock.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MonitoringTest {

  @Test
  void whatAPagePollsIsMonitoring() {
    var polled =
        List.of(
            "/",
            "/v1/system",
            "/v1/metrics/prometheus",
            "/v1/logs/stream",
            "/v1/session",
            "/v1/overview/live",
            "/v1/outputs",
            "/v1/interception/alerts");

    assertThat(polled).allMatch(Monitoring::isMonitoring);
  }

  @Test
  void whatSomebodyDidIsNot() {
    var done =
        List.of(
            "/v1/ingest",
            "/v1/logsomething",
            "/v1/session/link",
            "/v1/outputs/splunk",
            "/v1/outputs/dlq/retry",
            "/v1/interception/stubs/teapot",
            "/v1/exchanges");

    assertThat(done).noneMatch(Monitoring::isMonitoring);
  }
}
