package io.penstock.stream;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/**
 * What connections bring. The books: <em>accepted = open + ended</em>, and every octet read is
 * handed on, or counted as lost here because of a stop or a bug.
 */
final class StreamMetrics {

  /** Why a connection was not accepted. */
  enum Refusal {
    /** There are as many as allowed, and all of them have sent messages. */
    TOO_MANY,
    /** There are as many of its address as allowed. */
    TOO_MANY_OF_ADDRESS
  }

  private final CounterDataPoint[] ended = new CounterDataPoint[Ending.values().length];
  private final CounterDataPoint[] refused = new CounterDataPoint[Refusal.values().length];

  final Counter accepted;
  final Gauge open;
  final Counter acceptErrors;
  final CounterDataPoint messages;
  final CounterDataPoint bytes;
  final CounterDataPoint lostBytes;
  final CounterDataPoint handlerErrors;
  final Gauge partialBytes;
  final CounterDataPoint waitSeconds;
  final CounterDataPoint reloads;
  final CounterDataPoint failedReloads;
  final Gauge certificateExpiry;

  StreamMetrics(PrometheusRegistry registry) {
    accepted =
        Counter.builder()
            .name("telemetry_stream_connections_accepted_total")
            .help("TCP connections taken.")
            .labelNames("listener")
            .register(registry);
    open =
        Gauge.builder()
            .name("telemetry_stream_connections")
            .help("TCP connections open: transport sessions.")
            .labelNames("listener")
            .register(registry);
    var endings =
        Counter.builder()
            .name("telemetry_stream_connections_ended_total")
            .help("TCP connections that ended, by why.")
            .labelNames("reason")
            .register(registry);
    for (var ending : Ending.values()) {
      ended[ending.ordinal()] = endings.labelValues(word(ending));
    }
    var refusals =
        Counter.builder()
            .name("telemetry_stream_connections_refused_total")
            .help("TCP connections closed at once because of a limit.")
            .labelNames("reason")
            .register(registry);
    for (var refusal : Refusal.values()) {
      refused[refusal.ordinal()] = refusals.labelValues(word(refusal));
    }
    acceptErrors =
        counter(registry, "telemetry_stream_accept_errors_total", "Accept calls that failed.");
    messages = counter(registry, "telemetry_stream_messages_total", "IPFIX messages received.");
    bytes = counter(registry, "telemetry_stream_bytes_total", "Octets read, without TLS.");
    lostBytes =
        counter(
            registry,
            "telemetry_stream_lost_bytes_total",
            "Octets read and not handed on because the server stopped or failed.");
    handlerErrors =
        counter(registry, "telemetry_stream_handler_errors_total", "Messages whose handler threw.");
    waitSeconds =
        counter(
            registry,
            "telemetry_stream_worker_wait_seconds_total",
            "Time for which connections were not read because their chunk was not decoded yet.");
    partialBytes =
        Gauge.builder()
            .name("telemetry_stream_partial_bytes")
            .help("Memory of messages whose end has not come yet.")
            .register(registry);
    var reloaded =
        Counter.builder()
            .name("telemetry_stream_certificate_reloads_total")
            .help("Looks at changed certificate files, by whether they could be used.")
            .labelNames("result")
            .register(registry);
    reloads = reloaded.labelValues("ok");
    failedReloads = reloaded.labelValues("failed");
    certificateExpiry =
        Gauge.builder()
            .name("telemetry_stream_certificate_expiry_timestamp_seconds")
            .help("When the TLS port's certificate expires, seconds since 1970 UTC.")
            .labelNames("listener")
            .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  void ended(Ending why) {
    ended[why.ordinal()].inc();
  }

  void refused(Refusal why) {
    refused[why.ordinal()].inc();
  }
}
