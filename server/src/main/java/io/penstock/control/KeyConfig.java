package io.penstock.control;

import io.penstock.config.Environment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The keys of the configuration. They are no rows of the table: one that leaves the configuration
 * opens nothing after the next start.
 *
 * @param keys of the default tenant
 * @param bypassesScopes whether every key may do everything ({@code DEV_BYPASS_SCOPES})
 */
public record KeyConfig(List<ApiKey> keys, boolean bypassesScopes) {

  /** What is shorter can be guessed. */
  private static final int SECRET_LENGTH_GOOD = 16;

  private static final Set<String> ADMIN = Set.of(Scopes.ADMIN);

  /** No keys but those of the table. */
  public static final KeyConfig NONE = new KeyConfig(List.of(), false);

  public KeyConfig {
    keys = List.copyOf(keys);
  }

  /** Reads the environment; what is wrong is in {@link Environment#problems}. */
  public static KeyConfig from(Environment env) {
    var reader = new Reader(env);
    reader.add("API_KEY", env.text("API_KEY").stream().toList(), ADMIN);
    reader.add("TELEMETRY_SEED_KEYS", env.list("TELEMETRY_SEED_KEYS"), ADMIN);
    var admin = env.text("ADMIN_API_KEY", "BOOTSTRAP_ADMIN_API_KEY", "ADMIN_BOOTSTRAP_KEY");
    reader.add("ADMIN_API_KEY", admin.stream().toList(), ADMIN);
    reader.add("ADMIN_KEYS", env.list("ADMIN_KEYS"), ADMIN);
    reader.add("USER_API_KEY", env.text("USER_API_KEY").stream().toList(), Scopes.USER);
    reader.add("USER_KEYS", env.list("USER_KEYS"), Scopes.USER);
    boolean bypassesScopes = env.flag(false, "DEV_BYPASS_SCOPES");
    if (bypassesScopes) {
      env.warning("DEV_BYPASS_SCOPES: every key may do everything; not for production");
    }
    return new KeyConfig(List.copyOf(reader.keys.values()), bypassesScopes);
  }

  /** A key of the default tenant that is not in the table. */
  public static ApiKey configured(String keyId, String secret, Set<String> scopes) {
    // No prefix: it may be most of what a person chose.
    return new ApiKey(
        keyId,
        Tenant.DEFAULT,
        SecretHash.of(secret),
        "",
        scopes,
        "",
        "configuration",
        false,
        true,
        null,
        null,
        null);
  }

  boolean hasAdmin() {
    return keys.stream().anyMatch(key -> Scopes.areAdmin(key.scopes()));
  }

  /** Collects the keys of several variables. */
  private static final class Reader {
    final Environment env;
    final Map<SecretHash, ApiKey> keys = new HashMap<>();

    Reader(Environment env) {
      this.env = env;
    }

    void add(String variable, List<String> secrets, Set<String> scopes) {
      var names = new ArrayList<String>();
      for (var secret : secrets) {
        names.add(secrets.size() == 1 ? variable : variable + '-' + (names.size() + 1));
        add(variable, names.getLast(), secret, scopes);
      }
    }

    private void add(String variable, String name, String secret, Set<String> scopes) {
      if (secret.length() < SECRET_LENGTH_GOOD) {
        env.warning(variable + ": a key of less than 16 characters can be guessed");
      }
      var key =
          configured("config-" + name.toLowerCase(Locale.ROOT).replace('_', '-'), secret, scopes);
      var same = keys.putIfAbsent(key.hash(), key);
      if (same != null && !same.scopes().equals(scopes)) {
        env.problem(variable + ": one of these keys is an admin's, too; a key can be one only");
      }
    }
  }
}
