package io.penstock.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PacketHeadersTest {

  @Test
  void aTaggedFrameGivesItsEthernetIpAndTcpHeaders() {
    var frame =
        HexFormat.of()
            .parseHex(
                "0011223344550066778899aa8100606408004500003c12344000400600000a0000010a000002"
                    + "303901bb0000000100000000a0120102abcd0000");
    var headers = new PacketHeaders(4);

    assertThat(headers.read(HeaderProtocol.ETHERNET, frame, 0, frame.length)).isTrue();

    var layer = headers.layer(0);
    assertThat(headers.layerCount()).isEqualTo(1);
    assertThat(layer.destinationMac()).isEqualTo(0x001122334455L);
    assertThat(layer.vlan(0)).isEqualTo(100);
    assertThat(layer.vlanPriority(0)).isEqualTo(3);
    assertThat(layer.sourceLow()).isEqualTo(0xffff_0a00_0001L);
    assertThat(layer.sourcePort()).isEqualTo(12345);
    assertThat(layer.destinationPort()).isEqualTo(443);
    assertThat(layer.tcpFlags()).isEqualTo(0x12);
    assertThat(headers.isCut()).isFalse();
  }
}
