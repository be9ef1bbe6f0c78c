package io.penstock.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Ip;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExporterFilterTest {

  private static boolean wants(String options, String exporter) {
    var destination = DestinationParser.parse("a:1" + options, List.of());
    return new ExporterFilter(destination).wants(Ip.parse(exporter).orElseThrow());
  }

  @Test
  void withoutNetworksEveryoneIsWanted() {
    assertThat(wants("", "192.0.2.1")).isTrue();
    assertThat(wants("", "2001:db8::1")).isTrue();
  }

  @Test
  void withNetworksOnlyThoseInThem() {
    var options = "?exporters=10.0.0.0/8&exporters=2001:db8::/32";

    assertThat(wants(options, "10.255.0.1")).isTrue();
    assertThat(wants(options, "2001:db8:9::1")).isTrue();
    assertThat(wants(options, "11.0.0.1")).isFalse();
    assertThat(wants(options, "2001:db9::1")).isFalse();
  }

  @Test
  void exceptionsAloneLeaveTheOthers() {
    assertThat(wants("?except=10.0.0.0/8", "10.0.0.1")).isFalse();
    assertThat(wants("?except=10.0.0.0/8", "192.0.2.1")).isTrue();
  }

  @Test
  void theSmallerNetworkDecides() {
    var options = "?exporters=10.0.0.0/8&except=10.1.0.0/16&exporters=10.1.2.0/24";

    assertThat(wants(options, "10.2.0.1")).isTrue();
    assertThat(wants(options, "10.1.0.1")).isFalse();
    assertThat(wants(options, "10.1.2.1")).isTrue();
    assertThat(wants(options, "192.0.2.1")).isFalse();
  }
}
