package io.penstock.control;

import io.penstock.config.Secret;
import java.time.Instant;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A sink as a tenant has configured it.
 *
 * @param type kind of its destination
 * @param isEnabled whether it ships
 * @param config JSON of its members, which hold secrets; null when it cannot be opened
 * @param problem why it cannot; null when it can
 * @param isFromEnvironment whether it is the environment's and not the table's
 */
public record Output(
    Key key,
    String type,
    boolean isEnabled,
    @Nullable Secret config,
    @Nullable String problem,
    boolean isFromEnvironment,
    Instant updatedAt) {

  private static final Predicate<String> IS_NAME =
      Pattern.compile("[a-z0-9][a-z0-9_-]{0,29}").asMatchPredicate();

  /** What stands in paths of the API where a name may. */
  private static final Set<String> RESERVED = Set.of("status", "test", "dlq", "splunk-hec");

  /**
   * What it is known by.
   *
   * @param name unique for its tenant; in paths, labels and names of files
   */
  public record Key(String tenant, String name) {

    /** What its configuration is sealed for. */
    String place() {
      return tenant + '\0' + name;
    }
  }

  /** Whether a text may be an output's name. */
  public static boolean isName(String text) {
    return IS_NAME.test(text) && !RESERVED.contains(text);
  }

  /** One whose configuration is known. */
  public static Output of(Key key, String type, boolean isEnabled, Secret config, Instant at) {
    return new Output(key, type, isEnabled, config, null, false, at);
  }

  /** One of the environment. */
  public static Output fromEnvironment(String name, String type, Secret config) {
    return new Output(new Key(Tenant.DEFAULT, name), type, true, config, null, true, Instant.EPOCH);
  }

  public String name() {
    return key.name;
  }

  public String tenant() {
    return key.tenant;
  }
}
