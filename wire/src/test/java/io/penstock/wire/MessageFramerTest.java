package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases 14 and 15: IPFIX messages out of a stream of octets. */
class MessageFramerTest {

  private static final Bytes FIRST = ipfix(set(2, template(256, 8, 4, 7, 2)));
  private static final Bytes SECOND = ipfix(set(256, new Bytes().zeros(60)));
  private static final Bytes EMPTY = ipfix();

  private final List<String> messages = new ArrayList<>();
  private final MessageFramer framer =
      new MessageFramer(
          (buffer, offset, length) ->
              messages.add(HexFormat.of().formatHex(buffer, offset, offset + length)));

  @Test
  @Tag("case-14")
  void case14SeveralMessagesInOneChunkAreHandedOnOneByOne() {
    int taken = accept(stream());

    assertThat(taken).isEqualTo(stream().length);
    assertThat(messages).containsExactly(hex(FIRST), hex(SECOND), hex(EMPTY));
    assertThat(framer.held()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 15, 16, 17, 31, 50})
  @Tag("case-14")
  void case14AMessageSplitOverChunksIsPutTogether(int chunk) {
    byte[] stream = stream();

    for (int at = 0; at < stream.length; at += chunk) {
      accept(Arrays.copyOfRange(stream, at, Math.min(stream.length, at + chunk)));
    }

    assertThat(messages).containsExactly(hex(FIRST), hex(SECOND), hex(EMPTY));
    assertThat(framer.held()).isZero();
  }

  @Test
  void anyDivisionIntoChunksGivesTheSameMessages() {
    var random = new Random(14);
    byte[] stream = stream();

    for (int round = 0; round < 500; round++) {
      messages.clear();
      for (int at = 0; at < stream.length; ) {
        int end = Math.min(stream.length, at + 1 + random.nextInt(40));
        accept(Arrays.copyOfRange(stream, at, end));
        at = end;
      }
      assertThat(messages).containsExactly(hex(FIRST), hex(SECOND), hex(EMPTY));
    }
  }

  @Test
  @Tag("rfc7011-10-message-of-65535-octets")
  void theLongestMessageIsPutTogether() {
    var longest = ipfix(set(256, new Bytes().zeros(65_535 - 20)));
    byte[] octets = longest.array();

    accept(Arrays.copyOf(octets, 30_000));
    accept(Arrays.copyOfRange(octets, 30_000, octets.length));

    assertThat(messages).containsExactly(hex(longest));
  }

  @ParameterizedTest
  @Tag("rfc7011-9.1-malformed-message-discarded")
  @Tag("rfc7011-9.1-malfunctioning-exporter-stopped")
  @ValueSource(strings = {"000a000f", "000a0000", "00090020", "00050020", "48545450"})
  @Tag("case-14")
  void case14ACorruptHeaderEndsTheSession(String header) {
    var stream = new Bytes().append(FIRST).raw(HexFormat.of().parseHex(header)).append(SECOND);

    int taken = accept(stream.array());

    assertThat(framer.isCorrupt()).isTrue();
    assertThat(taken).isEqualTo(FIRST.size());
    assertThat(messages).containsExactly(hex(FIRST));
    assertThat(accept(FIRST.array())).isZero();
    assertThat(messages).hasSize(1);
  }

  @Test
  @Tag("case-14")
  void case14ACorruptHeaderIsFoundOctetByOctet() {
    for (byte octet : new Bytes().append(FIRST).u16(10, 3, 4, 5).array()) {
      accept(new byte[] {octet});
    }

    assertThat(framer.isCorrupt()).isTrue();
    assertThat(framer.held()).isEqualTo(4);
    assertThat(messages).containsExactly(hex(FIRST));
  }

  @Test
  void anUnfinishedMessageIsHeld() {
    accept(Arrays.copyOf(FIRST.array(), 20));

    assertThat(framer.held()).isEqualTo(20);
    assertThat(messages).isEmpty();
  }

  @Test
  @Tag("case-15")
  void case15TheMessagesOfAFileGoThroughTheDecoder() {
    var rig = new Rig();
    var intoDecoder =
        new MessageFramer(
            (buffer, offset, length) -> rig.decoder.decode(Rig.STREAM, buffer, offset, length));
    byte[] stream = stream();

    intoDecoder.accept(stream, 0, stream.length);

    assertThat(rig.found.records).hasSize(10);
    rig.assertBalanced();
  }

  @Test
  void octetsThatCouldNotBeFramedStayInTheBooks() {
    var rig = new Rig();

    rig.decoder.reject(Rig.STREAM, Rejection.TRUNCATED_HEADER, 99);

    rig.assertBalanced();
    assertThat(rig.decoder.counters().rejectedOctets(Rejection.TRUNCATED_HEADER)).isEqualTo(99);
  }

  private int accept(byte[] chunk) {
    byte[] buffer = new Bytes().u8(0xee).raw(chunk).u8(0xee).array();
    return framer.accept(buffer, 1, chunk.length);
  }

  private static byte[] stream() {
    return new Bytes().append(FIRST).append(SECOND).append(EMPTY).array();
  }

  private static String hex(Bytes bytes) {
    return HexFormat.of().formatHex(bytes.array());
  }
}
