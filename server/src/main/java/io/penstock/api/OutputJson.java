package io.penstock.api;

import io.penstock.control.Output;
import io.penstock.json.Json;
import io.penstock.outputs.Configured;
import io.penstock.outputs.Shippers;
import io.penstock.sink.Delivery;
import io.penstock.sink.SinkStatus;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An output as the API shows it: without secrets. */
final class OutputJson {

  private static final Shippers.Report NONE = new Shippers.Report("none", null, null, 0, 0);

  private OutputJson() {}

  /** All of it. */
  static Map<String, @Nullable Object> of(Output output, Shippers.Report report) {
    return Json.object(
        "name",
        output.name(),
        "type",
        output.type(),
        "enabled",
        output.isEnabled(),
        "source",
        output.isFromEnvironment() ? "environment" : "api",
        "updated_at",
        output.isFromEnvironment() ? null : output.updatedAt().toString(),
        "config",
        Configured.shown(output),
        "health",
        health(output, report));
  }

  /** What it is, as older clients ask for it by its name; null when it is not configured. */
  static @Nullable Map<String, @Nullable Object> config(@Nullable Output output) {
    return output == null ? null : Configured.shown(output);
  }

  /** How it is; an output that is not configured is not reachable. */
  static Map<String, @Nullable Object> health(
      @Nullable Output output, Shippers.@Nullable Report known) {
    var report = known == null ? NONE : known;
    var status = report.status();
    var health =
        Json.object(
            "reachable", status != null && isReachable(status),
            "last_success_ts", status == null ? null : seconds(status.lastSuccess()),
            "last_http_code", code(status == null ? null : status.lastAnswer()),
            "last_error", error(output, status),
            "backlog", report.backlog(),
            "dlq_depth", report.deadLetters(),
            "state", report.state(),
            "problem", report.problem());
    health.put("shipping", status == null ? null : shipping(status));
    return health;
  }

  private static boolean isReachable(SinkStatus status) {
    return status.lastAnswer() != null && status.lastError() == null;
  }

  private static @Nullable Double seconds(@Nullable Instant time) {
    return time == null ? null : (Double) (time.toEpochMilli() / 1000.0);
  }

  private static @Nullable Integer code(Delivery.@Nullable Answer answer) {
    return answer == null ? null : answer.code();
  }

  private static @Nullable String error(@Nullable Output output, @Nullable SinkStatus status) {
    var error = status == null ? null : status.lastError();
    if (error == null) {
      return null;
    }
    return output == null ? error.text() : Configured.withoutSecrets(output, error.text());
  }

  /** Counts since the sink was started, or last changed. */
  private static Map<String, @Nullable Object> shipping(SinkStatus status) {
    return Json.object(
        "lag_seconds", status.lagSeconds(),
        "waiting", status.waitingEvents(),
        "in_flight", status.underWay(),
        "concurrency", status.concurrency(),
        "read", status.read(),
        "filtered", status.filtered(),
        "expired", status.expired(),
        "delivered", status.delivered(),
        "duplicates", status.duplicates(),
        "redirected", status.redirected(),
        "refused", status.refused(),
        "retries", status.retries(),
        "replayed", status.replayed());
  }
}
