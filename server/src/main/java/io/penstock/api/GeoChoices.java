package io.penstock.api;

import io.penstock.control.Settings;
import io.penstock.enrich.Enricher;
import io.penstock.enrich.Enricher.GeoChoice;
import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where geography comes from when an operator chose something else than the configuration: kept in
 * the settings, and in use from the start. A choice whose file is gone is as good as none.
 */
public final class GeoChoices {

  private static final Logger LOG = LoggerFactory.getLogger(GeoChoices.class);
  private static final String SETTING = "geoip";

  private final Settings settings;
  private final GeoFolder folder;
  private final Enricher enricher;
  private volatile GeoChoice current;

  /**
   * @param configured whether events get geography when nobody chose
   */
  public GeoChoices(Settings settings, GeoFolder folder, Enricher enricher, boolean configured) {
    this.settings = settings;
    this.folder = folder;
    this.enricher = enricher;
    this.current = new GeoChoice(configured, null, null);
    settings.find(SETTING).flatMap(this::read).ifPresent(this::use);
  }

  private Optional<GeoChoice> read(String text) {
    try {
      if (JsonTree.parse(text) instanceof Map<?, ?> map
          && map.get("enabled") instanceof Boolean enabled) {
        return Optional.of(
            new GeoChoice(enabled, file(map.get("path")), file(map.get("asn_path"))));
      }
    } catch (MalformedJsonException e) {
      LOG.atWarn().addKeyValue("setting", SETTING).setCause(e).log("setting is not read");
    }
    return Optional.empty();
  }

  private @Nullable Path file(@Nullable Object path) {
    if (!(path instanceof String text)) {
      return null;
    }
    var file = folder.find(text);
    if (file.isEmpty()) {
      LOG.atWarn().addKeyValue("path", text).log("chosen database is gone");
    }
    return file.orElse(null);
  }

  private void use(GeoChoice choice) {
    enricher.useGeo(choice);
    current = choice;
  }

  GeoChoice current() {
    return current;
  }

  /** Takes a choice into use, and keeps it; waits until the database is read. */
  synchronized void choose(GeoChoice choice) {
    use(choice);
    settings.put(SETTING, Json.text(json(choice)));
  }

  /** A choice as it is kept, and shown. */
  static Map<String, @Nullable Object> json(GeoChoice choice) {
    return Json.object(
        "enabled", choice.enabled(),
        "path", text(choice.file()),
        "asn_path", text(choice.asFile()));
  }

  private static @Nullable String text(@Nullable Path path) {
    return path == null ? null : path.toString();
  }
}
