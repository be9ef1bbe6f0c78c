package io.penstock.audit;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How well a request fared, from 0 to 1: a number that clients of earlier products chart. */
final class Fitness {

  private static final double INVALID = 0.4;
  private static final double NOT_EXPORTED = 0.2;

  /** A failed request never scores better. */
  private static final double FAILED_MAX = 0.59;

  private static final Set<String> GOOD = Set.of("ok", "success", "true");

  private Fitness() {}

  /**
   * @param isValid false when records were refused
   * @param exported what became of the export to each target, by its name
   */
  static double of(int status, boolean isValid, Map<String, ? extends @Nullable Object> exported) {
    double fitness = isValid ? 1 : 1 - INVALID;
    for (var outcome : exported.values()) {
      if (!GOOD.contains(String.valueOf(outcome).toLowerCase(Locale.ROOT))) {
        fitness -= NOT_EXPORTED;
      }
    }
    if (status >= 400) {
      fitness = Math.min(fitness, FAILED_MAX);
    }
    // Tenths do not add up in binary.
    return Math.max(0, Math.round(fitness * 100) / 100.0);
  }
}
