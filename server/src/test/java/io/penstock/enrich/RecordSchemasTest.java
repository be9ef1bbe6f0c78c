package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The schemas of databases that are not among MaxMind's test data. */
class RecordSchemasTest {

  @Test
  void ipLocationDbHasFlatCities() {
    var record =
        Map.of(
            "city",
            "Boxford",
            "country_code",
            "GB",
            "latitude",
            51.75f,
            "longitude",
            -1.25f,
            "state1",
            "England",
            "timezone",
            "Europe/London");

    assertThat(GeoTable.geo(record))
        .isEqualTo(new Geo("GB", "Boxford", 51.75, -1.25, "Europe/London"));
  }

  @Test
  void ipLocationDbHasFlatCountries() {
    assertThat(GeoTable.geo(Map.of("country_code", "de")))
        .isEqualTo(new Geo("DE", null, Double.NaN, Double.NaN, null));
  }

  @Test
  void ipinfoWritesCoordinatesAsText() {
    var record =
        Map.of("country", "US", "city", "Mountain View", "latitude", "37.4", "longitude", "x");

    assertThat(GeoTable.geo(record))
        .isEqualTo(new Geo("US", "Mountain View", 37.4, Double.NaN, null));
  }

  @Test
  void ipinfoHasTheCountryNameBesideItsCode() {
    assertThat(GeoTable.geo(Map.of("country", "United States", "country_code", "US")))
        .isEqualTo(new Geo("US", null, Double.NaN, Double.NaN, null));
  }

  @Test
  void ipinfoWritesSystemsAsText() {
    assertThat(AsTable.autonomousSystem(Map.of("asn", "AS15169", "as_name", "Google LLC")))
        .isEqualTo(new AutonomousSystem(15169, "Google LLC"));
  }

  @Test
  void enterpriseHasTheSystemAmongItsTraits() {
    var traits = Map.of("autonomous_system_number", 4294967295L);

    assertThat(AsTable.autonomousSystem(Map.of("traits", traits)))
        .isEqualTo(new AutonomousSystem(4294967295L, null));
  }

  static List<Object> records() {
    return List.of(
        "text",
        List.of(1, 2),
        Map.of(),
        Map.of("country", Map.of()),
        Map.of("country", Map.of("iso_code", 5)),
        Map.of("country_code", ""),
        Map.of("asn", "none"),
        Map.of("autonomous_system_number", 0),
        Map.of("autonomous_system_number", 1L << 32));
  }

  @ParameterizedTest
  @MethodSource("records")
  void whatIsNeitherIsNothing(Object record) {
    assertThat(GeoTable.geo(record)).isNull();
    assertThat(AsTable.autonomousSystem(record)).isNull();
  }
}
