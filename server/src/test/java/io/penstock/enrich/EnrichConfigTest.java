package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.prefix.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnrichConfigTest {

  @Test
  void withoutAnythingTheUsualPlacesAreLookedAt() {
    var config = EnrichConfig.defaults();

    assertThat(config.geoEnabled() && config.asEnabled() && config.threatsEnabled()).isTrue();
    assertThat(config.geoAsked() || config.asAsked() || config.threatsAsked()).isFalse();
    assertThat(config.geoFiles()).contains(Path.of("/data/GeoLite2-City.mmdb"));
    assertThat(config.asFiles()).contains(Path.of("/data/GeoLite2-ASN.mmdb"));
    assertThat(config.threatRoots()).contains(Path.of("/data/threats.csv"));
    assertThat(config.riskProfile()).isEqualTo(RiskProfile.V1);
    assertThat(config.pollInterval()).isEqualTo(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GEOIP_DB_CITY", "GEOIP_CITY_DB", "GEOIP_DB_PATH", "GEOIP_MMDB_PATH"})
  void everyNameOfTheCityDatabaseWorks(String name) {
    var config = from(Map.of(name, "/x/city.mmdb"));

    assertThat(config.geoFiles()).containsExactly(Path.of("/x/city.mmdb"));
    assertThat(config.geoAsked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GEOIP_DB_ASN", "GEOIP_ASN_DB", "ASN_DB_PATH"})
  void everyNameOfTheAsDatabaseWorks(String name) {
    var config = from(Map.of(name, " /x/asn.csv "));

    assertThat(config.asFiles()).containsExactly(Path.of("/x/asn.csv"));
    assertThat(config.asAsked()).isTrue();
  }

  @Test
  void theDocumentedNameGoesFirst() {
    var config =
        from(Map.of("GEOIP_DB_CITY", "/first", "GEOIP_CITY_DB", "/second", "GEOIP_DB_PATH", "/3"));

    assertThat(config.geoFiles()).containsExactly(Path.of("/first"));
  }

  @Test
  void allThreatListsThatAreNamedAreUsed() {
    var config = from(Map.of("THREATLIST_CSV", "/a.csv", "TI_PATH", "/b", "TI_DATA_DIR", "/c"));

    assertThat(config.threatRoots())
        .containsExactly(Path.of("/a.csv"), Path.of("/b"), Path.of("/c"));
  }

  @Test
  void partsCanBeSwitchedOff() {
    var config =
        from(
            Map.of(
                "ENRICH_ENABLE_GEOIP", "false",
                "ENRICH_ENABLE_ASN", "0",
                "ENRICH_ENABLE_TI", "off"));

    assertThat(config.geoEnabled() || config.asEnabled() || config.threatsEnabled()).isFalse();
  }

  @Test
  void internalNetworksAreAList() {
    var config = from(Map.of("INTERNAL_NETWORKS", "198.51.100.0/24, 2001:db8::/32"));

    assertThat(config.internalNetworks())
        .extracting(Prefix::toString)
        .containsExactly("198.51.100.0/24", "2001:db8::/32");
  }

  @ParameterizedTest
  @CsvSource({
    "ENRICH_ENABLE_TI,maybe,'ENRICH_ENABLE_TI: expected true or false, not ''maybe'''",
    "INTERNAL_NETWORKS,10.0.0.0/99,"
        + "'INTERNAL_NETWORKS: expected addresses or CIDR prefixes, not ''10.0.0.0/99'''",
    "RISK_PROFILE,v9,'RISK_PROFILE: expected v1 or confidence, not ''v9'''",
    "ENRICH_RELOAD_SECONDS,0,"
        + "'ENRICH_RELOAD_SECONDS: expected a whole number from 1 to 86400, not ''0'''",
    "ENRICH_RELOAD_SECONDS,soon,"
        + "'ENRICH_RELOAD_SECONDS: expected a whole number from 1 to 86400, not ''soon'''"
  })
  void aBadValueIsOneLineThatSaysWhatToChange(String name, String value, String message) {
    var environment = new Environment(Map.of(name, value));

    EnrichConfig.from(environment);

    assertThat(environment.problems()).containsExactly(message);
  }

  @Test
  void everyBadValueIsReported() {
    var environment =
        new Environment(
            Map.of(
                "ENRICH_ENABLE_TI", "maybe",
                "RISK_PROFILE", "v9",
                "INTERNAL_NETWORKS", "10.0.0.0/99, 192.0.2.0/24, here"));

    var config = EnrichConfig.from(environment);

    assertThat(environment.problems()).hasSize(4);
    assertThat(config.threatsEnabled()).isTrue();
    assertThat(config.internalNetworks())
        .extracting(Prefix::toString)
        .containsExactly("192.0.2.0/24");
  }

  private static EnrichConfig from(Map<String, String> variables) {
    var environment = new Environment(variables);
    var config = EnrichConfig.from(environment);
    assertThat(environment.problems()).isEmpty();
    return config;
  }
}
