package io.penstock.capture;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.penstock.wire.Allocation;
import io.penstock.wire.Octets;
import java.io.ByteArrayInputStream;

/**
 * Hostile files: whatever they hold, reading ends, hands out no more than came in, and fails in one
 * way only. Without the fuzzing engine it runs over its saved inputs, the resources beside this
 * class.
 */
class CaptureFuzz {

  @FuzzTest(maxDuration = "2m")
  void anyFile(byte[] file) {
    // Inflated, a file may hold a thousand times its length: that is a matter for inflating alone.
    if (file.length >= 2 && Octets.u16(file, 0) == 0x1f8b) {
      return;
    }
    assertBounded(file);
  }

  /** The octets behind a valid header, so that the engine need not find the magic first. */
  @FuzzTest(maxDuration = "2m")
  void packets(byte[] frame) {
    if (frame.length == 0) {
      return;
    }
    int[] linkTypes = {0, 1, 101, 113, 276};
    int linkType = linkTypes[(frame[0] & 0xff) % linkTypes.length];
    var rest = new byte[frame.length - 1];
    System.arraycopy(frame, 1, rest, 0, rest.length);
    assertBounded(Packets.pcap(linkType, rest, rest));
  }

  /** Buffers of a reader, and beside them no more than a multiple of what there is to read. */
  private static void assertBounded(byte[] file) {
    Allocation.assertAtMost(2_000_000 + 1_000L * file.length, () -> read(file));
  }

  private static void read(byte[] file) {
    long octets = 0;
    try (var capture = Capture.of(new ByteArrayInputStream(file))) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        assertThat(p.offset()).isNotNegative();
        assertThat(p.length()).isBetween(0, p.bytes().length - p.offset());
        octets += p.length();
      }
      var counts = capture.counts();
      assertThat(counts.malformed() + counts.skipped()).isLessThanOrEqualTo(counts.packets());
    } catch (CaptureException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
    // A fragment that comes twice completes two datagrams: no octet is handed out more often.
    assertThat(octets).isLessThanOrEqualTo(file.length);
  }
}
