package io.penstock.prefix;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Ip;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24,192.0.2.0/24",
    "192.0.2.77/24,192.0.2.0/24",
    "192.0.2.1,192.0.2.1",
    "192.0.2.1/32,192.0.2.1",
    "0.0.0.0/0,0.0.0.0/0",
    "2001:DB8::/32,2001:db8::/32",
    "2001:db8::1:2/112,2001:db8::1:0/112",
    "2001:db8::1/128,2001:db8::1",
    "::/0,::/0"
  })
  void cidrNotationIsReadAndWritten(String text, String written) {
    assertThat(Prefix.parse(text)).get().hasToString(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "192.0.2.0/",
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "192.0.2/24",
        "2001:db8::/129",
        "192.0.2.0/24/1",
        "192.0.2.0/0x8",
        "evil.example",
        "192.0.2.0/ 24",
        "192.0.2.0/1000"
      })
  void whatIsNoPrefixIsNone(String text) {
    assertThat(Prefix.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,10.255.255.255,true",
    "10.0.0.0/8,11.0.0.0,false",
    "2001:db8::/33,2001:db8:7fff::1,true",
    "2001:db8::/33,2001:db8:8000::1,false",
    "0.0.0.0/0,203.0.113.1,true",
    "0.0.0.0/0,2001:db8::1,false"
  })
  void aPrefixContainsItsAddresses(String prefix, String address, boolean contained) {
    assertThat(Prefix.parse(prefix).orElseThrow().contains(Ip.parse(address).orElseThrow()))
        .isEqualTo(contained);
  }
}
