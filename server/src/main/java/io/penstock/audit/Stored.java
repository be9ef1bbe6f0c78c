package io.penstock.audit;

import io.penstock.http.Trail;
import io.penstock.json.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch became durable in the log.
 *
 * @param position the log's position behind it
 * @param durableNanos from when it was enriched until it was durable
 * @param events how many there are
 */
public record Stored(long position, long durableNanos, int events) implements Trail.Fact {

  @Override
  public String event() {
    return "stored";
  }

  @Override
  public Map<String, @Nullable Object> meta() {
    return Json.object("position", position, "durable_ms", Audited.millis(durableNanos));
  }
}
