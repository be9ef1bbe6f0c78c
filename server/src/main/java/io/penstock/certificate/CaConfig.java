package io.penstock.certificate;

import io.penstock.config.Environment;
import io.penstock.config.Secret;
import io.penstock.policy.HostPattern;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the authority is, and how one is made when there is none.
 *
 * @param folder where the installation's own authority is kept
 * @param password protects its key in a PKCS #12 file; null to keep the key in PEM form, readable
 *     by its owner alone
 * @param given an authority of the operator's own, which is used instead; null for none
 * @param permitted the only hosts for which a newly made authority is good (RFC 5280 §4.2.1.10);
 *     empty for every host
 * @param life how long a newly made authority lasts
 */
public record CaConfig(
    Path folder,
    @Nullable Secret password,
    @Nullable Given given,
    List<HostPattern> permitted,
    Duration life) {

  /** Ten years: a root ends with its installation, and every renewal has to reach every client. */
  public static final Duration LIFE = Duration.ofDays(3_650);

  private static final String FOLDER = "ca";

  /**
   * An authority from elsewhere, in PEM form.
   *
   * @param chain the issuing certificate first, then its issuers, the root last
   * @param key of the first certificate
   */
  public record Given(Path chain, Path key) {}

  public CaConfig {
    permitted = List.copyOf(permitted);
  }

  /** An own authority without constraints, in a folder under the data. */
  public static CaConfig under(Path data) {
    return new CaConfig(data.resolve(FOLDER), null, null, List.of(), LIFE);
  }

  /** Reads the environment; what is wrong is in {@link Environment#problems}. */
  public static CaConfig from(Environment env, Path data) {
    var chain = env.path("CA_CHAIN_FILE");
    var key = env.path("CA_KEY_FILE");
    if (chain.isPresent() != key.isPresent()) {
      env.problem("CA_CHAIN_FILE and CA_KEY_FILE go together: set both, or neither");
    }
    var given = chain.isPresent() && key.isPresent() ? new Given(chain.get(), key.get()) : null;
    return new CaConfig(
        env.path(data.resolve(FOLDER), "CA_FOLDER"),
        env.text("CA_PASSWORD").map(Secret::new).orElse(null),
        given,
        permitted(env),
        LIFE);
  }

  /** With constraints that come from elsewhere, such as the hosts of the profiles in use. */
  public CaConfig permitting(List<HostPattern> hosts) {
    return new CaConfig(folder, password, given, hosts, life);
  }

  private static List<HostPattern> permitted(Environment env) {
    var names = env.list("CA_PERMITTED_HOSTS");
    names.stream()
        .filter(name -> HostPattern.parse(name).isEmpty())
        .forEach(name -> env.problem("CA_PERMITTED_HOSTS", "'" + name + "' is no host"));
    return names.stream().flatMap(name -> HostPattern.parse(name).stream()).toList();
  }
}
