package io.penstock.admit;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AddressSpanTest {

  private static List<Prefix> networks(String... texts) {
    return Stream.of(texts).map(text -> Prefix.parse(text).orElseThrow()).toList();
  }

  private static List<AddressSpan> joined(String... texts) {
    return AddressSpan.joined(networks(texts).stream().map(AddressSpan::of).toList());
  }

  private static AddressSpan span(String first, String last) {
    return new AddressSpan(Ip.parse(first).orElseThrow(), Ip.parse(last).orElseThrow());
  }

  @Test
  void aNetworkSpansItsAddresses() {
    assertThat(joined("192.0.2.0/24")).containsExactly(span("192.0.2.0", "192.0.2.255"));
    assertThat(joined("192.0.2.7")).containsExactly(span("192.0.2.7", "192.0.2.7"));
    assertThat(joined("0.0.0.0/0")).containsExactly(span("0.0.0.0", "255.255.255.255"));
    assertThat(joined("2001:db8::/32"))
        .containsExactly(span("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
    assertThat(joined("fe80::/64")).containsExactly(span("fe80::", "fe80::ffff:ffff:ffff:ffff"));
    assertThat(joined("::/0"))
        .containsExactly(span("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  }

  @Test
  void networksThatTouchAreOneSpan() {
    assertThat(joined("10.0.0.128/25", "10.0.0.0/25", "10.0.2.0/24"))
        .isEqualTo(joined("10.0.0.0/24", "10.0.2.0/24"));
    assertThat(joined("2001:db8:0:0:8000::/65", "2001:db8::/65"))
        .isEqualTo(joined("2001:db8::/64"));
    assertThat(joined("2001:db8:0:1::/64", "2001:db8::/64")).isEqualTo(joined("2001:db8::/63"));
  }

  @Test
  void networksInsideOthersAreLeftOutAndNoAddressIsLost() {
    var random = new Random(3);
    for (int round = 0; round < 200; round++) {
      var all = new ArrayList<Prefix>();
      for (int i = 0; i < 40; i++) {
        all.add(new Prefix(Ip.v4(random.nextInt() & 0xff0f_f000), 100 + random.nextInt(29)));
      }
      Collections.shuffle(all, random);

      var outermost = AddressSpan.outermost(all);

      assertThat(outermost)
          .allSatisfy(
              network ->
                  assertThat(outermost)
                      .filteredOn(other -> other.contains(network.first()))
                      .containsExactly(network));
      assertThat(AddressSpan.joined(outermost.stream().map(AddressSpan::of).toList()))
          .isEqualTo(AddressSpan.joined(all.stream().map(AddressSpan::of).toList()));
    }
  }
}
