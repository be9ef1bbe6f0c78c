package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.decode.Rig.Fields;
import io.penstock.event.Event;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requirements of the standards that no decoding case is about. */
class StandardsTest {

  private final Rig rig = new Rig();

  @Tag("rfc7011-3.4.2.1-scopes")
  @ParameterizedTest
  @CsvSource({
    "149, 4, observationDomainId",
    "144, 4, exportingProcessId",
    "143, 4, meteringProcessId",
    "145, 2, templateId",
    "141, 4, lineCardId",
    "10, 4, ingressInterface"
  })
  void theScopesThatEveryCollectorKnowsAreKeptByName(int id, int octets, String name) {
    var event = rig.ipfixOptions(Rig.fields().scope(id, octets, 300).number(41, 8, 7));

    assertThat(event.kind()).isEqualTo(Event.Kind.OPTIONS);
    assertThat(Rig.extra(event))
        .contains("\"" + name + "\":300")
        .contains("\"exportedMessageTotalCount\":7");
  }

  @Tag("rfc7011-3.4.2.1-scopes")
  @Test
  void anExportersAddressIsAScope() {
    var event = rig.ipfixOptions(Rig.fields().scope(130, 4, 0xc0000201L).number(41, 8, 7));

    assertThat(Rig.extra(event)).contains("\"exporterIPv4Address\":\"192.0.2.1\"");
  }

  @Tag("rfc7011-3.4.2.1-order-of-scopes")
  @Test
  void scopesStandInTheEventInTheirOrder() {
    var one = rig.ipfixOptions(Rig.fields().scope(141, 4, 1).scope(10, 4, 2).number(41, 8, 7));
    var other = rig.ipfixOptions(Rig.fields().scope(10, 4, 2).scope(141, 4, 1).number(41, 8, 7));

    assertThat(Rig.extra(one)).containsSubsequence("\"lineCardId\":1", "\"ingressInterface\":2");
    assertThat(Rig.extra(other)).containsSubsequence("\"ingressInterface\":2", "\"lineCardId\":1");
  }

  @Tag("rfc5103-6.3-biflow-direction")
  @Test
  void theDirectionOfABiflowIsKept() {
    assertThat(Rig.extra(rig.ipfix(Rig.fields().ends().number(239, 1, 2))))
        .contains("\"biflowDirection\":2");
  }

  @Tag("rfc5103-6.1-unknown-reverse-element")
  @Test
  void theReverseOfAnUnassignedIdIsKeptAsOctets() {
    assertThat(Rig.extra(rig.ipfix(Rig.fields().ends().number(29305, 32_000, 2, 0x1234))))
        .contains("\"29305.32000\":\"1234\"");
  }

  @Tag("rfc5655-8.1.2-file-time-window")
  @Test
  void theTimeWindowOfAFileIsKeptByName() {
    var event =
        rig.ipfixOptions(
            Rig.fields()
                .scope(267, 1, 1)
                .number(264, 4, Rig.NOW.getEpochSecond())
                .number(260, 4, Rig.NOW.getEpochSecond()));

    assertThat(Rig.extra(event))
        .contains("\"minExportSeconds\":\"2026-03-01T12:00:00Z\"")
        .contains("\"maxExportSeconds\":\"2026-03-01T12:00:00Z\"");
  }

  @Tag("rfc5655-8.1.3-export-session-details")
  @Test
  void theDetailsOfAnExportSessionAreKeptByName() {
    var event = rig.ipfixOptions(session());

    assertThat(Rig.extra(event))
        .contains("\"exporterIPv4Address\":\"192.0.2.1\"")
        .contains("\"collectorIPv4Address\":\"192.0.2.2\"")
        .contains("\"exporterTransportPort\":4000")
        .contains("\"collectorTransportPort\":4739")
        .contains("\"exportTransportProtocol\":17")
        .contains("\"exportProtocolVersion\":10");
  }

  private static Fields session() {
    return Rig.fields()
        .scope(267, 1, 1)
        .ip(130, "192.0.2.1")
        .ip(211, "192.0.2.2")
        .number(217, 2, 4000)
        .number(216, 2, 4739)
        .number(215, 1, 17)
        .number(214, 1, 10);
  }

  @Tag("rfc5655-8.1.4-message-details")
  @Test
  void theDetailsOfAMessageAreKeptByName() {
    var received = ByteBuffer.allocate(8).putLong(Rig.NOW.toEpochMilli()).array();
    var event = rig.ipfixOptions(Rig.fields().scope(263, 1, 1).octets(258, received));

    assertThat(Rig.extra(event))
        .contains("\"collectionTimeMilliseconds\":\"2026-03-01T12:00:00Z\"");
  }

  @Tag("rfc6313-7-what-is-not-understood-is-skipped")
  @Test
  void whatStandsBehindAListIsRead() {
    var event =
        rig.ipfix(
            Rig.fields().ends().octets(291, new byte[] {3, 0, 7, 0, 2, 0, 80}).number(7, 2, 443));

    assertThat(event.source().port()).isEqualTo(443);
  }
}
