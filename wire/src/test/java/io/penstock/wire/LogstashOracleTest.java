package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.capture.Capture;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every vendor session gives as many records as logstash's own tests expect events. */
class LogstashOracleTest {

  /** Where we find another number of records, and why we are right. */
  private static final Map<String, Integer> KNOWN =
      Map.of(
          // Two more messages follow in the datagram; logstash reads the first.
          "IPFIX",
          13,
          // The data comes before its templates, too; logstash drops it, we let it wait.
          "IPFIX_Netscaler_with_variable_length_fields_2",
          6);

  static Stream<Arguments> sessions() throws IOException {
    Set<String> seen = new HashSet<>();
    return OracleJson.counts(Corpus.ROOT.resolve("expected-logstash.json")).stream()
        .map(
            e -> {
              var name = e.getKey().strip().replaceAll("[^A-Za-z0-9]+", "_");
              return Arguments.of(seen.add(name) ? name : name + "_2", e.getValue());
            })
        .filter(a -> !"null".equals(a.get()[1]));
  }

  @ParameterizedTest
  @MethodSource("sessions")
  void aSessionGivesAsManyRecordsAsExpected(String session, int expected) throws Exception {
    var collected = new Collected();
    var decoder = new FlowDecoder(Limits.DEFAULT, InstantSource.system(), collected);
    try (var capture = Capture.open(Corpus.flow("vendors/" + session + ".pcap"))) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        decoder.decode(new Exporter(p.source(), p.transport()), p.bytes(), p.offset(), p.length());
      }
    }

    assertThat(collected.records).hasSize(KNOWN.getOrDefault(session, expected));
  }
}
