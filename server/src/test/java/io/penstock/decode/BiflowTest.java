package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.EventJson;
import io.penstock.event.Quirk;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Decoding case 61: a biflow is one event with both directions (RFC 5103). */
class BiflowTest {

  private static final int REVERSE = 29305;
  private static final int CERT = 6871;

  private final Rig rig = new Rig();

  @Test
  @Tag("case-61")
  @Tag("rfc5103-6.1-reverse-pen")
  void bothDirectionsAreOneEvent() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(1, 8, 1_000)
                .number(2, 8, 10)
                .number(REVERSE, 1, 8, 300)
                .number(REVERSE, 2, 8, 3)
                .number(239, 1, 1));

    assertThat(event.source().bytes()).isEqualTo(1_000);
    assertThat(event.source().packets()).isEqualTo(10);
    assertThat(event.destination().bytes()).isEqualTo(300);
    assertThat(event.destination().packets()).isEqualTo(3);
    assertThat(extra(event)).isEqualTo("\"biflowDirection\":1");
  }

  @Test
  @Tag("case-61")
  @Tag("rfc5103-6.1-reverse-pen")
  void reverseElementsOfEverythingElseAreReadByTheirForwardType() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(REVERSE, 6, 2, 0x1b)
                .number(REVERSE, 152, 8, 1_772_366_400_000L)
                .number(REVERSE, 136, 1, 3)
                .octets(REVERSE, 82, "eth0".getBytes(StandardCharsets.US_ASCII)));

    assertThat(extra(event))
        .isEqualTo(
            "\"reverseTcpControlBits\":27,"
                + "\"reverseFlowStartMilliseconds\":\"2026-03-01T12:00:00Z\","
                + "\"reverseFlowEndReason\":3,\"reverseInterfaceName\":\"eth0\"");
  }

  @Test
  @Tag("case-61")
  void aVendorsReverseElementsShareItsNumberWithABitSet() {
    // YAF: initialTCPFlags 14 and unionTCPFlags 15, and the same in the other direction.
    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(CERT, 14, 1, 2)
                .number(CERT, 0x4000 | 14, 1, 18)
                .number(CERT, 0x4000 | 15, 1, 27));

    assertThat(extra(event))
        .isEqualTo(
            "\"initialTCPFlags\":2,\"reverseInitialTCPFlags\":18,\"reverseUnionTCPFlags\":27");
  }

  @Test
  @Tag("case-61")
  void aVendorWithoutSuchABitKeepsItsNumbers() {
    var event = rig.ipfix(fields().ends().number(99_999, 0x4000 | 14, 1, 18));

    assertThat(extra(event)).isEqualTo("\"99999.16398\":\"12\"");
  }

  @Test
  @Tag("case-50")
  @Tag("case-61")
  void aBiflowWithNothingForwardStaysAndItsReverseIsScaledToo() {
    rig.ipfixOptions(fields().scope(149, 4, 7).number(34, 4, 10));

    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(1, 8, 0)
                .number(2, 8, 0)
                .number(REVERSE, 1, 8, 640)
                .number(REVERSE, 2, 8, 10));

    assertThat(event.source().bytes()).isZero();
    assertThat(event.destination().bytes()).isEqualTo(640);
    assertThat(event.quirks() & Quirk.COUNTER_WRAP.bit()).isZero();
    assertThat(EventJson.write("default", event))
        .asString(StandardCharsets.UTF_8)
        .contains("\"scaled_bytes\":0", "\"reverse_scaled_bytes\":6400")
        .contains("\"reverse_scaled_packets\":100", "\"source\":\"domain\"");
  }
}
