package io.penstock.outputs;

import io.penstock.control.Output;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.SinkStatus;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** How the sinks are, and what came of their tests, under the names of the HTTP contract. */
final class ShippersMetrics {

  /** Sinks that clients expect to find although none is configured. */
  private static final List<String> EXPECTED = List.of("splunk", "elastic");

  private static final String NOBODY = "default";

  /** The code of a test to which nothing came back. */
  private static final String NO_CODE = "none";

  private final Shippers shippers;
  private final Counter tests;
  private final Counter successes;
  private final Counter failures;

  ShippersMetrics(PrometheusRegistry registry, Shippers shippers, DeadLetters letters) {
    this.shippers = shippers;
    tests =
        Counter.builder()
            .name("telemetry_export_test_total")
            .help("Tests of a sink by the code that its destination answered.")
            .labelNames("dest", "tenant", "code")
            .register(registry);
    successes =
        counter(
            registry, "telemetry_outputs_test_success_total", "Tests of a sink that went well.");
    failures =
        counter(registry, "telemetry_outputs_test_fail_total", "Tests of a sink that failed.");
    expected(
        registry,
        "telemetry_export_backlog",
        "Events of the log that a sink has not come to, with those that wait in it.",
        SinkLife::backlog);
    expected(
        registry,
        "telemetry_export_dlq_depth",
        "Events that a sink's dead letters hold.",
        life -> letters.depth(life.key().tenant(), life.key().name()));
    ofShipping(
        registry,
        "telemetry_output_lag_seconds",
        "Age of the oldest event that waits in a sink.",
        SinkStatus::lagSeconds);
    ofShipping(
        registry,
        "telemetry_output_inflight_requests",
        "Batches under way to a sink's destination.",
        SinkStatus::underWay);
    ofShipping(
        registry,
        "telemetry_output_concurrency_limit",
        "Batches that may be under way to a sink's destination at present.",
        SinkStatus::concurrency);
    registerStates(registry);
    GaugeWithCallback.builder()
        .name("telemetry_conservation_imbalance_events")
        .help(
            "Events that sinks have read and that were neither filtered, given up, delivered,"
                + " refused nor wait: 0 at rest.")
        .callback(gauge -> gauge.call((double) imbalance()))
        .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    var counter =
        Counter.builder().name(name).help(help).labelNames("target", "tenant").register(registry);
    EXPECTED.forEach(sink -> counter.initLabelValues(sink, NOBODY));
    return counter;
  }

  private void expected(
      PrometheusRegistry registry, String name, String help, ToLongFunction<SinkLife> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("dest", "tenant")
        .callback(
            gauge -> {
              var lives = shippers.lives();
              for (var sink : EXPECTED) {
                var key = new Output.Key(NOBODY, sink);
                if (lives.stream().noneMatch(life -> life.key().equals(key))) {
                  gauge.call(0, sink, NOBODY);
                }
              }
              for (var life : lives) {
                gauge.call(
                    (double) value.applyAsLong(life), life.key().name(), life.key().tenant());
              }
            })
        .register(registry);
  }

  private void ofShipping(
      PrometheusRegistry registry, String name, String help, ToDoubleFunction<SinkStatus> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("dest", "tenant")
        .callback(
            gauge -> {
              for (var life : shippers.lives()) {
                var status = life.status();
                if (status != null) {
                  gauge.call(value.applyAsDouble(status), life.key().name(), life.key().tenant());
                }
              }
            })
        .register(registry);
  }

  private void registerStates(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("telemetry_output_state")
        .help(
            "1 for the state that a sink is in: starting, ok, retrying, blocked, stopped, disabled,"
                + " locked, failed, unavailable.")
        .labelNames("dest", "tenant", "state")
        .callback(
            gauge -> {
              for (var life : shippers.lives()) {
                gauge.call(1, life.key().name(), life.key().tenant(), life.state());
              }
            })
        .register(registry);
  }

  private long imbalance() {
    long sum = 0;
    for (var life : shippers.lives()) {
      var status = life.status();
      sum += status == null ? 0 : Math.abs(status.imbalance());
    }
    return sum;
  }

  /** A test was sent. */
  void tested(Output.Key key, Shippers.Tested tested) {
    var code = tested.code() == null ? NO_CODE : String.valueOf(tested.code());
    tests.labelValues(key.name(), key.tenant(), code).inc();
    (tested.isOk() ? successes : failures).labelValues(key.name(), key.tenant()).inc();
  }

  /** A test could not be sent. */
  void untested(Output.Key key) {
    tests.labelValues(key.name(), key.tenant(), NO_CODE).inc();
    failures.labelValues(key.name(), key.tenant()).inc();
  }

  /** Forgets a sink that is gone for good. */
  void forget(Output.Key key) {
    tests.removeIf(
        labels -> labels.get(0).equals(key.name()) && labels.get(1).equals(key.tenant()));
    successes.remove(key.name(), key.tenant());
    failures.remove(key.name(), key.tenant());
  }
}
