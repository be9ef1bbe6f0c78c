package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.enrich.FeedReader.Feed;
import io.penstock.enrich.FeedReader.Format;
import io.penstock.enrich.FeedReader.Report;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists in the forms of their publishers, made up after what these publish. */
class FeedReaderTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private final List<Indicator> found = new ArrayList<>();

  private static byte[] sample(String name) {
    try (InputStream in = FeedReaderTest.class.getResourceAsStream("feeds/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Report read(byte[] content, Format format) throws IOException {
    return FeedReader.read(
        () -> new ByteArrayInputStream(content), new Feed("feed", format, false), NOW, found::add);
  }

  private List<String> summary() {
    return found.stream()
        .map(i -> i.target().text() + " " + i.category() + " " + i.confidence())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"feodo.csv,FEODO", "feodo.csv,AUTO", "feodo.json,FEODO", "feodo.json,AUTO"})
  void feodoComesAsCsvAndAsJson(String file, Format format) throws IOException {
    var report = read(sample(file), format);

    assertThat(report).isEqualTo(new Report(2, 0, 0, List.of()));
    assertThat(summary()).containsExactly("198.51.100.11 QakBot 50", "198.51.100.12 Emotet 50");
  }

  @ParameterizedTest
  @EnumSource(names = {"SPAMHAUS_DROP", "AUTO"})
  void spamhausDropIsAnObjectALineAndItsLastLineNamesNobody(Format format) throws IOException {
    var report = read(sample("spamhaus_drop.json"), format);

    assertThat(report).isEqualTo(new Report(3, 1, 0, List.of()));
    assertThat(summary())
        .containsExactly(
            "198.51.100.0/24 unknown 50",
            "203.0.113.0/25 unknown 50",
            "2001:db8:bad::/48 unknown 50");
  }

  @Test
  void spamhausDropAsTextHasItsNumbersBehindASemicolon() throws IOException {
    assertThat(read(sample("spamhaus_drop.txt"), Format.SPAMHAUS_DROP).read()).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"FIREHOL", "TXT", "AUTO"})
  void fireholIsOnePrefixALine(Format format) throws IOException {
    read(sample("firehol.netset"), format);

    assertThat(summary())
        .containsExactly(
            "198.51.100.0/24 unknown 50", "192.0.2.7 unknown 50", "203.0.112.0/23 unknown 50");
  }

  @ParameterizedTest
  @EnumSource(names = {"MISP", "AUTO"})
  void ofMispThoseAttributesCountThatAreForDetection(Format format) throws IOException {
    var report = read(sample("misp.json"), format);

    assertThat(report).isEqualTo(new Report(6, 3, 0, List.of()));
    assertThat(summary())
        .containsExactly(
            "198.51.100.21 Network activity 50",
            "203.0.113.0/28 Network activity 50",
            "198.51.100.22 Network activity 50",
            "bad.example Network activity 50",
            "worse.example Network activity 50",
            "198.51.100.23 Network activity 50");
  }

  @Test
  void anAttributeThatMispFoundTellsOfItsEventAndStillCounts() throws IOException {
    var search =
        """
        {"response":{"Attribute":[{"type":"ip-dst","value":"192.0.2.1","to_ids":"1",
          "Event":{"id":"17","info":"x"},"category":"Network activity"}]}}""";

    assertThat(read(search.getBytes(StandardCharsets.UTF_8), Format.MISP).read()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"STIX", "AUTO"})
  void ofStixThosePatternsCountThatOneThingFulfils(Format format) throws IOException {
    var report = read(sample("stix.json"), format);

    assertThat(summary())
        .containsExactly(
            "198.51.100.31 malicious-activity 85",
            "198.51.100.32 malicious-activity 85",
            "2001:db8::31 malicious-activity 85",
            "203.0.113.0/24 unknown 50",
            "a.example unknown 50",
            "b.example unknown 50");
    assertThat(found.getFirst().expires()).isEqualTo("2026-12-31T00:00:00Z");
    assertThat(found.get(3).expires()).isNull();
    assertThat(report.skipped()).isEqualTo(4);
    assertThat(report.errors())
        .containsExactly(
            "feed:4: no address or domain that counts by itself:"
                + " [ipv4-addr:value = '198.51.100.97' AND domain-name:value = '...");
  }

  @ParameterizedTest
  @EnumSource(names = {"OTX", "AUTO"})
  void ofPulsesAddressesAndNamesCountWhileTheyLast(Format format) throws IOException {
    var report = read(sample("otx.json"), format);

    assertThat(report).isEqualTo(new Report(3, 3, 0, List.of()));
    assertThat(summary())
        .containsExactly(
            "198.51.100.41 command_and_control 50",
            "203.0.113.64/26 unknown 50",
            "otx.example unknown 50");
    assertThat(found.getFirst().expires()).isEqualTo("2026-05-01T00:00:00Z");
  }

  @ParameterizedTest
  @EnumSource(names = {"ABUSEIPDB", "AUTO"})
  void theScoreOfAbuseIpDbIsItsConfidence(Format format) throws IOException {
    read(sample("abuseipdb.json"), format);

    assertThat(summary()).containsExactly("198.51.100.51 unknown 100", "2001:db8::51 unknown 92");
  }

  @ParameterizedTest
  @EnumSource(names = {"CSV", "AUTO"})
  void eachBadRowIsToldWithItsLine(Format format) throws IOException {
    var report = read(sample("threats.csv"), format);

    assertThat(summary())
        .containsExactly(
            "45.155.205.233 C2 85", "91.121.0.0/16 Malware 60", "evil.example Phishing 70");
    assertThat(found.stream().map(Indicator::expires))
        .containsExactly(
            Instant.parse("2026-03-02T00:00:00Z"), null, Instant.ofEpochSecond(1_772_409_600));
    assertThat(report.bad()).isEqualTo(3);
    assertThat(report.errors())
        .containsExactly(
            "feed:5: no address, prefix or domain: not-an-address-and-no-domain!",
            "feed:6: confidence is not 0 to 100: 190",
            "feed:7: expiry is no time: whenever");
  }

  @ParameterizedTest
  @EnumSource(names = {"TXT", "AUTO"})
  void aPlainListMayNameDomains(Format format) throws IOException {
    assertThat(read(sample("plain.txt"), format)).isEqualTo(new Report(4, 0, 0, List.of()));
  }

  @Test
  void aListOfAnotherFormatThanToldIsRefused() {
    assertThatThrownBy(() -> read(sample("plain.txt"), Format.STIX))
        .isInstanceOf(BadTableException.class)
        .hasMessage("not JSON, which a list of stix is");
    assertThatThrownBy(() -> read(sample("stix.json"), Format.CSV))
        .isInstanceOf(BadTableException.class)
        .hasMessage("JSON, which a list of csv is not");
  }

  @Test
  void entriesOfAnotherPublisherAreToldToBeSo() throws IOException {
    var report = read(sample("misp.json"), Format.STIX);

    assertThat(found).isEmpty();
    assertThat(report.bad()).isEqualTo(8);
    assertThat(report.errors().getFirst()).isEqualTo("feed:1: not what stix publishes");
  }

  @Test
  void whatFindsNoRoomIsToldToBeSo() throws IOException {
    var content = sample("plain.txt");

    var report =
        FeedReader.read(
            () -> new ByteArrayInputStream(content),
            new Feed("feed", Format.TXT, false),
            NOW,
            indicator -> found.isEmpty() && found.add(indicator));

    assertThat(found).hasSize(1);
    assertThat(report.errors()).hasSize(3).allMatch(error -> error.endsWith("table is full"));
  }

  @Test
  void nestingWithoutEndIsAnErrorAndNoOverflow() {
    for (var open : List.of("[", "{\"data\":", "{\"x\":", "[{\"Tag\":[")) {
      var deep = open.repeat(200_000).getBytes(StandardCharsets.UTF_8);

      assertThatThrownBy(() -> read(deep, Format.AUTO)).isInstanceOf(BadTableException.class);
    }
  }

  @Test
  void aHugeNumberStaysShort() throws IOException {
    var list = "[{\"ip\":\"192.0.2.1\",\"confidence\":1e999999999}]";

    var report = read(list.getBytes(StandardCharsets.UTF_8), Format.AUTO);

    assertThat(report.errors()).containsExactly("feed:1: confidence is not 0 to 100: 1E+999999999");
  }

  @Test
  void noDamageThrowsAnythingButItsException() {
    var random = new Random(17);
    for (var file :
        List.of("feodo.csv", "spamhaus_drop.json", "misp.json", "stix.json", "otx.json")) {
      for (int i = 0; i < 400; i++) {
        var damaged = sample(file);
        for (int j = 0; j < 1 + i % 8; j++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(128);
        }
        assertThatCode(() -> readOrRefuse(damaged)).doesNotThrowAnyException();
      }
    }
  }

  private void readOrRefuse(byte[] content) throws IOException {
    try {
      read(content, Format.AUTO);
    } catch (BadTableException expected) {
      assertThat(expected).hasMessageStartingWith("not JSON");
    }
  }
}
