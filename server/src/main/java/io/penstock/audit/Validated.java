package io.penstock.audit;

import io.penstock.http.Trail;
import io.penstock.json.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A posted batch was read.
 *
 * @param ok whether every record can be an event
 * @param schema what the records are, as far as that was found out
 * @param records how many there are
 */
public record Validated(boolean ok, @Nullable String schema, int records) implements Trail.Fact {

  @Override
  public String event() {
    return "validated";
  }

  @Override
  public Map<String, @Nullable Object> meta() {
    return Json.object("ok", ok, "schema", schema, "records", records);
  }
}
