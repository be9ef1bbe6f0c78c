package io.penstock.api;

import io.penstock.api.EventQueries.RefusedException;
import io.penstock.api.EventQueries.Selection;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Nanos;
import io.penstock.json.Json;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of an overview that the store is asked for: what a tenant's events of a window add up
 * to.
 *
 * @param at when that was
 */
record OverviewFigures(
    Instant at,
    Map<String, @Nullable Object> top,
    Map<String, @Nullable Object> total,
    Map<String, @Nullable Object> risk,
    Map<String, @Nullable Object> threats) {

  private static final List<String> RANKINGS =
      List.of(
          "src_ip",
          "dst_ip",
          "src_country",
          "dst_country",
          "src_as_org",
          "dst_as_org",
          "dst_port",
          "exporter");

  private static final int RANKED = 10;
  private static final int THREATS_SHOWN = 5;

  /** What has a risk: an exporter's own data and counters have none. */
  private static final String RISKY = "kind in (FLOW, DROP, EXCHANGE)";

  private static final int SCORES = 101;
  private static final int BUCKETS = 10;
  private static final int HIGH = 70;

  /** Asks the store, question after question. */
  static OverviewFigures read(EventQueries events, String tenant, Duration window, Instant now)
      throws RefusedException {
    long to = Nanos.of(now) + 1;
    var all = new Selection(tenant, to - window.toNanos(), to, null);
    var top = new LinkedHashMap<String, @Nullable Object>();
    Map<String, @Nullable Object> total = Map.of();
    for (var field : RANKINGS) {
      var ranking = events.top(all, field, "bytes", RANKED);
      top.put(field, ranking.groups().stream().map(OverviewFigures::ranked).toList());
      total = AmountJson.of(ranking.total());
    }
    return new OverviewFigures(now, top, total, risk(events, all), threats(events, all));
  }

  private static Map<String, @Nullable Object> ranked(EventQueries.Group group) {
    return Json.object(
        "value", group.value(),
        "bytes", AmountJson.of(group.amounts().bytes()),
        "events", AmountJson.of(group.amounts().events()));
  }

  private static Selection narrowed(Selection all, String filter) {
    return new Selection(all.tenant(), all.fromNanos(), all.toNanos(), filter);
  }

  private static Map<String, @Nullable Object> risk(EventQueries events, Selection all)
      throws RefusedException {
    var buckets = new long[BUCKETS];
    long count = 0;
    long sum = 0;
    long high = 0;
    var scores = events.top(narrowed(all, RISKY), "risk_score", "events", SCORES);
    for (var group : scores.groups()) {
      if (group.value() == null) {
        continue;
      }
      int score = Integer.parseInt(group.value());
      long here = group.amounts().events().longValueExact();
      buckets[Math.clamp(score / BUCKETS, 0, BUCKETS - 1)] += here;
      count += here;
      sum += here * score;
      high += score >= HIGH ? here : 0;
    }
    var shown = new ArrayList<Object>();
    for (long bucket : buckets) {
      shown.add(AmountJson.of(bucket));
    }
    return Json.object(
        "buckets",
        shown,
        "average",
        count == 0 ? null : (Double) ((double) sum / count),
        "high",
        AmountJson.of(high));
  }

  private static Map<String, @Nullable Object> threats(EventQueries events, Selection all)
      throws RefusedException {
    var matches = BigInteger.ZERO;
    for (var group : events.top(all, "threat", "events", 2 + 1).groups()) {
      if ("true".equals(group.value())) {
        matches = group.amounts().events();
      }
    }
    var latest =
        matches.signum() == 0
            ? List.<Event>of()
            : events.page(narrowed(all, "threat"), THREATS_SHOWN, null).events();
    return Json.object(
        "matches",
        AmountJson.of(matches),
        "latest",
        latest.stream()
            .map(event -> EventJson.write(all.tenant(), event))
            .map(json -> new Json.Raw(new String(json, StandardCharsets.UTF_8)))
            .toList());
  }
}
