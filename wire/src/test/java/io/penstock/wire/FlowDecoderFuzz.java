package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;

/**
 * Hostile input, one target per protocol. Without the fuzzing engine each runs over its saved
 * inputs, the resources beside this class. {@link Rig} checks the books after every message; what
 * the handler is called and the thread allocates is a multiple of the octets at most.
 */
class FlowDecoderFuzz {

  private static final long BYTES_PER_OCTET_MAX = 500;

  /** A decoder's own tables, and what grows once to the largest record. */
  private static final long BYTES_ONCE_MAX = 300_000;

  @FuzzTest(maxDuration = "2m")
  void fixedVersions(byte[] datagram) {
    new Rig(Rig.SMALL, DecoderOptions.DEFAULT).send(Rig.ROUTER, datagram);
    assertBounded(datagram);
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
    assertBounded(
        Arrays.copyOfRange(input, 1, divide), Arrays.copyOfRange(input, divide, input.length));
  }

  private static void assertBounded(byte[]... datagrams) {
    long octets = 0;
    for (var datagram : datagrams) {
      octets += datagram.length;
    }
    var handler = new Toucher();
    Allocation.assertAtMost(
        BYTES_ONCE_MAX + BYTES_PER_OCTET_MAX * octets,
        () -> {
          handler.calls = 0;
          var decoder = new FlowDecoder(Rig.SMALL, InstantSource.system(), handler);
          for (var datagram : datagrams) {
            decoder.decode(Rig.ROUTER, datagram, 0, datagram.length);
          }
        });
    assertThat(handler.calls).isLessThanOrEqualTo(4 * octets + 4L * datagrams.length);
  }

  /** Checks what any reader relies on; allocates nothing, since it is measured. */
  private static final class Toucher implements RecordHandler {
    private long calls;

    @Override
    public void record(Exporter exporter, DataRecord record) {
      int fields = record.template().fields().size();
      require(record.start() >= 0 && record.end() <= record.bytes().length);
      for (int i = 0; i < fields; i++) {
        int at = record.offset(i);
        int length = record.length(i);
        require(length >= 0 && at >= record.start() && at + length <= record.end());
      }
      calls += 1 + fields / 2;
    }

    @Override
    public void template(Exporter exporter, long domain, Template template) {
      calls++;
    }

    @Override
    public void message(Exporter exporter, MessageHeader header, int records, boolean isComplete) {
      calls++;
      require(records >= 0);
    }

    @Override
    public void rejected(Exporter exporter, Rejection reason, int octets) {
      calls++;
      require(octets >= 0);
    }

    private static void require(boolean isSo) {
      if (!isSo) {
        throw new AssertionError("the handler was given what is not so");
      }
    }
  }
}
