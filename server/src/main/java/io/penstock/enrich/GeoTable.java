package io.penstock.enrich;

import io.penstock.event.Enrichment.Geo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads places from a MaxMind DB: the City, Country and Enterprise schemas of MaxMind and DB-IP,
 * and the flat ones of ip-location-db and IPinfo.
 */
final class GeoTable {

  private GeoTable() {}

  static Loaded<RangeTable<Geo>> load(Path file) throws IOException {
    return MmdbFile.load(file, GeoTable::geo);
  }

  /** The place in a decoded record; null when it has no country. */
  static @Nullable Geo geo(Object data) {
    if (!(data instanceof Map<?, ?> record)) {
      return null;
    }
    var country = country(record);
    if (country == null) {
      return null;
    }
    var location = record.get("location") instanceof Map<?, ?> nested ? nested : record;
    var timeZone = text(location.get("time_zone"));
    return new Geo(
        country,
        city(record.get("city")),
        degrees(location.get("latitude")),
        degrees(location.get("longitude")),
        timeZone != null ? timeZone : text(location.get("timezone")));
  }

  private static @Nullable String country(Map<?, ?> record) {
    var country = record.get("country");
    if (country instanceof Map<?, ?> nested) {
      return code(nested.get("iso_code"));
    }
    var flat = code(record.get("country_code"));
    return flat != null ? flat : code(country);
  }

  /** An ISO 3166-1 alpha-2 code; flat schemas also have names in the same place. */
  private static @Nullable String code(@Nullable Object value) {
    var text = text(value);
    return text != null && text.length() == 2 ? text.toUpperCase(Locale.ROOT) : null;
  }

  private static @Nullable String city(@Nullable Object city) {
    if (city instanceof Map<?, ?> nested) {
      return nested.get("names") instanceof Map<?, ?> names ? text(names.get("en")) : null;
    }
    return text(city);
  }

  private static @Nullable String text(@Nullable Object value) {
    return value instanceof String text && !text.isBlank() ? text : null;
  }

  private static double degrees(@Nullable Object value) {
    return switch (value) {
      // A float widened directly would show digits that the database does not have.
      case Float number -> Double.parseDouble(number.toString());
      case Number number -> number.doubleValue();
      case String text -> parsed(text);
      case null, default -> Double.NaN;
    };
  }

  private static double parsed(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
