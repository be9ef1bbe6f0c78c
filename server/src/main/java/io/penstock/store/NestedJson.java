package io.penstock.store;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Enrichment.ThreatMatch.Side;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The two nested parts of an event, which a row keeps as JSON text: threats and reasons. */
final class NestedJson {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private NestedJson() {}

  static String ofWords(List<String> words) {
    return JSON.toJson(words);
  }

  static List<String> words(String json) {
    return JSON.fromJsonArray(json).stream().map(String::valueOf).toList();
  }

  static String ofThreats(List<ThreatMatch> threats) {
    return JSON.toJson(threats.stream().map(NestedJson::ofThreat).toList());
  }

  private static Map<String, Object> ofThreat(ThreatMatch threat) {
    var members = new LinkedHashMap<String, Object>();
    members.put("side", threat.side().name());
    members.put("value", threat.value());
    members.put("indicator", threat.indicator());
    members.put("category", threat.category());
    members.put("confidence", threat.confidence());
    members.put("feed", threat.feed());
    return members;
  }

  static List<ThreatMatch> threats(String json) {
    return JSON.fromJsonArray(json).stream().map(o -> threat((Map<?, ?>) o)).toList();
  }

  private static ThreatMatch threat(Map<?, ?> members) {
    return new ThreatMatch(
        Side.valueOf(String.valueOf(members.get("side"))),
        String.valueOf(members.get("value")),
        String.valueOf(members.get("indicator")),
        String.valueOf(members.get("category")),
        members.get("confidence") instanceof Number number ? number.intValue() : 0,
        String.valueOf(members.get("feed")));
  }
}
