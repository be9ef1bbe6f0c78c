package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StixPatternTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "[ipv4-addr:value = '198.51.100.1'];198.51.100.1",
        "[ipv4-addr:value='198.51.100.1'];198.51.100.1",
        "[ipv4-addr:value = '198.51.100.0/24'];198.51.100.0/24",
        "[ipv6-addr:value = '2001:DB8::1'];2001:db8::1",
        "[domain-name:value = 'Evil.Example'];evil.example",
        "[ipv4-addr:value ISSUBSET '10.1.0.0/16'];10.1.0.0/16",
        "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')];192.0.2.1 192.0.2.2",
        "[ipv4-addr:value = '192.0.2.1' OR domain-name:value = 'a.b'];192.0.2.1 a.b",
        "([ipv4-addr:value = '192.0.2.1'] OR [ipv4-addr:value = '192.0.2.2']);192.0.2.1 192.0.2.2",
        "[ipv4-addr:value = '192.0.2.1' OR file:hashes.'SHA-256' = 'AND'];192.0.2.1",
        "[domain-name:value = 'it\\'s' OR ipv4-addr:value = '192.0.2.9'];192.0.2.9"
      })
  void whatStandsByItselfIsTaken(String pattern, String expected) {
    assertThat(StixPattern.targets(pattern))
        .extracting(Indicator.Target::text)
        .containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[",
        "'",
        "[ipv4-addr:value = '",
        "[ipv4-addr:value = ]",
        "[ipv4-addr:value IN (",
        "[ipv4-addr:value IN ('x'",
        "[ipv4-addr:value",
        "[ipv4-addr:value != '192.0.2.1']",
        "[NOT ipv4-addr:value = '192.0.2.1']",
        "[ipv4-addr:value = '0.0.0.0/0']",
        "[domain-name:value LIKE '%.example']",
        "[domain-name:value MATCHES 'evil.*']",
        "[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port = 443]",
        "[ipv4-addr:value = '192.0.2.1'] AND [domain-name:value = 'a.example']",
        "[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']",
        "[ipv4-addr:value = '192.0.2.1'] REPEATS 5 TIMES WITHIN 60 SECONDS",
        "[file:name = 'ipv4-addr:value = x']"
      })
  void whatNeedsMoreOrNamesNobodyIsNot(String pattern) {
    assertThat(StixPattern.targets(pattern)).isEmpty();
  }
}
