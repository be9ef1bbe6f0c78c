package io.penstock.enrich;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
    return from(_ -> null);
  }

  /**
   * Reads the environment.
   *
   * @param environment the value of a variable, null when it is not set
   * @throws IllegalArgumentException with one line that says what to change
   */
  public static EnrichConfig from(Function<String, @Nullable String> environment) {
    var env = new Environment(environment);
    var folder = env.text("ENRICH_DATA_DIR");
    var dataFolder = folder == null ? "/data/enrichment" : folder;
    var geo = env.paths(GEO_NAMES);
    var as = env.paths(AS_NAMES);
    var threats = env.paths(THREAT_NAMES);
    return new EnrichConfig(
        env.flag("ENRICH_ENABLE_GEOIP"),
        env.flag("ENRICH_ENABLE_ASN"),
        env.flag("ENRICH_ENABLE_TI"),
        firstOr(
            geo,
            "/data/GeoLite2-City.mmdb",
            "/data/geo/GeoLite2-City.mmdb",
            dataFolder + "/GeoLite2-City.mmdb"),
        !geo.isEmpty(),
        firstOr(
            as,
            "/data/GeoLite2-ASN.mmdb",
            "/data/geo/GeoLite2-ASN.mmdb",
            dataFolder + "/GeoLite2-ASN.mmdb"),
        !as.isEmpty(),
        threats.isEmpty() ? List.of(Path.of("/data/threats.csv"), Path.of("/data/ti")) : threats,
        !threats.isEmpty(),
        env.networks("INTERNAL_NETWORKS"),
        env.profile("RISK_PROFILE"),
        env.seconds("ENRICH_RELOAD_SECONDS", POLL_DEFAULT));
  }

  private static List<Path> firstOr(List<Path> asked, String... usual) {
    if (!asked.isEmpty()) {
      return List.of(asked.getFirst());
    }
    return List.of(usual).stream().map(Path::of).toList();
  }

  /** Variables with their types. */
  private record Environment(Function<String, @Nullable String> values) {

    private @Nullable String text(String name) {
      var value = values.apply(name);
      return value == null || value.isBlank() ? null : value.strip();
    }

    private List<Path> paths(List<String> names) {
      var paths = new ArrayList<Path>();
      for (var name : names) {
        var text = text(name);
        if (text != null) {
          paths.add(path(name, text));
        }
      }
      return paths;
    }

    private static Path path(String name, String text) {
      try {
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException(name + " is not a path: " + text, e);
      }
    }

    private boolean flag(String name) {
      var text = text(name);
      if (text == null) {
        return true;
      }
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "true", "1", "yes", "on" -> true;
        case "false", "0", "no", "off" -> false;
        default -> throw new IllegalArgumentException(name + " must be true or false, not " + text);
      };
    }

    private List<Prefix> networks(String name) {
      var text = text(name);
      var networks = new ArrayList<Prefix>();
      for (var item : text == null ? new String[0] : text.split("[,\\s]+")) {
        networks.add(
            Prefix.parse(item)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            name + " must list addresses or CIDR prefixes, not " + item)));
      }
      return networks;
    }

    private RiskProfile profile(String name) {
      var text = text(name);
      return switch (text == null ? "v1" : text.toLowerCase(Locale.ROOT)) {
        case "v1" -> RiskProfile.V1;
        case "confidence" -> RiskProfile.CONFIDENCE;
        default ->
            throw new IllegalArgumentException(name + " must be v1 or confidence, not " + text);
      };
    }

    private Duration seconds(String name, Duration otherwise) {
      var text = text(name);
      if (text == null) {
        return otherwise;
      }
      try {
        int seconds = Integer.parseInt(text);
        if (seconds > 0 && seconds <= POLL_SECONDS_MAX) {
          return Duration.ofSeconds(seconds);
        }
      } catch (NumberFormatException e) {
        // Falls through to the one message for all that is no such number.
      }
      throw new IllegalArgumentException(
          name + " must be seconds from 1 to " + POLL_SECONDS_MAX + ", not " + text);
    }
  }
}
