package io.penstock.command;

import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as people write them. */
public final class Durations {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)?");

  private Durations() {}

  public static Duration parse(String text) {
    var match = TEXT.matcher(text);
    if (!match.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is no duration: write 500ms, 30s, 5m, 1h or 7d");
    }
    long amount = Long.parseLong(match.group(1));
    var unit = match.group(2);
    return switch (unit == null ? "s" : unit) {
      case "ms" -> Duration.ofMillis(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "d" -> Duration.ofDays(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofSeconds(amount);
    };
  }
}
