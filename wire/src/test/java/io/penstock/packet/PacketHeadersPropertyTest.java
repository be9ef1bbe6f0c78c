package io.penstock.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of every frame, of a piece of it, and of no frame at all. */
class PacketHeadersPropertyTest {

  private static final int ROUNDS = 3_000;

  static Stream<String> names() {
    return Frames.all().keySet().stream();
  }

  /**
   * Reads a frame twice: with nothing around it, so that an octet read beyond it throws, and with
   * other octets around it, which must make no difference.
   */
  private static PacketHeaders read(HeaderProtocol protocol, byte[] frame, int length) {
    var alone = new PacketHeaders(4);
    var within = new PacketHeaders(4);
    var exact = Arrays.copyOf(frame, length);
    var wide = new byte[length + 200];
    Arrays.fill(wide, (byte) 0x45);
    System.arraycopy(frame, 0, wide, 100, length);

    boolean isUnderstood = alone.read(protocol, exact, 0, length);

    assertThat(within.read(protocol, wide, 100, length)).isEqualTo(isUnderstood);
    assertThat(LayerText.of(within)).isEqualTo(LayerText.of(alone));
    assertThat(alone.layerCount()).isBetween(1, 5);
    return alone;
  }

  @ParameterizedTest
  @MethodSource("names")
  @Tag("case-86")
  void aFrameMayBeCutAnywhere(String name) {
    var frame = Frames.named(name);
    var whole = read(HeaderProtocol.ETHERNET, frame, frame.length);
    assertThat(whole.isCut()).isFalse();

    for (int length = 0; length < frame.length; length++) {
      var cut = read(HeaderProtocol.ETHERNET, frame, length);

      assertThat(cut.layerCount()).isLessThanOrEqualTo(whole.layerCount());
      if (cut.layerCount() < whole.layerCount()) {
        assertThat(cut.isCut()).as("cut at %d", length).isTrue();
      }
      for (int i = 0; i < cut.layerCount(); i++) {
        assertThat(cut.layer(i).tunnel()).isEqualTo(whole.layer(i).tunnel());
        assertAbsentOrEqual(cut.layer(i), whole.layer(i));
      }
    }
  }

  private static void assertAbsentOrEqual(Layer cut, Layer whole) {
    assertThat(cut.sourcePort()).isIn(Layer.ABSENT, whole.sourcePort());
    assertThat(cut.destinationPort()).isIn(Layer.ABSENT, whole.destinationPort());
    assertThat(cut.tcpFlags()).isIn(Layer.ABSENT, whole.tcpFlags());
    assertThat(cut.icmp()).isIn(Layer.ABSENT, whole.icmp());
    assertThat(cut.destinationMac()).isIn((long) Layer.ABSENT, whole.destinationMac());
    assertThat(cut.sourceMac()).isIn((long) Layer.ABSENT, whole.sourceMac());
    assertThat(cut.sourceLow()).isIn(0L, whole.sourceLow());
    assertThat(cut.destinationLow()).isIn(0L, whole.destinationLow());
    assertThat(cut.length()).isIn(Layer.ABSENT, whole.length());
  }

  @ParameterizedTest
  @EnumSource(HeaderProtocol.class)
  void noOctetsAtAllMakeItStumble(HeaderProtocol protocol) {
    var random = new SplittableRandom(protocol.number());
    for (int i = 0; i < ROUNDS; i++) {
      var octets = new byte[random.nextInt(160)];
      random.nextBytes(octets);
      read(protocol, octets, octets.length);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFrameWithWrongOctetsMakesItStumbleNeither(String name) {
    var random = new SplittableRandom(name.hashCode());
    for (int i = 0; i < 300; i++) {
      var frame = Frames.named(name);
      for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
        frame[random.nextInt(frame.length)] = (byte) random.nextInt();
      }
      read(HeaderProtocol.ETHERNET, frame, random.nextInt(frame.length + 1));
    }
  }

  @Test
  @Tag("case-88")
  void packetsWithinPacketsEndAtTheLimit() {
    for (int limit = 0; limit <= PacketHeaders.TUNNELS_MAX; limit++) {
      var packet = Frames.tcp();
      int protocol = IpHeaders.TCP;
      for (int i = 0; i < 20; i++) {
        packet = Frames.ipv4(i, protocol, packet);
        protocol = IpHeaders.IPV4;
      }
      var headers = new PacketHeaders(limit);

      headers.read(HeaderProtocol.IPV4, packet, 0, packet.length);

      assertThat(headers.layerCount()).isEqualTo(limit + 1);
      assertThat(headers.isDeeper()).isTrue();
    }
  }

  @Test
  @Tag("case-86")
  void anEndlessChainOfExtensionHeadersIsLeft() {
    var packet = Frames.tcp();
    int next = IpHeaders.TCP;
    for (int i = 0; i < 1_000; i++) {
      packet = Frames.options6(next, packet);
      next = IpHeaders.DESTINATION_OPTIONS;
    }
    packet = Frames.ipv6(1, next, packet);
    var headers = new PacketHeaders(4);

    headers.read(HeaderProtocol.IPV6, packet, 0, packet.length);

    assertThat(headers.layer(0).extensionCount()).isEqualTo(16);
    assertThat(headers.layer(0).destinationPort()).isEqualTo(Layer.ABSENT);
    assertThat(headers.isDeeper()).isTrue();
  }

  @Test
  @Tag("case-87")
  void aLabelStackWithoutBottomEndsWithTheFrame() {
    var stack = Frames.ethernet(1, 0x8847, new byte[64_000]);
    var headers = new PacketHeaders(4);

    headers.read(HeaderProtocol.ETHERNET, stack, 0, stack.length);

    assertThat(headers.layer(0).labelCount()).isEqualTo(16);
    assertThat(headers.isCut()).isTrue();
  }
}
