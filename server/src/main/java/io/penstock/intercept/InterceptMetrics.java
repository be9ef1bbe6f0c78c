package io.penstock.intercept;

import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptConfig.Kind;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/**
 * What the listeners did. Every connection taken is open, refused or ended; every request that
 * could be read has one verdict.
 */
final class InterceptMetrics {

  /** Why something was refused. */
  enum Refusal {
    CONNECTIONS,
    CONNECTIONS_OF_ADDRESS,
    HANDSHAKES,
    RATE,
    LOGIN,
    LOOP,
    JOURNAL,
    /** Too many answers are being made already. */
    ANSWERS,
    REQUEST_LINE,
    HEAD,
    BODY,
    MALFORMED,
    SLOW,
    FLOOD
  }

  /** How a handshake ended. */
  enum Handshake {
    DONE,
    /** The client does not trust our certificate, and says so. */
    REJECTED,
    /** The client went away. */
    BROKEN_OFF,
    /** Anything else: no common version, garbage. */
    FAILED,
    /** There is no certificate to be had for the name. */
    NO_CERTIFICATE
  }

  private final CounterDataPoint[][] requests =
      new CounterDataPoint[Kind.values().length][Verdict.values().length];
  private final CounterDataPoint[] handshakes = new CounterDataPoint[Handshake.values().length];
  private final CounterDataPoint[] refused = new CounterDataPoint[Refusal.values().length];
  private final DistributionDataPoint[] durations =
      new DistributionDataPoint[Verdict.values().length];
  private final CounterDataPoint[] fronted = new CounterDataPoint[Verdict.values().length];

  final Gauge connections;
  final Counter accepted;
  final CounterDataPoint unjournaled;
  final CounterDataPoint mismatches;
  final CounterDataPoint slowAnswers;
  final CounterDataPoint errors;

  InterceptMetrics(PrometheusRegistry registry) {
    accepted =
        Counter.builder()
            .name("intercept_connections_accepted_total")
            .help("Connections that clients opened.")
            .labelNames("listener")
            .register(registry);
    connections =
        Gauge.builder()
            .name("intercept_connections")
            .help("Connections of clients that are open.")
            .labelNames("listener")
            .register(registry);
    unjournaled =
        counter(
            registry,
            "intercept_unjournaled_exchanges_total",
            "Exchanges that the journal did not take.");
    mismatches =
        counter(
            registry,
            "intercept_host_mismatches_total",
            "Requests for another host than their connection is for.");
    slowAnswers =
        counter(
            registry,
            "intercept_slow_answers_total",
            "Answers of mocks that took longer to make than 10 ms.");
    errors = counter(registry, "intercept_errors_total", "Connections ended by a bug of ours.");
    requests(registry);
    handshakes(registry);
    fronted(registry);
    refusals(registry);
    durations(registry);
  }

  private static CounterDataPoint counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry).labelValues();
  }

  private void requests(PrometheusRegistry registry) {
    var counter =
        Counter.builder()
            .name("intercept_requests_total")
            .help("Exchanges that ended, tunnels among them, by listener and verdict.")
            .labelNames("listener", "verdict")
            .register(registry);
    for (var kind : Kind.values()) {
      for (var verdict : Verdict.values()) {
        requests[kind.ordinal()][verdict.ordinal()] =
            counter.labelValues(word(kind), word(verdict));
      }
    }
  }

  private void handshakes(PrometheusRegistry registry) {
    var counter =
        Counter.builder()
            .name("intercept_handshakes_total")
            .help("TLS handshakes with clients, by how they ended.")
            .labelNames("result")
            .register(registry);
    for (var result : Handshake.values()) {
      handshakes[result.ordinal()] = counter.labelValues(word(result));
    }
  }

  private void fronted(PrometheusRegistry registry) {
    var counter =
        Counter.builder()
            .name("intercept_fronted_connections_total")
            .help(
                "Connections asked for one host whose TLS is with another, about which the policy"
                    + " is stricter, by what was done with them.")
            .labelNames("verdict")
            .register(registry);
    // Which of its requests are mocked turns out when they come.
    for (var verdict : new Verdict[] {Verdict.OBSERVE, Verdict.BLOCK}) {
      fronted[verdict.ordinal()] = counter.labelValues(word(verdict));
    }
  }

  private void refusals(PrometheusRegistry registry) {
    var counter =
        Counter.builder()
            .name("intercept_refused_total")
            .help("Connections and requests refused because of a limit, by which one.")
            .labelNames("reason")
            .register(registry);
    for (var reason : Refusal.values()) {
      refused[reason.ordinal()] = counter.labelValues(word(reason));
    }
  }

  private void durations(PrometheusRegistry registry) {
    var histogram =
        Histogram.builder()
            .name("intercept_request_seconds")
            .help("Time from the first octet of a request to the last of its answer.")
            .labelNames("verdict")
            .classicOnly()
            .classicUpperBounds(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30)
            .register(registry);
    for (var verdict : Verdict.values()) {
      durations[verdict.ordinal()] = histogram.labelValues(word(verdict));
    }
  }

  void ended(Kind kind, Verdict verdict, long nanos) {
    requests[kind.ordinal()][verdict.ordinal()].inc();
    if (verdict != Verdict.TUNNEL) {
      durations[verdict.ordinal()].observe(nanos / 1e9);
    }
  }

  void shaken(Handshake result) {
    handshakes[result.ordinal()].inc();
  }

  /** The server name decided what is done with a connection that was asked for another host. */
  void fronted(Verdict stricter) {
    fronted[stricter.ordinal()].inc();
  }

  void refused(Refusal reason) {
    refused[reason.ordinal()].inc();
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
