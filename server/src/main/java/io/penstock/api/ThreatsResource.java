package io.penstock.api;

import io.penstock.control.Indicators;
import io.penstock.enrich.EnrichStatus;
import io.penstock.enrich.Enricher;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells which threat lists events are matched against, and how fresh they are. */
public final class ThreatsResource implements Resource {

  /** Lists that came through the API and are shown; a tenant may name any number of them. */
  private static final int FEEDS_MAX = 500;

  private final Indicators indicators;
  private final Supplier<EnrichStatus> status;
  private final Supplier<List<EnrichStatus.File>> files;

  public ThreatsResource(Indicators indicators, Enricher enricher) {
    this.indicators = indicators;
    this.status = enricher::status;
    this.files = enricher::threatFiles;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/threats", Access.scopes("manage_indicators"), this::overview));
  }

  private Answer overview(Request request) {
    var feeds = indicators.feeds(request.tenant(), FEEDS_MAX + 1);
    return Answer.json(
        Json.object(
            "files", files(status.get().threats(), request.principal().isAdmin()),
            "feeds", feeds.stream().limit(FEEDS_MAX).map(ThreatsResource::json).toList(),
            "feeds_omitted", feeds.size() > FEEDS_MAX,
            "limits",
                Json.object(
                    "total", indicators.limits().total(),
                    "per_tenant", indicators.limits().perTenant())));
  }

  /** What went wrong quotes folders and lines of this machine, which is for admins. */
  private Map<String, @Nullable Object> files(EnrichStatus.Table table, boolean isAdmin) {
    var loaded = table.loaded();
    return Json.object(
        "status", table.state().name().toLowerCase(Locale.ROOT),
        "entries", table.entries(),
        "loaded_at", loaded == null ? null : loaded.toString(),
        "error", isAdmin ? table.error() : null,
        "skipped_lines", table.badLines(),
        "problems", isAdmin ? table.problems() : List.of(),
        "lists", files.get().stream().map(ThreatsResource::json).toList());
  }

  private static Map<String, @Nullable Object> json(EnrichStatus.File file) {
    return Json.object(
        "name", file.name(), "bytes", file.bytes(), "modified_at", file.modified().toString());
  }

  private static Map<String, @Nullable Object> json(Indicators.Feed feed) {
    return Json.object(
        "feed", feed.name(),
        "global", feed.tenant().equals(Indicators.EVERYONE),
        "indicators", feed.size(),
        "expired", feed.expired(),
        "updated_at", feed.updatedAt().toString());
  }
}
