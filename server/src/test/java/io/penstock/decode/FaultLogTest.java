package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.penstock.wire.Exporter;
import io.penstock.wire.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class FaultLogTest {

  /** Template 256: source port, destination port. */
  private static final byte[] TEMPLATE = message(2, 256, 2, 7, 2, 11, 2);

  private static final byte[] OTHER = message(2, 256, 2, 11, 2, 7, 2);
  private static final byte[] WITHDRAWAL = message(2, 256, 0);

  private final Rig rig = new Rig();
  private final Exporter stream = new Exporter(rig.from, Transport.STREAM);
  private final Exporter udp = new Exporter(rig.from);
  private final Logger log = (Logger) LoggerFactory.getLogger(FaultLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    log.setLevel(Level.INFO);
    log.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    log.detachAppender(lines);
    log.setLevel(null);
  }

  /** An IPFIX message of one set. */
  private static byte[] message(int setId, int... numbers) {
    int length = 20 + 2 * numbers.length;
    var out = ByteBuffer.allocate(length);
    out.putShort((short) 10).putShort((short) length).putInt(1_700_000_000).putInt(0).putInt(7);
    out.putShort((short) setId).putShort((short) (length - 16));
    for (int number : numbers) {
      out.putShort((short) number);
    }
    return out.array();
  }

  private void send(Exporter exporter, byte[]... messages) {
    for (var message : messages) {
      rig.decoder.decode(exporter, Rig.nanos(rig.received), message, 0, message.length);
    }
  }

  private List<String> told() {
    return lines.list.stream()
        .map(
            line ->
                line.getLevel()
                    + " "
                    + line.getMessage()
                    + " "
                    + line.getKeyValuePairs().stream()
                        .filter(pair -> !pair.key.equals("exporter"))
                        .map(Object::toString)
                        .toList())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "000200000000, UNKNOWN_VERSION, 6",
    "000a000f, TRUNCATED_HEADER, 4",
    "000a0018" + "00000000" + "00000000" + "00000007" + "0100000200000000, BAD_SET_LENGTH, 8",
    "000a0018" + "00000000" + "00000000" + "00000007" + "0002000800ff0001, BAD_TEMPLATE, 4",
  })
  @Tag("rfc7011-9.1-malformed-message-logged")
  void aMalformedMessageIsLogged(String hex, String reason, int octets) {
    send(udp, HexFormat.of().parseHex(hex));

    assertThat(told())
        .containsExactly(
            "WARN malformed message [reason=\"%s\", octets=\"%d\", repeated=\"0\"]"
                .formatted(reason, octets));
    assertThat(lines.list.getFirst().getKeyValuePairs().getFirst().value).isEqualTo(rig.from);
  }

  @Test
  void whoeverSendsRubbishFillsNoLog() {
    byte[] rubbish = {0, 2, 0, 0};
    for (int i = 0; i < 100; i++) {
      send(udp, rubbish);
    }
    rig.received = rig.received.plus(Duration.ofMinutes(1));
    send(udp, rubbish, rubbish);

    assertThat(told())
        .containsExactly(
            "WARN malformed message [reason=\"UNKNOWN_VERSION\", octets=\"4\", repeated=\"0\"]",
            "WARN malformed message [reason=\"UNKNOWN_VERSION\", octets=\"4\", repeated=\"99\"]");
  }

  @Test
  void recordedTimesThatGoBackDoNotSilenceIt() {
    byte[] rubbish = {0, 2, 0, 0};
    send(udp, rubbish);
    rig.received = rig.received.minus(Duration.ofDays(1));
    send(udp, rubbish);

    assertThat(lines.list).hasSize(2);
  }

  @Test
  void aSetWhoseTemplateNeverCameIsNotMalformed() {
    send(udp, message(256, 80, 443));
    rig.decoder.expire(Rig.nanos(rig.received.plus(Duration.ofHours(2))));

    assertThat(lines.list).isEmpty();
  }

  @Test
  @Tag("rfc7011-8.1-unknown-withdrawal-logged")
  void theWithdrawalOfAnUnknownTemplateIsLogged() {
    send(stream, WITHDRAWAL);

    assertThat(told()).containsExactly(misused("WARN", "UNKNOWN_WITHDRAWN"));
  }

  @Test
  @Tag("rfc7011-8.1-retransmission-on-a-stream-logged")
  void aTemplateSentAgainOnAStreamIsLogged() {
    send(stream, TEMPLATE, TEMPLATE);

    assertThat(told()).containsExactly(misused("INFO", "RETRANSMITTED"));
  }

  @Test
  @Tag("rfc7011-8.1-redefinition-on-a-stream-logged")
  void anotherMeaningOfATemplateOnAStreamIsLoggedUnlessTheOldOneWasWithdrawn() {
    send(stream, TEMPLATE, WITHDRAWAL, OTHER);
    assertThat(told()).isEmpty();

    send(stream, TEMPLATE);

    assertThat(told()).containsExactly(misused("WARN", "REDEFINED"));
  }

  @Test
  @Tag("rfc7011-8.4-identical-template-not-logged")
  void overUdpTemplatesAreRefreshedAndReplacedWithoutALine() {
    send(udp, TEMPLATE, TEMPLATE, OTHER, WITHDRAWAL);

    assertThat(lines.list).isEmpty();
  }

  private static String misused(String level, String fault) {
    return level
        + " template misused [fault=\"%s\", domain=\"7\", template=\"256\", repeated=\"0\"]"
            .formatted(fault);
  }
}
