package io.penstock.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommunityIdTest {

  private static final Path BASELINES = Path.of("../corpus/community-id/baseline");
  private static final Pattern FLOW =
      Pattern.compile(
          "\"proto\": (\\d+), \"saddr\": \"([^\"]+)\", \"daddr\": \"([^\"]+)\", "
              + "(?:\"sport\": (?:(\\d+)|null), \"dport\": (?:(\\d+)|null), )?\"communityid\": \"([^\"]+)\"");

  private record Flow(
      int protocol, Ip source, Ip destination, int sourcePort, int destinationPort, String id) {}

  @ParameterizedTest
  @CsvSource({"deflt,0,true", "seed1,1,true", "nob64,0,false"})
  void everyBaselineOfTheSpecificationIsReproduced(String name, int seed, boolean base64)
      throws IOException {
    var flows = baseline(name);
    var ids = new CommunityId(seed, base64);

    assertThat(flows).hasSizeGreaterThan(15);
    assertThat(flows)
        .allSatisfy(
            flow ->
                assertThat(
                        ids.of(
                            flow.protocol(),
                            flow.source(),
                            flow.destination(),
                            flow.sourcePort(),
                            flow.destinationPort()))
                    .isEqualTo(flow.id()));
  }

  private static List<Flow> baseline(String name) throws IOException {
    var text = Files.readString(BASELINES.resolve("baseline_" + name + ".json"));
    var flows = new ArrayList<Flow>();
    for (var matcher = FLOW.matcher(text); matcher.find(); ) {
      flows.add(
          new Flow(
              Integer.parseInt(matcher.group(1)),
              ip(matcher.group(2)),
              ip(matcher.group(3)),
              port(matcher.group(4)),
              port(matcher.group(5)),
              matcher.group(6)));
    }
    long objects = text.chars().filter(c -> c == '{').count();
    assertThat(flows).hasSize((int) objects);
    return flows;
  }

  private static int port(@Nullable String text) {
    return text == null ? Event.ABSENT : Integer.parseInt(text);
  }

  private static Ip ip(String text) {
    return Ip.parse(text).orElseThrow();
  }

  @Test
  void bothDirectionsOfAFlowHaveOneId() {
    var ids = new CommunityId();
    var a = ip("1.2.3.4");
    var b = ip("5.6.7.8");

    assertThat(ids.of(6, a, b, 1122, 3344)).isEqualTo("1:wCb3OG7yAFWelaUydu0D+125CLM=");
    assertThat(ids.of(6, b, a, 3344, 1122)).isEqualTo("1:wCb3OG7yAFWelaUydu0D+125CLM=");
  }

  @Test
  void equalAddressesAreOrderedByPort() {
    var ids = new CommunityId();
    var loopback = ip("127.0.0.1");

    assertThat(ids.of(17, loopback, loopback, 53, 40000))
        .isEqualTo(ids.of(17, loopback, loopback, 40000, 53));
  }

  @Test
  void anIcmpRequestAndItsAnswerAreOneFlow() {
    var ids = new CommunityId();
    var request = icmp(Event.ABSENT, Event.ABSENT, 8 << 8);

    assertThat(ids.of(request)).isEqualTo("1:crodRHL2FEsHjbv3UkRrfbs4bZ0=");
  }

  @Test
  void typeAndCodeInTheDestinationPortAreUnderstood() {
    var ids = new CommunityId();
    var timeExceeded = icmp(0, 11 << 8, Event.ABSENT);

    assertThat(ids.of(timeExceeded)).isEqualTo("1:f/YiSyWqczrTgfUCZlBUnvHRcPk=");
  }

  @Test
  void typeAndCodeInThePortsAreUnderstood() {
    var ids = new CommunityId();

    assertThat(ids.of(icmp(11, 0, Event.ABSENT))).isEqualTo("1:f/YiSyWqczrTgfUCZlBUnvHRcPk=");
  }

  @Test
  void withoutAddressesOrProtocolThereIsNoId() {
    var ids = new CommunityId();

    assertThat(ids.of(event(Endpoint.NONE, end("5.6.7.8", 1), 6, Event.ABSENT))).isNull();
    assertThat(ids.of(event(end("1.2.3.4", 1), end("5.6.7.8", 1), Event.ABSENT, 0))).isNull();
    assertThat(ids.of(event(end("1.2.3.4", 1), end("2001:db8::1", 1), 6, 0))).isNull();
  }

  private static Event icmp(int sourcePort, int destinationPort, int icmp) {
    return event(end("1.2.3.4", sourcePort), end("5.6.7.8", destinationPort), 1, icmp);
  }

  private static Endpoint end(String address, int port) {
    var ip = ip(address);
    return new Endpoint(ip.high(), ip.low(), port, -1, -1, -1, -1, -1, null);
  }

  private static Event event(Endpoint source, Endpoint destination, int protocol, int icmp) {
    var none = Traffic.NONE;
    var traffic =
        new Traffic(
            protocol,
            none.tcpFlags(),
            none.tos(),
            icmp,
            none.vlan(),
            none.innerVlan(),
            none.direction(),
            none.ingressInterface(),
            none.egressInterface(),
            none.nextHop(),
            none.endReason(),
            none.firewallEvent(),
            none.forwardingStatus(),
            none.sampling());
    var origin = new Origin(Protocol.IPFIX, Ip.v4(1), 0, -1, -1, -1, 0, null, null, null);
    return new Event(
        1, 2, Event.Kind.FLOW, origin, 0, 0, source, destination, traffic, 0, Event.NO_EXTRA, null);
  }
}
