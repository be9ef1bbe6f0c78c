package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.Standing.Place;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who may stay when there is no room for all. */
@Tag("case-91")
class StandingTest {

  private static final long START = 1_800_000_000_000L;

  private final List<String> displaced = new ArrayList<>();
  private final Standing<String> standing = new Standing<>(8, displaced::add);

  private static InetAddress v4(int address) throws UnknownHostException {
    return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(address).array());
  }

  private static InetAddress v6(long high, long low) throws UnknownHostException {
    return InetAddress.getByAddress(ByteBuffer.allocate(16).putLong(high).putLong(low).array());
  }

  /** A newcomer of a network of its own. */
  private Place<String> newcomer(int number) throws UnknownHostException {
    return newcomer("n" + number, v4(number << 8));
  }

  private Place<String> newcomer(String name, InetAddress address) {
    var place = new Place<>(name, address);
    standing.admit(place);
    return place;
  }

  private Place<String> established(String name, long millis) throws UnknownHostException {
    var place = newcomer(name, v4(0x0a000000 | name.hashCode() << 8));
    standing.earned(place, millis - Standing.PROBATION_MILLIS);
    assertThat(standing.earned(place, millis)).isTrue();
    return place;
  }

  @Test
  void theNewcomerNotHeardForLongestMakesRoom() throws Exception {
    var first = newcomer(1);
    for (int i = 2; i <= 8; i++) {
      newcomer(i);
    }
    standing.heard(first);

    newcomer(9);

    assertThat(displaced).containsExactly("n2");
    assertThat(standing.size()).isEqualTo(8);
  }

  @Test
  void decodableTwiceHalfAMinuteApartIsEstablished() throws Exception {
    var place = newcomer(1);

    assertThat(standing.earned(place, START)).isFalse();
    assertThat(standing.earned(place, START + Standing.PROBATION_MILLIS - 1)).isFalse();
    assertThat(place.isEstablished()).isFalse();
    assertThat(standing.earned(place, START + Standing.PROBATION_MILLIS)).isTrue();
    assertThat(place.isEstablished()).isTrue();
    assertThat(standing.established()).isOne();
  }

  @Test
  void aClockSetBackStartsTheProbationAnew() throws Exception {
    var place = newcomer(1);
    standing.earned(place, START);

    assertThat(standing.earned(place, START - 90_000)).isFalse();
    assertThat(standing.earned(place, START - 90_000 + Standing.PROBATION_MILLIS)).isTrue();
  }

  @Test
  void aQuietEstablishedHolderOutlivesAMillionInventedSources() throws Exception {
    var quiet = established("quiet", START);

    for (int i = 0; i < 1_000_000; i++) {
      // Neighbours in no network: the order of the high bits is scattered.
      var place = newcomer("spoofed", v4(Integer.reverse(i)));
      standing.earned(place, START + i / 1_000);
    }

    assertThat(displaced).hasSize(1_000_000 - 7).containsOnly("spoofed");
    assertThat(quiet.isEstablished()).isTrue();
    assertThat(standing.size()).isEqualTo(8);
  }

  @Test
  void theEstablishedTakeNoPlaceFromEachOtherUnlessOneIsIdle() throws Exception {
    for (int i = 0; i < 6; i++) {
      established("e" + i, START + i);
    }
    var late = newcomer(1);
    standing.earned(late, START);

    assertThat(standing.earned(late, START + Standing.IDLE_MILLIS - 1)).isFalse();
    assertThat(displaced).isEmpty();
    assertThat(standing.earned(late, START + Standing.IDLE_MILLIS)).isTrue();
    assertThat(displaced).containsExactly("e0");
    assertThat(standing.established()).isEqualTo(6);
  }

  @Test
  void whoStaysDecodableIsNotIdle() throws Exception {
    var first = established("first", START);
    for (int i = 1; i < 6; i++) {
      established("e" + i, START + i);
    }
    standing.earned(first, START + 10_000);
    var late = newcomer(1);
    standing.earned(late, START);

    standing.earned(late, START + Standing.IDLE_MILLIS + 5);

    assertThat(displaced).containsExactly("e1");
  }

  @Test
  void aNetworkFullOfNewcomersPaysForItself() throws Exception {
    var wide = new Standing<String>(64, displaced::add);
    for (int i = 0; i < 10; i++) {
      wide.admit(new Place<>("other" + i, v4(i << 8)));
    }

    for (int i = 0; i < 1_000; i++) {
      wide.admit(new Place<>("spoofed", v4(0xc6336400 | i & 0xff)));
    }

    assertThat(displaced).hasSize(1_000 - 54).containsOnly("spoofed");
  }

  @Test
  void anIpv6SiteThatRotatesItsNetworksIsOneNetwork() throws Exception {
    var wide = new Standing<String>(64, displaced::add);
    for (int i = 0; i < 10; i++) {
      wide.admit(new Place<>("other" + i, v6(0x20010db8_0000_0000L | (long) i << 16, 1)));
    }

    for (int i = 0; i < 100_000; i++) {
      wide.admit(new Place<>("spoofed", v6(0x20010db8_ffff_0000L | i & 0xffff, i)));
    }

    assertThat(displaced).hasSize(100_000 - 54).containsOnly("spoofed");
  }

  @Test
  void whoLeavesMakesRoom() throws Exception {
    var quiet = established("quiet", START);
    var first = newcomer(1);
    for (int i = 2; i <= 7; i++) {
      newcomer(i);
    }

    standing.leave(quiet);
    standing.leave(first);
    newcomer(8);
    newcomer(9);

    assertThat(displaced).isEmpty();
    assertThat(standing.size()).isEqualTo(8);
    assertThat(standing.established()).isZero();
  }

  @Test
  void aSinglePlaceGoesToTheLatest() throws Exception {
    var single = new Standing<String>(1, displaced::add);
    var first = new Place<>("first", v4(1));
    single.admit(first);
    single.earned(first, START);

    assertThat(single.earned(first, START + Standing.PROBATION_MILLIS)).isFalse();
    single.admit(new Place<>("second", v4(2)));

    assertThat(displaced).containsExactly("first");
  }

  @Test
  void whoIsSettledStaysHoweverLongItIsSilent() throws Exception {
    var settled = newcomer(100);
    assertThat(standing.settle(settled)).isTrue();
    for (int i = 1; i <= 5; i++) {
      established("e" + i, START);
    }

    long later = START + 10 * Standing.IDLE_MILLIS;
    var late = newcomer(101);
    standing.earned(late, later);
    standing.earned(late, later + Standing.PROBATION_MILLIS);
    for (int i = 1; i <= 50; i++) {
      newcomer(i);
    }

    assertThat(displaced).doesNotContain("n100").contains("e1");
    assertThat(late.isEstablished()).isTrue();
    assertThat(standing.established()).isEqualTo(6);
  }

  @Test
  void anEstablishedOneGivesWayToWhoeverSettles() throws Exception {
    for (int i = 1; i <= 6; i++) {
      established("e" + i, START);
    }
    var first = newcomer(1);

    assertThat(standing.settle(first)).isTrue();

    assertThat(displaced).containsExactly("e1");
    standing.leave(first);
    assertThat(standing.size()).isEqualTo(5);
    assertThat(standing.established()).isEqualTo(5);
  }

  @Test
  void whoWouldSettleWhereAllAreSettledIsANewcomer() throws Exception {
    for (int i = 1; i <= 6; i++) {
      assertThat(standing.settle(newcomer(i))).isTrue();
    }

    assertThat(standing.settle(newcomer(7))).isFalse();

    for (int i = 8; i <= 20; i++) {
      newcomer(i);
    }
    assertThat(displaced).contains("n7").doesNotContain("n1", "n6");
    assertThat(standing.size()).isEqualTo(8);
  }
}
