package io.penstock.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Duration;
import java.util.Arrays;

/**
 * Hostile input, one target per protocol. Without the fuzzing engine each runs over its saved
 * inputs, the resources beside this class; {@link Rig} checks the books after every message.
 */
class FlowDecoderFuzz {

  @FuzzTest(maxDuration = "2m")
  void fixedVersions(byte[] datagram) {
    new Rig(Rig.SMALL, DecoderOptions.DEFAULT).send(Rig.ROUTER, datagram);
  }

  @FuzzTest(maxDuration = "2m")
  void v9(byte[] datagrams) {
    sendParts(Rig.ROUTER, datagrams);
  }

  @FuzzTest(maxDuration = "2m")
  void ipfix(byte[] datagrams) {
    sendParts(Rig.ROUTER, datagrams);
  }

  @FuzzTest(maxDuration = "2m")
  void framer(byte[] stream) {
    var rig = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    var framer =
        new MessageFramer(
            (buffer, offset, length) -> rig.decoder.decode(Rig.STREAM, buffer, offset, length));
    int at = 0;
    for (int chunk = 1; at < stream.length && !framer.isCorrupt(); chunk = chunk % 61 + 7) {
      int length = Math.min(chunk, stream.length - at);
      at += framer.accept(stream, at, length);
    }
    rig.assertBalanced();
    rig.decoder.close(Rig.STREAM);
    rig.assertBalanced();
  }

  /**
   * Two datagrams in one input, divided at its first octet's share, from two ports of an address:
   * so that templates, borrowed templates, waiting data and expiry all come into play.
   */
  private static void sendParts(Exporter exporter, byte[] input) {
    var rig = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    if (input.length == 0) {
      return;
    }
    int divide = 1 + (input.length - 1) * (input[0] & 0xff) / 255;
    rig.send(exporter, Arrays.copyOfRange(input, 1, divide));
    rig.send(exporter, Arrays.copyOfRange(input, divide, input.length));
    var otherPort = Rig.udp(exporter.address().getHostString(), 2);
    rig.send(otherPort, Arrays.copyOfRange(input, divide, input.length));
    rig.pass(Duration.ofHours(25));
    rig.decoder.expire();
    rig.assertBalanced();
    rig.send(exporter, Arrays.copyOfRange(input, 1, input.length));
  }
}
