package io.penstock.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,192.0.2.1",
    "0.0.0.0,0.0.0.0",
    "::,::",
    "::1,::1",
    "2001:DB8:0:0:0:0:0:1,2001:db8::1",
    "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1,2001:0:0:1::1",
    "2001:db8::,2001:db8::",
    "::ffff:192.0.2.1,192.0.2.1",
    "64:ff9b::192.0.2.33,64:ff9b::c000:221",
    "fe80:0:0:1:0:0:2:3,fe80::1:0:0:2:3",
    "1::8:0:0,1::8:0:0",
    "1:2:3:4:5:6:192.0.2.1,1:2:3:4:5:6:c000:201",
    "1:2:3:4:5:6:7::,1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8,0:2:3:4:5:6:7:8",
  })
  void textIsReadAndWrittenInItsCanonicalForm(String text, String canonical) {
    assertThat(Ip.parse(text).orElseThrow()).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.4 ",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::8",
        "12345::",
        "g::",
        "::1%eth0",
        "[::1]",
        "localhost",
        "1.2.3.4/24",
        "::1.2.3",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7:8::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:1.2.3.4:",
        "::.1.2.3",
        "1.2.3.4::",
        "1:::2",
        "1:",
        "٣::"
      })
  void whatIsNoAddressIsNotRead(String text) {
    assertThat(Ip.parse(text)).isEmpty();
  }

  @Test
  void everyAddressSurvivesTextAndBytesAndAgreesWithTheJdk() throws UnknownHostException {
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      var ip = random.nextBoolean() ? Ip.v4(random.nextInt()) : sparse(random);
      var bytes = ip.toBytes();

      assertThat(Ip.of(bytes, 0, bytes.length)).isEqualTo(ip);
      assertThat(Ip.parse(ip.toString())).contains(ip);
      assertThat(Ip.of(InetAddress.getByName(ip.toString()))).isEqualTo(ip);
    }
  }

  private static Ip sparse(Random random) {
    long high = 0;
    long low = 0;
    for (int i = 0; i < 4; i++) {
      high = high << 16 | (random.nextBoolean() ? 0 : random.nextInt(65536));
      low = low << 16 | (random.nextBoolean() ? 0 : random.nextInt(65536));
    }
    return new Ip(high, low);
  }
}
