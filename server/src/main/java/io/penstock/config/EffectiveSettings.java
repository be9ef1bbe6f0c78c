package io.penstock.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What is in force, as lines of a settings file: each setting with its value and, behind it, who
 * said so. What has no value, and what must not be shown, is a comment, so that the lines can be
 * read back.
 */
public final class EffectiveSettings {

  private static final String STARS = "***";

  /** A password in an address: {@code scheme://user:password@host}, up to the last at sign. */
  private static final Pattern PASSWORD = Pattern.compile("(://[^:/?#@\\s]*:).*(?=@)");

  private static final Pattern SECRET_PARAMETER =
      Pattern.compile(
          "([?&](?:\\w*password|token|secret|\\w*key)=)[^&]*", Pattern.CASE_INSENSITIVE);

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/.][A-Za-z0-9_./-]*");

  private EffectiveSettings() {}

  /** The lines, in the order of the reference page, with a comment above each section. */
  public static List<String> lines(Environment environment) {
    var readings = environment.readings();
    var lines = new ArrayList<String>();
    for (var section : Setting.Section.values()) {
      var rows =
          Settings.all().stream()
              .filter(setting -> setting.section() == section)
              .flatMap(setting -> reading(setting, readings).stream().map(r -> line(setting, r)))
              .toList();
      if (!rows.isEmpty()) {
        lines.add("# " + section.heading());
        lines.addAll(rows);
      }
    }
    return lines;
  }

  /** How a setting was read; of one whose names are read one by one, the one that is set. */
  private static List<Reading> reading(Setting setting, List<Reading> readings) {
    var own =
        readings.stream()
            .filter(reading -> setting.names().contains(reading.names().getFirst()))
            .toList();
    var set = own.stream().filter(Reading::isSet).findFirst();
    return set.map(List::of).orElseGet(() -> own.stream().limit(1).toList());
  }

  private static String line(Setting setting, Reading reading) {
    if (reading.value().isEmpty()) {
      var standard = setting.standard().isEmpty() ? "not set" : setting.standard().replace("`", "");
      return "# %s: (%s)".formatted(setting.key(), standard);
    }
    var shown = shown(setting, reading.value());
    var line = "%s: %s  # %s".formatted(setting.key(), quoted(shown), reading.origin().words());
    return shown.equals(reading.value()) ? line : "# " + line;
  }

  private static String shown(Setting setting, String value) {
    return switch (setting.shown()) {
      case ALL -> value;
      case WITHOUT_PASSWORD ->
          SECRET_PARAMETER
              .matcher(PASSWORD.matcher(value).replaceAll("$1" + STARS))
              .replaceAll("$1" + STARS);
      case NOTHING -> STARS;
    };
  }

  /** As YAML reads it back as the same text. */
  private static String quoted(String value) {
    if (PLAIN.matcher(value).matches() && !value.toLowerCase(Locale.ROOT).equals("null")) {
      return value;
    }
    var out = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (Character.isISOControl(c)) {
        out.append("\\x%02x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
