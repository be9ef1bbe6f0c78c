package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Enrichment.ThreatMatch.Side;
import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreatFeedsTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path folder;

  @Test
  void aCsvWithHeaderKeepsCategoryAndConfidence() throws IOException {
    var feed =
        write(
            "threats.csv",
            """
            # our own list
            ip_or_cidr,category,confidence
            45.155.205.233,C2,85
            "91.121.0.0/16","Malware, ""new"" kind",60
            2001:db8:bad::/48,Scanner,
            8.8.8.8,Test,90
            """);

    var loaded = ThreatFeeds.load(List.of(feed), NOW);

    assertThat(loaded.problems().count()).isZero();
    assertThat(loaded.entries()).isEqualTo(4);
    assertThat(matches(loaded.table(), "45.155.205.233"))
        .containsExactly(match("45.155.205.233", "45.155.205.233", "C2", 85, "threats.csv"));
    assertThat(matches(loaded.table(), "91.121.7.7"))
        .containsExactly(
            match("91.121.7.7", "91.121.0.0/16", "Malware, \"new\" kind", 60, "threats.csv"));
    assertThat(matches(loaded.table(), "2001:db8:bad:1::1"))
        .containsExactly(
            match("2001:db8:bad:1::1", "2001:db8:bad::/48", "Scanner", 50, "threats.csv"));
    assertThat(matches(loaded.table(), "91.122.0.0")).isEmpty();
  }

  @Test
  void aPlainListHoldsAddressesPrefixesPortsAndDomains() throws IOException {
    var feed =
        write(
            "indicators.txt",
            """
            ; Spamhaus style
            1.10.16.0/20 ; SBL256894
            # comment
            203.0.113.9
            203.0.113.10:8080
            [2001:db8::7]:443
            2001:db8::8
            domain:evil.com
            Bad.Example.
            198.51.100.0/24 # trailing
            """);

    var loaded = ThreatFeeds.load(List.of(feed), NOW);

    assertThat(loaded.problems().first()).isEmpty();
    for (var address :
        List.of(
            "1.10.31.255",
            "203.0.113.9",
            "203.0.113.10",
            "2001:db8::7",
            "2001:db8::8",
            "198.51.100.200")) {
      assertThat(matches(loaded.table(), address)).as(address).hasSize(1);
    }
    assertThat(domainMatches(loaded.table(), "www.evil.com"))
        .containsExactly(
            new ThreatMatch(
                Side.DOMAIN, "www.evil.com", "evil.com", "unknown", 50, "indicators.txt"));
    assertThat(domainMatches(loaded.table(), "bad.example")).hasSize(1);
    assertThat(domainMatches(loaded.table(), "notevil.com")).isEmpty();
    assertThat(domainMatches(loaded.table(), "com")).isEmpty();
  }

  @Test
  void spamhausDropInNdjsonIsRead() throws IOException {
    var feed =
        write(
            "drop_v4.json",
            """
            {"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}
            {"cidr":"2.56.192.0/22","sblid":"SBL459831","rir":"ripencc"}
            {"type":"metadata","timestamp":1763769600,"size":2,"records":2,"copyright":"(c)"}
            """);

    var loaded = ThreatFeeds.load(List.of(feed), NOW);

    assertThat(loaded.entries()).isEqualTo(2);
    assertThat(loaded.problems().count()).isZero();
    assertThat(matches(loaded.table(), "2.56.195.255")).hasSize(1);
  }

  @Test
  void feodoCsvIsRead() throws IOException {
    var feed =
        write(
            "feodo.csv",
            """
            ################################################################
            # abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV)          #
            ################################################################
            #
            "first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"
            "2021-01-17 07:44:46","51.178.161.32","4643","online","2026-11-20","Dridex"
            # END (1) entries
            """);

    var table = ThreatFeeds.load(List.of(feed), NOW).table();

    assertThat(matches(table, "51.178.161.32"))
        .containsExactly(match("51.178.161.32", "51.178.161.32", "Dridex", 50, "feodo.csv"));
  }

  @Test
  void aHeaderInsideACommentIsUsed() throws IOException {
    var feed =
        write(
            "sslbl.csv",
            """
            # Firstseen,DstIP,DstPort
            2026-11-20 10:00:00,203.0.113.5,443
            """);

    assertThat(matches(ThreatFeeds.load(List.of(feed), NOW).table(), "203.0.113.5")).hasSize(1);
  }

  @Test
  void jsonListsAndObjectsAreRead() throws IOException {
    var list = write("list.json", "[\"203.0.113.1\", \"203.0.113.128/25\"]");
    var object =
        write(
            "object.json",
            """
            {
              "ips": ["198.51.100.1"],
              "domains": ["evil.example"],
              "addresses": [{"ip": "198.51.100.2", "category": "c2", "confidence": 0.9}]
            }
            """);
    var feodo =
        write("feodo.json", "[{\"ip_address\":\"192.0.2.9\",\"port\":443,\"malware\":\"Emotet\"}]");

    var loaded = ThreatFeeds.load(List.of(list, object, feodo), NOW);

    assertThat(loaded.problems().first()).isEmpty();
    assertThat(loaded.kind()).isEqualTo("3 lists");
    assertThat(matches(loaded.table(), "203.0.113.200")).hasSize(1);
    assertThat(matches(loaded.table(), "198.51.100.2"))
        .containsExactly(match("198.51.100.2", "198.51.100.2", "c2", 90, "object.json"));
    assertThat(matches(loaded.table(), "192.0.2.9"))
        .containsExactly(match("192.0.2.9", "192.0.2.9", "Emotet", 50, "feodo.json"));
    assertThat(domainMatches(loaded.table(), "a.b.evil.example")).hasSize(1);
  }

  @Test
  void aFolderHasItsAddressesAndItsDomains() throws IOException {
    write("ips/bad.txt", "8.8.8.8\n10.9.0.0/16\n");
    write("domains/bad.txt", "evil.example\n*.worse.example\n");
    write("domains/more.json", "{\"domains\":[\"third.example\"]}");
    write("README.md", "not a list");
    write(".hidden", "9.9.9.9");

    var loaded = ThreatFeeds.load(List.of(folder), NOW);

    assertThat(loaded.problems().first()).isEmpty();
    assertThat(loaded.entries()).isEqualTo(5);
    assertThat(matches(loaded.table(), "10.9.8.7")).hasSize(1);
    assertThat(matches(loaded.table(), "9.9.9.9")).isEmpty();
    assertThat(domainMatches(loaded.table(), "x.worse.example")).hasSize(1);
    assertThat(domainMatches(loaded.table(), "third.example")).hasSize(1);
  }

  @Test
  void badLinesAreCountedWithTheirPlaceAndTheRestCounts() throws IOException {
    var feed =
        write(
            "mixed.csv",
            """
            ip_or_cidr,category,confidence
            203.0.113.1,C2,85
            300.1.1.1,C2,85
            203.0.113.2,C2,lots
            0.0.0.0/0,everyone,100
            203.0.113.3,C2,101
            ,,
            203.0.113.4,C2,70%
            """);

    var loaded = ThreatFeeds.load(List.of(feed), NOW);

    assertThat(loaded.entries()).isEqualTo(2);
    assertThat(loaded.problems().count()).isEqualTo(5);
    assertThat(loaded.problems().first())
        .contains(
            "mixed.csv:3: no address, prefix or domain: 300.1.1.1",
            "mixed.csv:4: confidence is not 0 to 100: lots",
            "mixed.csv:5: no address, prefix or domain: 0.0.0.0/0");
  }

  @Test
  void binaryRubbishIsSurvived() throws IOException {
    var random = new Random(1);
    var bytes = new byte[300_000];
    random.nextBytes(bytes);
    Files.write(folder.resolve("rubbish.txt"), bytes);
    write("good.txt", "203.0.113.1");

    var loaded = ThreatFeeds.load(List.of(folder), NOW);

    assertThat(matches(loaded.table(), "203.0.113.1")).isNotEmpty();
    assertThat(loaded.problems().count()).isPositive();
    assertThat(loaded.problems().first()).hasSizeLessThanOrEqualTo(20);
  }

  @Test
  void brokenJsonCostsItsFileOnly() throws IOException {
    write("broken.json", "[\"203.0.113.7\", {\"ip\": ");
    write("deep.json", "[".repeat(100_000));
    write("good.txt", "203.0.113.1");

    var loaded = ThreatFeeds.load(List.of(folder), NOW);

    assertThat(matches(loaded.table(), "203.0.113.1")).hasSize(1);
    assertThat(loaded.problems().first())
        .anyMatch(text -> text.startsWith("broken.json:"))
        .anyMatch(text -> text.startsWith("deep.json:"));
  }

  @Test
  void nothingAtAllIsSaid() {
    assertThatThrownBy(() -> ThreatFeeds.load(List.of(folder.resolve("none.csv")), NOW))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void everyListThatNamesAnAddressIsTold() throws IOException {
    write("a.csv", "ip_or_cidr,category,confidence\n203.0.113.0/24,net,40\n203.0.113.7,host,90\n");
    write("b.csv", "ip_or_cidr,category,confidence\n203.0.113.7,other,70\n203.0.0.0/16,wide,10\n");

    var table = ThreatFeeds.load(List.of(folder), NOW).table();

    assertThat(matches(table, "203.0.113.7"))
        .extracting(ThreatMatch::indicator, ThreatMatch::category)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple("203.0.113.7", "other"),
            org.assertj.core.api.Assertions.tuple("203.0.113.7", "host"),
            org.assertj.core.api.Assertions.tuple("203.0.113.0/24", "net"),
            org.assertj.core.api.Assertions.tuple("203.0.0.0/16", "wide"));
    assertThat(table.feeds()).containsExactlyInAnyOrder("a.csv", "b.csv");
  }

  @Test
  void anIndicatorThatAListRepeatsCountsOnceAtItsHighestConfidence() throws IOException {
    var feed =
        write(
            "twice.csv",
            "ip_or_cidr,category,confidence\n203.0.113.7,a,40\n203.0.113.7,b,90\n203.0.113.7,c,10\n");

    assertThat(matches(ThreatFeeds.load(List.of(feed), NOW).table(), "203.0.113.7"))
        .extracting(ThreatMatch::confidence)
        .containsExactly(90);
  }

  @Test
  void manyPrefixesAgreeWithALinearSearch() {
    var random = new Random(3);
    var prefixes = new ArrayList<Prefix>();
    var builder = new ThreatTable.Builder();
    for (int i = 0; i < 500; i++) {
      var prefix = new Prefix(Ip.v4(random.nextInt() & 0x0307_ffff), 96 + 6 + random.nextInt(27));
      prefixes.add(prefix);
      builder.add(new Indicator(new Indicator.Target.Network(prefix), "c", 50, "feed-" + i));
    }
    var table = builder.build();

    for (int i = 0; i < 5_000; i++) {
      var ip = Ip.v4(random.nextInt() & 0x0307_ffff);
      var expected =
          prefixes.stream()
              .filter(prefix -> prefix.contains(ip))
              .map(Prefix::toString)
              .sorted()
              .toList();
      var found = new ArrayList<ThreatMatch>();
      table.match(ip.high(), ip.low(), Side.SOURCE, NOW.getEpochSecond(), found);
      assertThat(found).hasSize(Math.min(expected.size(), ThreatTable.MATCHES_MAX));
      assertThat(expected).containsAll(found.stream().map(ThreatMatch::indicator).toList());
    }
  }

  private static ThreatMatch match(
      String value, String indicator, String category, int confidence, String feed) {
    return new ThreatMatch(Side.SOURCE, value, indicator, category, confidence, feed);
  }

  private static List<ThreatMatch> matches(ThreatTable table, String address) {
    var ip = Ip.parse(address).orElseThrow();
    var found = new ArrayList<ThreatMatch>();
    table.match(ip.high(), ip.low(), Side.SOURCE, NOW.getEpochSecond(), found);
    return found;
  }

  private static List<ThreatMatch> domainMatches(ThreatTable table, String domain) {
    var found = new ArrayList<ThreatMatch>();
    table.matchDomain(domain, NOW.getEpochSecond(), found);
    return found;
  }

  private Path write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
