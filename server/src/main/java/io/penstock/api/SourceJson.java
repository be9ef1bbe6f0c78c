package io.penstock.api;

import io.penstock.admit.Health;
import io.penstock.admit.SourceActivity;
import io.penstock.control.Source;
import io.penstock.control.Sources.Seen;
import io.penstock.json.Json;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A source as answers have it.
 *
 * @param seen when it last sent to any server, null when it never did
 * @param minute what it did in the last minute
 */
record SourceJson(Source source, @Nullable Seen seen, SourceActivity.Window minute, Instant now) {

  /** The later of what the table says and what this server saw since it was written. */
  static @Nullable Seen later(@Nullable Seen written, Optional<Seen> here) {
    if (written == null || here.isPresent() && here.get().at().isAfter(written.at())) {
      return here.orElse(null);
    }
    return written;
  }

  Health health() {
    return Health.of(seen == null ? null : seen.at(), minute.refusedPercent(), now);
  }

  @Nullable Long lastSeenSeconds() {
    return seen == null ? null : seen.at().getEpochSecond();
  }

  @Nullable String lastSeen() {
    return seen == null ? null : seen.at().toString();
  }

  Map<String, @Nullable Object> members() {
    return Json.object(
        "id",
        source.id(),
        "tenant_id",
        source.tenant(),
        "type",
        word(source.type()),
        "origin",
        seen == null ? null : word(seen.origin()),
        "display_name",
        source.displayName(),
        "collector",
        source.collector(),
        "site",
        source.site(),
        "tags",
        Json.text(source.tags()),
        "health_status",
        health().word(),
        "last_seen",
        lastSeen(),
        "notes",
        source.notes(),
        "status",
        source.isEnabled() ? "enabled" : "disabled",
        "allowed_ips",
        Json.text(source.allowedIps()),
        "max_eps",
        source.maxEps(),
        "block_on_exceed",
        source.blockOnExceed(),
        "enabled",
        source.isEnabled(),
        "eps_cap",
        source.maxEps(),
        "last_seen_ts",
        lastSeenSeconds(),
        "eps_1m",
        rounded(minute.eps()),
        "error_pct_1m",
        rounded(minute.refusedPercent()),
        "created_at",
        source.createdAt().getEpochSecond(),
        "updated_at",
        source.updatedAt().getEpochSecond());
  }

  static double rounded(double number) {
    return Math.round(number * 100) / 100.0;
  }

  static String word(Source.Type type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
