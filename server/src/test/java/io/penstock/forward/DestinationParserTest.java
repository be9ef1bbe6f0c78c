package io.penstock.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.config.Environment;
import io.penstock.prefix.Prefix;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DestinationParserTest {

  private static final List<String> LISTENERS = List.of("netflow", "ipfix", "sflow");

  private static Destination parse(String text) {
    return DestinationParser.parse(text, LISTENERS);
  }

  @Test
  void aPlaceAloneGetsEverythingFromOurAddress() {
    var destination = parse("Collector1.example:2055");

    assertThat(destination.host()).isEqualTo("collector1.example");
    assertThat(destination.port()).isEqualTo(2055);
    assertThat(destination.listeners()).isEmpty();
    assertThat(destination.exporters()).isEmpty();
    assertThat(destination.excluded()).isEmpty();
    assertThat(destination.source()).isEqualTo(SourceAddress.OWN);
    assertThat(destination.name()).isEqualTo("collector1.example:2055");
  }

  @Test
  void everyOptionIsReadAndThoseOfListsMoreThanOnce() {
    var destination =
        parse(
            "[2001:db8::5]:6343?listener=sflow&listener=ipfix&exporters=10.0.0.0/8"
                + "&exporters=2001:db8::/32&except=10.1.0.0/16&source=keep-if-possible");

    assertThat(destination.name()).isEqualTo("[2001:db8::5]:6343");
    assertThat(destination.listeners()).containsExactlyInAnyOrder("sflow", "ipfix");
    assertThat(destination.exporters())
        .extracting(Prefix::toString)
        .containsExactly("10.0.0.0/8", "2001:db8::/32");
    assertThat(destination.excluded()).extracting(Prefix::toString).containsExactly("10.1.0.0/16");
    assertThat(destination.source()).isEqualTo(SourceAddress.KEEP_IF_POSSIBLE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          collector1                     | in 'collector1': expected host:port, not 'collector1'
          :2055                          | expected host:port, not ':2055'
          a:0                            | '0' is no port from 1 to 65535
          a:65536                        | '65536' is no port from 1 to 65535
          a:+20                          | '+20' is no port from 1 to 65535
          a:99999999999                  | '99999999999' is no port from 1 to 65535
          2001:db8::1:2055               | an IPv6 address needs brackets
          [10.0.0.1]:2055                | '10.0.0.1' is no IPv6 address
          10.0.0.256:2055                | '10.0.0.256' is no host name and no address
          127.1:2055                     | '127.1' is no host name and no address
          udp://a:2055                   | an IPv6 address needs brackets
          a b:2055                       | 'a b' is no host name and no address
          a:1?                           | expected name=value, not ''
          a:1?listener=netflow&          | expected name=value, not ''
          a:1?sflow                      | expected name=value, not 'sflow'
          a:1?listener=tcp               | 'tcp' is no listener: netflow, ipfix, sflow
          a:1?exporters=10.0.0.0/33      | '10.0.0.0/33' is no address and no network
          a:1?except=router              | 'router' is no address and no network
          a:1?source=mine                | source is one of own, keep, keep-if-possible, not 'mine'
          a:1?source=own&source=keep     | source is given twice
          a:1?exporter=10.0.0.1          | 'exporter=10.0.0.1' is not known
          a:1?exporters=10.0.0.9/8&except=10.0.0.0/8 | '10.0.0.0/8' is both wanted and excepted
          """)
  void whatIsWrongIsToldByThePartThatIs(String text, String problem) {
    var environment = new Environment(Map.of("FORWARD_TO", text));

    var config = ForwardConfig.from(environment, LISTENERS);

    assertThat(config.destinations()).isEmpty();
    assertThat(environment.problems())
        .singleElement()
        .asString()
        .startsWith("FORWARD_TO: in '" + text + "': ")
        .contains(problem);
  }

  @Test
  void severalAreReadFromOneVariableButNoneTwice() {
    var environment = new Environment(Map.of("FORWARD_TO", "a:1, b:1?source=own ,A:1"));

    var config = ForwardConfig.from(environment, LISTENERS);

    assertThat(config.destinations()).extracting(Destination::name).containsExactly("a:1", "b:1");
    assertThat(environment.problems()).containsExactly("FORWARD_TO: in 'A:1': a:1 is given twice");
  }

  @Test
  void thereAreLimitsToTheirNumberAndTheirMemory() {
    var many = new StringBuilder("a:1");
    for (int port = 2; port <= 17; port++) {
      many.append(",a:").append(port);
    }
    var environment =
        new Environment(Map.of("FORWARD_TO", many.toString(), "FORWARD_QUEUE_BYTES", "256m"));

    ForwardConfig.from(environment, LISTENERS);

    assertThat(environment.problems()).hasSize(2);
    assertThat(environment.problems().getFirst()).contains("17 destinations, there may be 16");
    assertThat(environment.problems().getLast()).contains("a quarter of the memory");
  }
}
