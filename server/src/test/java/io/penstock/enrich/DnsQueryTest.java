package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsQueryTest {

  @Test
  void theQueryIsFoundWhereverItStands() {
    assertThat(query("\"query\":\"evil.com\"")).isEqualTo("evil.com");
    assertThat(query("\"a\":1,\"query\" : \"evil.com\",\"b\":[1,2]")).isEqualTo("evil.com");
    assertThat(query("\"a\":{\"query\":\"inner\"},\"query\":\"outer\"")).isEqualTo("outer");
    assertThat(query("\"dns_query\":\"evil.com\"")).isEqualTo("evil.com");
  }

  @Test
  void queryGoesBeforeDnsQuery() {
    assertThat(query("\"dns_query\":\"b\",\"query\":\"a\"")).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"a\":\"query\",\"b\":\"evil.com\"",
        "\"a\":\"\\\"query\\\":\\\"evil.com\\\"\"",
        "\"query\":5",
        "\"query\":null",
        "\"query\":[\"evil.com\"]",
        "\"query\":\"evil",
        "\"query\":",
        "\"query\"",
        "\"quer",
        "\"\\",
        "\"subquery\":\"evil.com\"",
        "\"inner\":{\"query\":\"evil.com\"}"
      })
  void whatIsNoQueryIsNone(String extra) {
    assertThat(query(extra)).isNull();
  }

  private static @Nullable String query(String extra) {
    return DnsQuery.in(extra.getBytes(StandardCharsets.UTF_8));
  }
}
