package io.penstock.audit;

import io.penstock.event.EventBatch;
import io.penstock.http.Trail;
import io.penstock.json.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch was enriched.
 *
 * @param geo events with a place at either end
 * @param as events with an autonomous system at either end
 * @param threats events that an indicator matched
 * @param scored events with a risk score
 * @param riskSum sum of the scores
 */
public record Enriched(int geo, int as, int threats, int scored, long riskSum)
    implements Trail.Fact {

  /** Counts what was found. */
  public static Enriched of(EventBatch batch) {
    int geo = 0;
    int as = 0;
    int threats = 0;
    int scored = 0;
    long risk = 0;
    for (var event : batch.events()) {
      var found = event.enrichment();
      if (found == null) {
        continue;
      }
      if (found.sourceGeo() != null || found.destinationGeo() != null) {
        geo++;
      }
      if (found.sourceAs() != null || found.destinationAs() != null) {
        as++;
      }
      if (!found.threats().isEmpty()) {
        threats++;
      }
      scored++;
      risk += found.riskScore();
    }
    return new Enriched(geo, as, threats, scored, risk);
  }

  /** Mean of the scores to a tenth; null when nothing was scored. */
  public @Nullable Double riskAverage() {
    return scored == 0 ? null : Math.round(10.0 * riskSum / scored) / 10.0;
  }

  @Override
  public String event() {
    return "enriched";
  }

  @Override
  public Map<String, @Nullable Object> meta() {
    return Json.object("geo", geo, "asn", as, "ti", threats, "risk_avg", riskAverage());
  }
}
