package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Hostile streams: however a stream is divided into chunks, it gives the same messages and ends at
 * the same octet, and no more memory is held than a message may have.
 */
class MessageFramerFuzz {

  /** What became of a stream. */
  private record Framed(List<String> messages, int octets, boolean isCorrupt, int version) {}

  @FuzzTest(maxDuration = "2m")
  void anyStream(byte[] input) {
    if (input.length == 0) {
      return;
    }
    var whole = framed(input, input.length);
    assertThat(framed(input, 1)).isEqualTo(whole);
    assertThat(framed(input, 1 + (input[0] & 0xff))).isEqualTo(whole);
  }

  private static Framed framed(byte[] stream, int chunk) {
    var messages = new ArrayList<String>();
    var octets = new int[1];
    var framer =
        new MessageFramer(
            (buffer, offset, length) -> {
              messages.add(HexFormat.of().formatHex(buffer, offset, offset + length));
              octets[0] += length;
            });
    int taken = 0;
    for (int at = 0; at < stream.length; at += chunk) {
      taken += framer.accept(stream, at, Math.min(chunk, stream.length - at));
      assertThat(framer.capacity()).isLessThanOrEqualTo(Math.max(8192, 2 * framer.held()));
    }
    assertThat(taken).isEqualTo(octets[0] + framer.held());
    assertThat(framer.isCorrupt() || taken == stream.length).isTrue();
    return new Framed(messages, octets[0], framer.isCorrupt(), framer.version());
  }
}
