package io.penstock.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.event.Ip;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DialPolicyTest {

  @ParameterizedTest
  @CsvSource({
    "169.254.169.254, a cloud's metadata address",
    "fd00:ec2::254, a cloud's metadata address",
    "fd20:ce::254, a cloud's metadata address",
    "100.100.100.200, a cloud's metadata address",
    "168.63.129.16, a cloud's metadata address",
    "192.0.0.192, a cloud's metadata address",
    "169.254.0.1, link-local",
    "169.254.170.2, link-local",
    "fe80::1, link-local",
    "febf:ffff::1, link-local",
    "0.0.0.0, the unspecified address",
    "0.1.2.3, the unspecified address",
    "::, the unspecified address",
    "224.0.0.1, multicast",
    "239.255.255.255, multicast",
    "ff02::1, multicast",
    "255.255.255.255, broadcast",
    "240.0.0.1, reserved"
  })
  void whatNoDestinationHasIsRefused(String address, String why) {
    assertThat(DialPolicy.DEFAULT.refusal(ip(address))).contains(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "::ffff:0:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:5601:5601",
        "2001:db8::5efe:a9fe:a9fe",
        "2001:db8::200:5efe:a9fe:a9fe"
      })
  void anAddressIsJudgedByTheOneThatItCarries(String address) {
    assertThat(DialPolicy.DEFAULT.refusal(ip(address))).contains("a cloud's metadata address");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "192.0.2.1",
        "8.8.8.8",
        "2001:4860:4860::8888",
        "2002:0808:0808::1",
        "64:ff9b::808:808"
      })
  void publicPrivateAndLoopbackAddressesAreAllowed(String address) {
    assertThat(DialPolicy.DEFAULT.refusal(ip(address))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, loopback",
    "127.1.2.3, loopback",
    "::1, loopback",
    "::ffff:127.0.0.1, loopback",
    "10.1.2.3, private",
    "172.16.0.1, private",
    "172.31.255.255, private",
    "192.168.1.1, private",
    "::ffff:192.168.1.1, private",
    "64:ff9b::10.0.0.1, private",
    "2002:a00:1::, private",
    "fc00::1, private",
    "fdff::1, private",
    "fec0::1, private",
    "100.64.0.1, shared by a provider's customers",
    "100.127.255.255, shared by a provider's customers",
    "192.0.0.8, of a special purpose",
    "198.19.0.1, of a special purpose",
    "169.254.169.254, a cloud's metadata address"
  })
  void whatIsNotPublicIsRefusedWhereOnlyPublicAddressesAreWanted(String address, String why) {
    assertThat(DialPolicy.DEFAULT.publicOnly().refusal(ip(address))).contains(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2001:4860:4860::8888",
        "64:ff9b::808:808"
      })
  void whatIsPublicIsAllowedWhereOnlyPublicAddressesAreWanted(String address) {
    assertThat(DialPolicy.DEFAULT.publicOnly().refusal(ip(address))).isEmpty();
  }

  @Test
  void whatIsAllowedNeedNotBePublic() {
    var env = new Environment(Map.of("DIAL_ALLOW", "10.1.0.0/16"));

    var policy = DialPolicy.from(env).publicOnly();

    assertThat(policy.refusal(ip("10.1.2.3"))).isEmpty();
    assertThat(policy.refusal(ip("10.2.2.3"))).contains("private");
  }

  @Test
  void anOperatorAllowsAndDenies() {
    var env =
        new Environment(
            Map.of(
                "DIAL_ALLOW", "169.254.0.0/16, 10.0.0.0/8",
                "DIAL_DENY", "169.254.169.254,10.1.0.0/16"));

    var policy = DialPolicy.from(env);

    assertThat(env.problems()).isEmpty();
    assertThat(policy.refusal(ip("169.254.1.1"))).isEmpty();
    assertThat(policy.refusal(ip("169.254.169.254"))).contains("denied by DIAL_DENY");
    assertThat(policy.refusal(ip("10.2.0.1"))).isEmpty();
    assertThat(policy.refusal(ip("10.1.0.1"))).contains("denied by DIAL_DENY");
    assertThat(policy.refusal(ip("2002:a01:1::"))).contains("denied by DIAL_DENY");
  }

  @Test
  void whatIsNoNetworkIsAProblem() {
    var env = new Environment(Map.of("DIAL_DENY", "10.0.0.0/8,somewhere"));

    DialPolicy.from(env);

    assertThat(env.problems()).singleElement().asString().contains("DIAL_DENY", "'somewhere'");
  }

  private static Ip ip(String text) {
    return Ip.parse(text).orElseThrow();
  }
}
