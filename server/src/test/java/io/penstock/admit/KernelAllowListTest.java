package io.penstock.admit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.admit.KernelAllowList.Outcome;
import io.penstock.admit.KernelAllowList.Ports;
import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Against the kernel of this machine, in a network of the test's own. */
class KernelAllowListTest {

  private static final Instant NOW = Instant.ofEpochSecond(1_800_000);
  private static final Ports PORTS = new Ports(List.of(2055, 4739, 0), List.of(4739));

  private List<Prefix> networks = networks("192.0.2.0/24", "192.0.2.7", "2001:db8::/32");

  private static List<Prefix> networks(String... texts) {
    return Stream.of(texts).map(text -> Prefix.parse(text).orElseThrow()).toList();
  }

  private KernelAllowList list(NetworkNamespace network) {
    return new KernelAllowList(network.nft(), () -> networks, PORTS, InstantSource.fixed(NOW));
  }

  private static void needsNamespaces() {
    var whyNot = NetworkNamespace.whyNot();
    assumeTrue(whyNot.isEmpty(), "not tested against the kernel: " + whyNot);
  }

  @Test
  void theScriptHoldsNothingButNetworksAndPorts() {
    var plan =
        new KernelAllowList(null, () -> networks, PORTS, InstantSource.fixed(NOW)).setUpPlan();

    assertThat(plan.v4()).hasToString("[192.0.2.0/24]");
    assertThat(plan.script())
        .isEqualTo(
            """
            add table inet telemetry
            add set inet telemetry exporters { type ipv4_addr; flags interval; }
            add set inet telemetry exporters6 { type ipv6_addr; flags interval; }
            flush set inet telemetry exporters
            flush set inet telemetry exporters6
            add element inet telemetry exporters { 192.0.2.0/24 }
            add element inet telemetry exporters6 { 2001:db8::/32 }
            add chain inet telemetry input { type filter hook input priority 0; policy accept; }
            flush chain inet telemetry input
            add rule inet telemetry input iif lo accept
            add rule inet telemetry input udp dport { 2055, 4739 } ip saddr @exporters accept
            add rule inet telemetry input udp dport { 2055, 4739 } ip6 saddr @exporters6 accept
            add rule inet telemetry input udp dport { 2055, 4739 } counter drop
            add rule inet telemetry input tcp dport { 4739 } ip saddr @exporters accept
            add rule inet telemetry input tcp dport { 4739 } ip6 saddr @exporters6 accept
            add rule inet telemetry input tcp dport { 4739 } counter drop
            """);
  }

  @Test
  void theKernelDropsWhatComesToATelemetryPortFromElsewhere() throws Exception {
    needsNamespaces();
    try (var collector = NetworkNamespace.open("c");
        var exporters = NetworkNamespace.open("e")) {
      NetworkNamespace.connect(
          collector,
          List.of("192.0.2.1/24", "198.51.100.1/24", "2001:db8::1/64", "fd00::1/64"),
          exporters,
          List.of("192.0.2.9/24", "198.51.100.9/24", "2001:db8::9/64", "fd00::9/64"));
      assertThat(list(collector).setUp()).isInstanceOf(Outcome.Done.class);
      var lines = collector.listen(2055, 9999);

      // The last one tells that those before it were dropped.
      exporters.send(
          "198.51.100.9>198.51.100.1>2055", "fd00::9>fd00::1>2055", "192.0.2.9>192.0.2.1>2055");
      assertThat(lines.readLine()).isEqualTo("192.0.2.9 to 2055");
      exporters.send("fd00::9>fd00::1>2055", "2001:db8::9>2001:db8::1>2055");
      assertThat(lines.readLine()).isEqualTo("2001:db8:0:0:0:0:0:9 to 2055");
      exporters.send("198.51.100.9>198.51.100.1>9999");
      assertThat(lines.readLine()).isEqualTo("198.51.100.9 to 9999");
      collector.send("127.0.0.1>127.0.0.1>2055");
      assertThat(lines.readLine()).isEqualTo("127.0.0.1 to 2055");

      networks = networks("198.51.100.9");
      assertThat(list(collector).sync()).isInstanceOf(Outcome.Done.class);
      exporters.send("192.0.2.9>192.0.2.1>2055", "198.51.100.9>198.51.100.1>2055");
      assertThat(lines.readLine()).isEqualTo("198.51.100.9 to 2055");
    }
  }

