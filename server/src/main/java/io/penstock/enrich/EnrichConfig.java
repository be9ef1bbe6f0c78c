package io.penstock.enrich;

import io.penstock.config.Environment;
import io.penstock.prefix.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the enrich stage is configured with.
 *
 * @param geoEnabled whether events get geography ({@code ENRICH_ENABLE_GEOIP})
 * @param asEnabled whether events get autonomous systems ({@code ENRICH_ENABLE_ASN})
 * @param threatsEnabled whether events are matched against threat lists ({@code ENRICH_ENABLE_TI})
 * @param geoFiles where a city or country database may be; the first that exists is used
 * @param geoAsked whether somebody named that place, so that its absence is worth a warning
 * @param asFiles where an AS database may be, MaxMind DB or CSV
 * @param asAsked whether somebody named that place
 * @param threatRoots threat lists and folders of them, all are used
 * @param threatsAsked whether somebody named them
 * @param internalNetworks our own networks beside the private ones ({@code INTERNAL_NETWORKS})
 * @param riskProfile how the score is made ({@code RISK_PROFILE})
 * @param pollInterval how often files are looked at ({@code ENRICH_RELOAD_SECONDS})
 */
public record EnrichConfig(
    boolean geoEnabled,
    boolean asEnabled,
    boolean threatsEnabled,
    List<Path> geoFiles,
    boolean geoAsked,
    List<Path> asFiles,
    boolean asAsked,
    List<Path> threatRoots,
    boolean threatsAsked,
    List<Prefix> internalNetworks,
    RiskProfile riskProfile,
    Duration pollInterval) {

  /** Names of the city or country database, the documented one first. */
  static final List<String> GEO_NAMES =
      List.of("GEOIP_DB_CITY", "GEOIP_CITY_DB", "GEOIP_DB_PATH", "GEOIP_MMDB_PATH");

  /** Names of the AS database, the documented one first. */
  static final List<String> AS_NAMES = List.of("GEOIP_DB_ASN", "GEOIP_ASN_DB", "ASN_DB_PATH");

  /** Names of threat lists and folders; unlike databases, all that are set are used. */
  static final List<String> THREAT_NAMES = List.of("THREATLIST_CSV", "TI_PATH", "TI_DATA_DIR");

  private static final Duration POLL_DEFAULT = Duration.ofSeconds(5);
  private static final int POLL_SECONDS_MAX = 86_400;

  public EnrichConfig {
    geoFiles = List.copyOf(geoFiles);
    asFiles = List.copyOf(asFiles);
    threatRoots = List.copyOf(threatRoots);
    internalNetworks = List.copyOf(internalNetworks);
  }

  /** Everything on, nothing configured: the built-in country table alone. */
  public static EnrichConfig defaults() {
    return from(new Environment(Map.of()));
  }

  /** Reads the environment; what is wrong is in {@link Environment#problems}. */
  public static EnrichConfig from(Environment env) {
    var folder = env.path(Path.of("/data/enrichment"), "ENRICH_DATA_DIR");
    var geo = paths(env, GEO_NAMES);
    var as = paths(env, AS_NAMES);
    var threats = paths(env, THREAT_NAMES);
    return new EnrichConfig(
        env.flag(true, "ENRICH_ENABLE_GEOIP"),
        env.flag(true, "ENRICH_ENABLE_ASN"),
        env.flag(true, "ENRICH_ENABLE_TI"),
        firstOr(geo, usualPlaces(folder, "GeoLite2-City.mmdb")),
        !geo.isEmpty(),
        firstOr(as, usualPlaces(folder, "GeoLite2-ASN.mmdb")),
        !as.isEmpty(),
        threats.isEmpty() ? List.of(Path.of("/data/threats.csv"), Path.of("/data/ti")) : threats,
        !threats.isEmpty(),
        networks(env),
        env.choice(RiskProfile.V1, "RISK_PROFILE"),
        Duration.ofSeconds(
            env.number(POLL_DEFAULT.toSeconds(), 1, POLL_SECONDS_MAX, "ENRICH_RELOAD_SECONDS")));
  }

  /** The paths of all names that are set, each name on its own. */
  private static List<Path> paths(Environment env, List<String> names) {
    return names.stream().flatMap(name -> env.path(name).stream()).toList();
  }

  private static List<Path> usualPlaces(Path folder, String file) {
    return List.of(Path.of("/data", file), Path.of("/data", "geo", file), folder.resolve(file));
  }

  private static List<Path> firstOr(List<Path> asked, List<Path> usual) {
    return asked.isEmpty() ? usual : List.of(asked.getFirst());
  }

  private static List<Prefix> networks(Environment env) {
    var networks = new ArrayList<Prefix>();
    for (var item : env.list("INTERNAL_NETWORKS")) {
      Prefix.parse(item)
          .ifPresentOrElse(
              networks::add,
              () ->
                  env.problem(
                      "INTERNAL_NETWORKS",
                      "expected addresses or CIDR prefixes, not '" + item + "'"));
    }
    return networks;
  }
}
