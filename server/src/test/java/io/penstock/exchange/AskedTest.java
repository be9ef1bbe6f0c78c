package io.penstock.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AskedTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          https | a.example   | 443  | GET     | /b?c=d           | https://a.example/b?c=d
          https | a.example   | 8443 | GET     | /                | https://a.example:8443/
          http  | 2001:db8::1 | 80   | GET     | /                | http://[2001:db8::1]/
          https | a.example   | 443  | CONNECT | a.example:443    | https://a.example
          https | a.example   | 22   | CONNECT | a.example:22     | https://a.example:22
          http  | a.example   | 80   | OPTIONS | *                | http://a.example
          http  | a.example   | 80   | OPTIONS | *?token=secret   | http://a.example?token=secret
          """)
  void anAddressNamesItsHostOnce(
      String scheme, String host, int port, String method, String target, String url) {
    var asked =
        new Asked(scheme, host, port, method, target, "HTTP/1.1", Headers.NONE, Content.NONE);

    assertThat(asked.url()).isEqualTo(url);
  }
}
