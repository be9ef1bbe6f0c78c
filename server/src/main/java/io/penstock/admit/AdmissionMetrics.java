package io.penstock.admit;

import io.penstock.control.Source;
import io.penstock.control.Tenant;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What was refused, and whose it was. */
final class AdmissionMetrics {

  /** What stands for an exporter that is no source. */
  static final Source.Key UNKNOWN = new Source.Key(Tenant.DEFAULT, "__unknown__");

  /** Sources with series of their own; the others of a tenant share one. */
  private static final int SOURCES_MAX = 1_000;

  private static final String OTHERS = "other";

  private final Counter blocked;
  private final Counter blockedIp;
  private final Counter mismatches;
  private final Counter refusedEvents;
  private final Counter refusedMessages;
  private final Set<Source.Key> labelled = ConcurrentHashMap.newKeySet();

  AdmissionMetrics(PrometheusRegistry registry) {
    this.blocked =
        counter(
            registry,
            "telemetry_blocked_source_total",
            "Posts, datagrams and stream messages that admission did not let in, or would not have:"
                + " see ADMISSION_LOG_ONLY.",
            "tenant",
            "source",
            "reason");
    this.blockedIp =
        counter(
            registry,
            "telemetry_http_blocked_ip_total",
            "Posts from an address that their source may not have.",
            "tenant",
            "source_id");
    this.mismatches =
        counter(
            registry,
            "telemetry_source_type_mismatch_total",
            "Posts that name a source which is to send flows.",
            "tenant",
            "source_id");
    this.refusedEvents =
        counter(
            registry,
            "telemetry_admission_refused_events_total",
            "Events that were decoded and not taken, since their source sends too fast.",
            "tenant");
    this.refusedMessages =
        counter(
            registry,
            "telemetry_stream_refused_messages_total",
            "Messages of TCP connections that were not decoded.",
            "reason");
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  void blocked(Source.Key source, Verdict reason) {
    blocked.labelValues(source.tenant(), label(source), reason.word()).inc();
  }

  void blockedIp(Source.Key source) {
    blockedIp.labelValues(source.tenant(), label(source)).inc();
  }

  void mismatch(Source.Key source) {
    mismatches.labelValues(source.tenant(), label(source)).inc();
  }

  void refusedEvents(String tenant, int count) {
    refusedEvents.labelValues(tenant).inc(count);
  }

  void refusedMessage(Verdict reason) {
    refusedMessages.labelValues(reason.word()).inc();
  }

  private String label(Source.Key source) {
    if (source.equals(UNKNOWN) || labelled.contains(source)) {
      return source.id();
    }
    if (labelled.size() >= SOURCES_MAX) {
      return OTHERS;
    }
    labelled.add(source);
    return source.id();
  }
}