  @Test
  void theStatusIsWhatTheKernelSays() throws Exception {
    needsNamespaces();
    try (var network = NetworkNamespace.open("s")) {
      var list = list(network);
      var before = list.status();
      assertThat(before.isAvailable()).isTrue();
      assertThat(before.problem()).isNull();
      assertThat(before.isSynced()).isFalse();
      assertThat(before.isEnforced()).isFalse();

      list.sync();
      var synced = list.status();
      assertThat(synced.isSynced()).isTrue();
      assertThat(synced.isEnforced()).isFalse();
      assertThat(List.of(synced.v4(), synced.v6())).containsExactly(1, 1);
      assertThat(synced.last()).isEqualTo(new KernelAllowList.Synced(NOW, 1, 1));

      list.setUp();
      list.setUp();
      assertThat(list.status().isEnforced()).isTrue();

      network.nft().apply("flush set inet telemetry exporters\n");
      assertThat(list.status().isSynced()).isFalse();
      assertThat(list.status().v4()).isZero();
    }
  }

  @Test
  void everyAddressOfAFamilyAndNoneCanBeInTheSets() {
    needsNamespaces();
    try (var network = NetworkNamespace.open("a")) {
      for (var wanted :
          List.of(
              networks("0.0.0.0/0", "::/0"),
              networks("0.0.0.0/1", "128.0.0.0/1", "255.255.255.255", "::1"),
              networks())) {
        networks = wanted;
        assertThat(list(network).sync()).isInstanceOf(Outcome.Done.class);
        assertThat(list(network).status().isSynced()).as("%s", wanted).isTrue();
      }
    }
  }

  @Test
  void aChangeThatTheKernelRefusesChangesNothing() throws Exception {
    needsNamespaces();
    try (var network = NetworkNamespace.open("r")) {
      var list = list(network);
      list.sync();
      // The set is of another type: the elements do not fit, and the flush before them is undone.
      network
          .nft()
          .apply(
              """
              delete set inet telemetry exporters6
              add set inet telemetry exporters6 { type ether_addr; }
              """);
      networks = networks("198.51.100.0/24", "2001:db8::/32");

      assertThat(list.sync()).isInstanceOf(Outcome.Failed.class);

      var listed = KernelState.parse(network.nft().ask("list", "table", "inet", "telemetry"));
      assertThat(listed.elements("exporters"))
          .containsExactly(AddressSpan.of(networks("192.0.2.0/24").getFirst()));
    }
  }

  @Test
  void twentyThousandNetworksAreReplacedAtOnce() {
    needsNamespaces();
    try (var network = NetworkNamespace.open("m")) {
      networks = many(0);
      long began = System.nanoTime();
      assertThat(list(network).setUp()).isInstanceOf(Outcome.Done.class);
      long setUp = System.nanoTime();
      assertThat(list(network).status().isSynced()).isTrue();
      long read = System.nanoTime();
      networks = many(7);
      assertThat(list(network).status().isSynced()).isFalse();
      assertThat(list(network).sync()).isInstanceOf(Outcome.Done.class);

      var status = list(network).status();
      assertThat(status.isSynced()).isTrue();
      assertThat(status.v4() + status.v6()).isEqualTo(20_000);
      System.out.printf(
          "20,000 networks: set up in %d ms, read back in %d ms%n",
          (setUp - began) / 1_000_000, (read - setUp) / 1_000_000);
    }
  }

  private static List<Prefix> many(int shift) {
    var networks = new ArrayList<Prefix>();
    IntStream.range(0, 15_000)
        .forEach(i -> networks.add(new Prefix(Ip.v4((i + shift) * 65_536 + 0x0100_0000), 120)));
    IntStream.range(0, 5_000)
        .forEach(i -> networks.add(new Prefix(new Ip((long) (i + shift) << 33 | 1L << 61, 0), 48)));
    return networks;
  }

  @Test
  void theFollowerSyncsOnceTheSourcesHaveSettled() {
    needsNamespaces();
    try (var network = NetworkNamespace.open("f");
        var follower = new AllowListFollower(list(network), () -> networks)) {
      follower.look();
      assertThat(list(network).status().isSynced()).isFalse();
      follower.look();
      assertThat(list(network).status().isSynced()).isTrue();

      networks = networks("203.0.113.0/24");
      follower.look();
      networks = networks("203.0.113.0/25");
      follower.look();
      assertThat(list(network).status().isSynced()).isFalse();
      follower.look();
      assertThat(list(network).status().isSynced()).isTrue();
    }
  }
}
