package io.penstock.enrich;

import static io.penstock.enrich.CountryTableWriter.countryOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Ip;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BuiltInCountriesTest {

  private final Loaded<RangeTable<Geo>> countries = BuiltInCountries.load();

  @ParameterizedTest
  @CsvSource({
    "8.8.8.8,US",
    "81.2.69.142,GB",
    "133.11.0.1,JP",
    "5.9.1.1,DE",
    "91.198.174.192,NL",
    "200.160.2.3,BR",
    "2606:4700::1,US",
    "240e::1,CN",
    "2804:14d::1,BR"
  })
  void wellKnownAddressesAreWhereTheyAre(String address, String country) {
    assertThat(countryOf(countries.table(), address)).isEqualTo(country);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.1", "127.0.0.1", "192.0.2.1", "169.254.1.1", "224.0.0.1", "255.255.255.255",
        "0.0.0.0", "::1", "2001:db8::1", "fe80::1", "ff02::1", "fd00::1"
      })
  void specialAddressesAreNowhere(String address) {
    assertThat(countryOf(countries.table(), address)).isEmpty();
  }

  @Test
  void itKnowsCountriesAndMakesNothingElseUp() {
    var geo = countries.table().find(Ip.parse("8.8.8.8").orElseThrow());

    assertThat(geo).isEqualTo(new Geo("US", null, Double.NaN, Double.NaN, null));
    assertThat(countries.built()).isAfter(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(countries.kind()).startsWith("geo-whois-asn-country");
    assertThat(countries.entries()).isGreaterThan(400_000);
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    var bytes = CountryTableWriter.write(countries.table(), "again", Instant.ofEpochSecond(5));
    var again = BuiltInCountries.read(bytes);

    assertThat(again.kind()).isEqualTo("again");
    assertThat(again.built()).isEqualTo(Instant.ofEpochSecond(5));
    assertThat(ranges(again.table())).isEqualTo(ranges(countries.table()));
  }

  private static List<String> ranges(RangeTable<Geo> table) {
    var ranges = new ArrayList<String>();
    table.forEach(
        (first, last, geo) -> {
          if (ranges.size() < 5_000 || last.high() < 0) {
            ranges.add(first + "-" + last + " " + geo.country());
          }
        });
    ranges.add("size " + table.size());
    return ranges;
  }
}
