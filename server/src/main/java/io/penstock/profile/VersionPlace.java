package io.penstock.profile;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a product says which version it is.
 *
 * @param field one of its fields; a header is one
 * @param pattern whose first group is the version; searched within the first {@value #LENGTH_MAX}
 *     characters of the value
 */
public record VersionPlace(FieldPattern field, Pattern pattern) {

  /** Enough for a version and for the User-Agent around it; bounds what a pattern may cost. */
  private static final int LENGTH_MAX = 200;

  private static final int VERSION_MAX = 60;

  Optional<String> find(List<Field> fields) {
    for (var candidate : fields) {
      if (field.matches(candidate)) {
        var value = candidate.value();
        var matcher = pattern.matcher(value.substring(0, Math.min(value.length(), LENGTH_MAX)));
        if (matcher.find() && matcher.group(1) != null) {
          var version = matcher.group(1);
          return Optional.of(version.substring(0, Math.min(version.length(), VERSION_MAX)));
        }
      }
    }
    return Optional.empty();
  }
}
