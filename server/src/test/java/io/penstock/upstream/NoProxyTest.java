package io.penstock.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoProxyTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "example.com | example.com | 443 | true",
        "example.com | www.example.com | 443 | true",
        "example.com | notexample.com | 443 | false",
        "example.com | example.com.evil.test | 443 | false",
        "EXAMPLE.com. | example.com | 443 | true",
        ".example.com | www.example.com | 443 | true",
        ".example.com | example.com | 443 | true",
        "*.example.com | www.example.com | 443 | true",
        "*.example.com | a.b.example.com | 443 | true",
        "*.example.com | example.com | 443 | false",
        "* | anything.test | 80 | true",
        "*:8080 | anything.test | 80 | false",
        "*:8080 | anything.test | 8080 | true",
        "example.com:8443 | example.com | 8443 | true",
        "example.com:8443 | example.com | 443 | false",
        "localhost,127.0.0.1,openobserve,openobserve:5080 | openobserve | 5080 | true",
        "localhost,127.0.0.1 | 127.0.0.1 | 80 | true",
        "localhost,127.0.0.1 | 127.0.0.2 | 80 | false",
        "a.test b.test,, c.test | b.test | 80 | true",
        "10.0.0.0/8 | 10.200.1.1 | 443 | true",
        "10.0.0.0/8 | 11.0.0.1 | 443 | false",
        "10.0.0.0/8 | host10.test | 443 | false",
        "10.0.0.0/8:8080 | 10.1.1.1 | 8080 | true",
        "10.0.0.0/8:8080 | 10.1.1.1 | 443 | false",
        "::1 | ::1 | 443 | true",
        "[::1] | ::1 | 443 | true",
        "[::1]:8443 | ::1 | 443 | false",
        "fd00::/8 | fd12::1 | 443 | true",
        "'' | example.com | 443 | false"
      })
  void serversAreExceptedByNameAddressNetworkAndPort(
      String list, String host, int port, boolean isExcepted) {
    assertThat(NoProxy.parse(list).matches(host, port)).isEqualTo(isExcepted);
  }

  @Test
  void whatCannotBeReadIsTold() {
    assertThat(NoProxy.parse("a.test, 10.0.0.0/99 b.test:0, :80, c..test").unread())
        .containsExactly("10.0.0.0/99", "b.test:0", ":80", "c..test");
  }
}
