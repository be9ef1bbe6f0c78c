package io.penstock.audit;

import io.penstock.http.Trail;
import io.penstock.json.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that was taken before got the answer of then; nothing was taken again.
 *
 * @param status of that answer
 */
public record Replayed(int status) implements Trail.Fact {

  @Override
  public String event() {
    return "replayed";
  }

  @Override
  public Map<String, @Nullable Object> meta() {
    return Json.object("status", status);
  }
}
