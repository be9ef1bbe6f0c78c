package io.penstock.packet;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/**
 * Hostile frames. The first octet chooses what the frame begins with. Without the fuzzing engine it
 * runs over its saved inputs, the resources beside this class.
 */
class PacketHeadersFuzz {

  @FuzzTest(maxDuration = "2m")
  void frames(byte[] input) {
    if (input.length == 0) {
      return;
    }
    var protocol = HeaderProtocol.of(input[0] & 0x1f);
    var frame = Arrays.copyOfRange(input, 1, input.length);
    var headers = new PacketHeaders((input[0] & 0xff) >> 5);

    headers.read(protocol, frame, 0, frame.length);

    assertThat(headers.layerCount()).isBetween(1, 8);
    for (int i = 0; i < headers.layerCount(); i++) {
      var layer = headers.layer(i);
      assertThat(layer.vlanCount()).isLessThanOrEqualTo(frame.length / 4);
      assertThat(layer.labelCount()).isLessThanOrEqualTo(frame.length / 4);
      assertThat(layer.extensionCount()).isLessThanOrEqualTo(Layer.LIST_MAX);
      assertThat(layer.sourcePort()).isBetween(Layer.ABSENT, 0xffff);
      assertThat(layer.hasIp() || layer.sourcePort() == Layer.ABSENT).isTrue();
      boolean isPart = layer.fragmentOffset() > 0;
      assertThat(isPart && layer.sourcePort() != Layer.ABSENT).isFalse();
    }
    var first = LayerText.of(headers);
    headers.read(protocol, frame, 0, frame.length);
    assertThat(LayerText.of(headers)).isEqualTo(first);
  }
}
