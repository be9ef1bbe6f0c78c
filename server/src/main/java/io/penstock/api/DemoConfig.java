package io.penstock.api;

import java.time.Duration;
import java.util.Set;

/**
 * What the demo sends, and whether there is one.
 *
 * @param enabled whether an admin may start it
 * @param eps events a second, over all variants
 * @param duration how long it runs
 * @param variants what kinds of records it makes
 */
public record DemoConfig(boolean enabled, int eps, Duration duration, Set<Variant> variants) {

  public static final DemoConfig OFF =
      new DemoConfig(false, 50, Duration.ofMinutes(2), Set.of(Variant.NETFLOW, Variant.ZEEK));

  public DemoConfig {
    variants = Set.copyOf(variants);
  }

  /** The kinds of records that the demo makes. */
  public enum Variant {
    NETFLOW,
    ZEEK
  }
}
