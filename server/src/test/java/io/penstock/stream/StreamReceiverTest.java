package io.penstock.stream;

import static io.penstock.stream.Messages.PORTS;
import static io.penstock.stream.Messages.PORTS_SWAPPED;
import static io.penstock.stream.Messages.announcing;
import static io.penstock.stream.Messages.joined;
import static io.penstock.stream.Messages.records;
import static io.penstock.stream.Rig.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class StreamReceiverTest {

  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(200);

  private Rig rig = new Rig(Rig.plain());

  @AfterEach
  void stop() {
    rig.close();
  }

  private void use(StreamConfig config) {
    rig.close();
    rig = new Rig(config);
  }

  @Test
  @Tag("case-14")
  @Tag("rfc7011-9-listens-for-connections")
  void aMessageSplitAtAnyOctetIsReadWhole() throws IOException {
    byte[] stream = joined(announcing(PORTS), records(PORTS, 1, 2));

    for (int at = 1; at < stream.length; at++) {
      double before = rig.metric("telemetry_stream_bytes");
      int expected = rig.events.size() + 2;
      try (var exporter = rig.connect()) {
        exporter.getOutputStream().write(stream, 0, at);
        double first = before + at;
        until(() -> rig.metric("telemetry_stream_bytes") == first);
        exporter.getOutputStream().write(stream, at, stream.length - at);
      }
      rig.untilEvents(expected);
    }

    until(() -> rig.ended("closed") == stream.length - 1);
    assertThat(rig.metric("telemetry_stream_messages")).isEqualTo(2.0 * (stream.length - 1));
    assertThat(rig.decoder.counters().rejectedOctets()).isZero();
  }

  @Test
  @Tag("case-14")
  @Tag("rfc7011-10-message-of-65535-octets")
  void severalMessagesOfOneReadAndTheLongestOneComeInOrder() throws IOException {
    long[] most = LongStream.range(1_000, 1_000 + (65_535 - 20) / 12).toArray();

    rig.send(announcing(PORTS), records(PORTS, 1), records(PORTS, 2, 3), records(PORTS, most));

    rig.untilEvents(3 + most.length);
    assertThat(rig.octets().subList(0, 4)).containsExactly(1L, 2L, 3L, 1_000L);
    assertThat(rig.octets().getLast()).isEqualTo(most[most.length - 1]);
  }

  @ParameterizedTest
  @CsvSource({
    "000a000f, corrupt, TRUNCATED_HEADER",
    "000a0000, corrupt, TRUNCATED_HEADER",
    "47455420, corrupt, UNKNOWN_VERSION",
    "00090010, netflow, UNKNOWN_VERSION",
    "00050001, netflow, UNKNOWN_VERSION",
    "16030102, tls_on_plain_port, UNKNOWN_VERSION"
  })
  @Tag("case-14")
  @Tag("rfc7011-9.1-malformed-message-discarded")
  void whatIsNoIpfixEndsItsOwnSessionOnly(String octets, String why, Rejection reason)
      throws IOException {
    try (var good = rig.connect();
        var bad = rig.connect()) {
      good.getOutputStream().write(announcing(PORTS));
      bad.getOutputStream().write(HexFormat.of().parseHex(octets));

      assertThat(bad.getInputStream().read()).isEqualTo(-1);
      rig.untilEnded(why);
      good.getOutputStream().write(records(PORTS, 42));
      rig.untilEvents(1);
    }

    assertThat(rig.decoder.counters().rejectedOctets(reason)).isEqualTo(4);
    assertThat(rig.octets()).containsExactly(42L);
  }

  @Test
  @Tag("rfc7011-8-same-template-id-in-two-sessions")
  void equalTemplateIdsOfTwoConnectionsDoNotMix() throws IOException {
    try (var one = rig.connect();
        var other = rig.connect()) {
      one.getOutputStream().write(announcing(PORTS));
      other.getOutputStream().write(announcing(PORTS_SWAPPED));
      until(() -> rig.decoder.counters().get(Count.TEMPLATES) == 2);

      one.getOutputStream().write(records(PORTS, 1));
      rig.untilEvents(1);
      other.getOutputStream().write(records(PORTS_SWAPPED, 2));
      rig.untilEvents(2);
    }

    assertThat(rig.events.getFirst().source().port()).isEqualTo(1);
    assertThat(rig.events.getLast().source().port()).isEqualTo(2);
  }

  @Test
  @Tag("rfc7011-8.1-withdrawn-template-not-used")
  void aWithdrawnTemplateReadsNothingMore() throws IOException {
    rig.send(announcing(PORTS), records(PORTS, 1), Messages.withdrawal(), records(PORTS, 2));

    rig.untilEnded("closed");

    assertThat(rig.octets()).containsExactly(1L);
    assertThat(rig.decoder.counters().get(Count.TEMPLATES_WITHDRAWN)).isEqualTo(1);
    assertThat(rig.decoder.counters().rejected(Rejection.TEMPLATE_NEVER_CAME)).isEqualTo(1);
  }

  @Test
  @Tag("rfc7011-8.1-unknown-withdrawal-ignored")
  void aWithdrawalOfAnUnknownTemplateIsIgnored() throws IOException {
    rig.send(Messages.withdrawal(), announcing(PORTS), records(PORTS, 1));

    rig.untilEvents(1);
  }

  @Test
  @Tag("rfc7011-8-templates-end-with-their-session")
  void templatesEndWithTheConnectionEvenFromTheSamePort() throws IOException {
    int port;
    try (var first = rig.connect()) {
      port = first.getLocalPort();
      first.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
      rig.untilEvents(1);
      first.setSoLinger(true, 0);
    }

    try (var second = new Socket()) {
      second.setReuseAddress(true);
      second.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      second.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), rig.port()));
      second.getOutputStream().write(records(PORTS, 2));
      second.getOutputStream().write(announcing(PORTS));
      rig.untilEvents(2);
      assertThat(rig.closed).hasSize(1);
    }

    assertThat(rig.decoder.counters().get(Count.LATE_RECORDS)).isEqualTo(1);
    assertThat(rig.decoder.counters().get(Count.TEMPLATES_LEARNED)).isEqualTo(2);
    until(() -> rig.decoder.counters().get(Count.SESSIONS) == 0);
  }

  @Test
  @Tag("rfc7011-10.4.4-listens-on-after-abnormal-end")
  void aConnectionThatBreaksInsideAMessageCostsThatMessage() throws IOException {
    byte[] message = records(PORTS, 2);
    try (var exporter = rig.connect()) {
      exporter.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
      exporter.getOutputStream().write(message, 0, 25);
    }
    until(() -> rig.closed.size() == 1);

    rig.send(announcing(PORTS), records(PORTS, 3));

    rig.untilEvents(2);
    assertThat(rig.octets()).containsExactly(1L, 3L);
    assertThat(rig.decoder.counters().rejectedOctets(Rejection.TRUNCATED)).isEqualTo(25);
  }

  @Test
  @Tag("rfc7011-11.6-connection-reset-logged")
  void aConnectionThatIsResetIsLogged() throws IOException {
    try (var log = new Lines(StreamReceiver.class)) {
      try (var exporter = rig.connect()) {
        exporter.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
        rig.untilEvents(1);
        exporter.setSoLinger(true, 0);
      }

      until(() -> log.told().contains("INFO connection closed BROKEN"));
    }
  }

  @Test
  void aWorkerThatDoesNotKeepUpStopsTheReadingAndLosesNothing() throws Exception {
    int count = 60;
    long[] perMessage = LongStream.range(0, 5_000).toArray();
    rig.gate = new CountDownLatch(1);
    var sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (var exporter = rig.connect()) {
                    exporter.setSendBufferSize(64 << 10);
                    var out = exporter.getOutputStream();
                    out.write(announcing(PORTS));
                    for (int i = 0; i < count; i++) {
                      out.write(records(PORTS, perMessage));
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });

    until(() -> rig.metric("telemetry_stream_bytes") > 0);
    assertThat(sender.join(Duration.ofMillis(500))).isFalse();
    assertThat(rig.metric("telemetry_stream_bytes")).isLessThanOrEqualTo(16 << 10);
    assertThat(rig.events).isEmpty();

    rig.gate.countDown();
    sender.join();
    until(() -> rig.decoder.counters().get(Count.RECORDS) == (long) count * perMessage.length);
    assertThat(rig.metric("telemetry_stream_lost_bytes")).isZero();
    assertThat(rig.metric("telemetry_stream_worker_wait_seconds")).isGreaterThan(0.4);
  }

  @Test
  void oneAddressHasItsShareOfConnectionsOnly() throws IOException {
    use(Rig.plain().withConnections(10, 2));
    try (var first = rig.connect();
        var second = rig.connect();
        var third = rig.connect()) {
      assertThat(third.getInputStream().read()).isEqualTo(-1);

      first.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 1)));
      second.getOutputStream().write(joined(announcing(PORTS), records(PORTS, 2)));
      rig.untilEvents(2);
      assertThat(rig.metric("telemetry_stream_connections_refused", "too_many_of_address"))
          .isEqualTo(1);
    }
  }

  @Test
  void aSilentConnectionMakesRoomAndOneThatSentMessagesDoesNot() throws IOException {
    use(Rig.plain().withConnections(2, 10));
    try (var speaking = rig.connect()) {
      speaking.getOutputStream().write(announcing(PORTS));
      until(() -> rig.metric("telemetry_stream_messages") == 1);
      try (var silent = rig.connect();
          var newcomer = rig.connect()) {
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
        newcomer.getOutputStream().write(announcing(PORTS));
        until(() -> rig.metric("telemetry_stream_messages") == 2);

        try (var late = rig.connect()) {
          assertThat(late.getInputStream().read()).isEqualTo(-1);
        }
        speaking.getOutputStream().write(records(PORTS, 1));
        newcomer.getOutputStream().write(records(PORTS, 2));
        rig.untilEvents(2);
      }
    }

    assertThat(rig.ended("displaced")).isEqualTo(1);
    assertThat(rig.metric("telemetry_stream_connections_refused", "too_many")).isEqualTo(1);
  }

  @Test
  void aMessageThatIsNeverEndedCostsItsConnection() throws IOException {
    use(Rig.plain().withTimeouts(LONG, SHORT, LONG));
    try (var slow = rig.connect();
        var quiet = rig.connect()) {
      quiet.getOutputStream().write(announcing(PORTS));
      slow.getOutputStream().write(announcing(PORTS), 0, 20);

      assertThat(slow.getInputStream().read()).isEqualTo(-1);
      rig.untilEnded("message_timeout");
      quiet.getOutputStream().write(records(PORTS, 1));
      rig.untilEvents(1);
    }
  }

  @Test
  void aConnectionThatIsSilentForTooLongIsClosed() throws IOException {
    use(Rig.plain().withTimeouts(LONG, LONG, SHORT));
    try (var exporter = rig.connect()) {
      exporter.getOutputStream().write(announcing(PORTS));

      assertThat(exporter.getInputStream().read()).isEqualTo(-1);
    }
    rig.untilEnded("idle");
  }

  @Test
  void theMessageThatIsIncompleteForLongestGoesWhenAllTakeTooMuchMemory() throws IOException {
    use(Rig.plain().withPartialBytesMax(100_000));
    byte[] longest = records(PORTS, new long[5_000]);
    var exporters = new ArrayList<Socket>();
    try {
      for (int i = 1; i <= 2; i++) {
        var exporter = rig.connect();
        exporters.add(exporter);
        exporter.getOutputStream().write(announcing(PORTS));
        exporter.getOutputStream().write(longest, 0, longest.length - 1);
        double read = i * (announcing(PORTS).length + longest.length - 1.0);
        until(() -> rig.metric("telemetry_stream_bytes") == read);
      }

      assertThat(exporters.getFirst().getInputStream().read()).isEqualTo(-1);
      rig.untilEnded("memory");
      exporters.getLast().getOutputStream().write(longest, longest.length - 1, 1);
      rig.untilEvents(5_000);
      until(() -> rig.metric("telemetry_stream_partial_bytes") == 0);
    } finally {
      for (var exporter : exporters) {
        exporter.close();
      }
    }
  }

  @Test
  @Tag("rfc7011-10.4.4-reads-on-until-the-exporter-closes")
  void whatWasSentBeforeAStopIsDecodedAndTheExporterIsTold() throws IOException {
    try (var exporter = rig.connect()) {
      exporter.getOutputStream().write(announcing(PORTS));
      until(() -> rig.metric("telemetry_stream_messages") == 1);
      for (int i = 1; i <= 100; i++) {
        exporter.getOutputStream().write(records(PORTS, i));
      }

      rig.streams.stop(Duration.ofSeconds(3));

      assertThat(rig.octets()).hasSize(100);
      assertThat(rig.closed).hasSize(1);
      assertThat(exporter.getInputStream().read()).isEqualTo(-1);
      assertThatThrownBy(rig::connect).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void anExporterThatSendsOnDoesNotHoldUpAStop() throws Exception {
    try (var exporter = rig.connect()) {
      exporter.getOutputStream().write(announcing(PORTS));
      var sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      while (true) {
                        exporter.getOutputStream().write(records(PORTS, 1));
                      }
                    } catch (IOException _) {
                      // The collector closed its end: that is the stop.
                    }
                  });
      until(() -> rig.events.size() > 10);
      long began = System.nanoTime();

      rig.streams.stop(Duration.ofSeconds(4));

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
      sender.join();
      assertThat(rig.closed).hasSize(1);
      assertThat(rig.metric("telemetry_stream_lost_bytes")).isZero();
    }
  }

  @Test
  void aPortThatIsTakenIsAnErrorWithARemedy() {
    var taken =
        StreamConfig.of(
            List.of(
                new StreamConfig.Listener(
                    "second",
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), rig.port()),
                    Optional.empty())));

    assertThatThrownBy(() -> new Rig(taken))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot listen on TCP port " + rig.port());
  }

  @Test
  void everyConnectionIsOpenOrEnded() throws IOException {
    rig.send(announcing(PORTS));
    rig.send(records(PORTS, 1), new byte[] {0, 9, 0, 0});
    try (var open = rig.connect()) {
      open.getOutputStream().write(announcing(PORTS));
      until(() -> rig.metric("telemetry_stream_messages") == 3);
      until(() -> rig.metric("telemetry_stream_connections") == 1);

      assertThat(rig.metric("telemetry_stream_connections_accepted")).isEqualTo(3);
      assertThat(rig.metric("telemetry_stream_connections_ended")).isEqualTo(2);
    }
  }
}
