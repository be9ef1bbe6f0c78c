package io.penstock.destination;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.destination.SinkConfig.Read.Faulty;
import io.penstock.destination.SinkConfig.Read.Sound;
import io.penstock.destination.SyslogConfig.Confirmation;
import io.penstock.destination.SyslogConfig.Format;
import io.penstock.destination.SyslogConfig.Framing;
import io.penstock.event.ByteOutput;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Events;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.json.JsonTree;
import io.penstock.shape.Schema;
import io.penstock.shape.Selection;
import io.penstock.sink.Flows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What stands in syslog messages. The golden files hold one line per event; {@code
 * -Dgolden.update=true} writes them anew, to be reviewed as a diff.
 */
class SyslogItemsTest {

  private static final Path GOLDEN = Path.of("src/test/resources/io/penstock/destination");
  private static final Path PAGE = Path.of("..", "docs", "sinks.md");

  private static SyslogConfig config(Format format, @Nullable String hostname) {
    return new SyslogConfig(
        "localhost",
        514,
        format,
        Framing.LINES,
        Confirmation.END_OF_STREAM,
        null,
        16,
        "penstock",
        hostname,
        SyslogConfig.MESSAGE_BYTES);
  }

  private static String line(Format format, Selection selection, Event event) {
    return line(config(format, null), selection, "acme", event);
  }

  private static String line(SyslogConfig config, Selection selection, String tenant, Event event) {
    var out = new ByteOutput(16);
    new SyslogItems(config, "1.2.3", new Kept(selection), Reach.DOCUMENTS)
        .write(tenant, event, out);
    var text = new String(out.toBytes(), UTF_8);
    assertThat(text).endsWith("\n");
    return text.substring(0, text.length() - 1);
  }

  /** Events of every kind, with every field sometimes there. */
  private static List<Event> events() {
    var events = new Events(11);
    var made = new ArrayList<Event>();
    for (int i = 0; i < 40; i++) {
      made.add(events.event(events.origin()));
    }
    return made;
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenStaysAsItIs(Format format) throws IOException {
    var lines = events().stream().map(event -> line(format, Selection.ALL, event)).toList();
    var file =
        GOLDEN.resolve("syslog-" + format.name().toLowerCase(java.util.Locale.ROOT) + ".txt");

    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(GOLDEN);
      Files.write(file, lines);
    }

    assertThat(Files.readAllLines(file)).containsExactlyElementsOf(lines);
  }

  @Test
  void aDocumentStandsBehindAHeaderThatNamesItsEvent() throws Exception {
    for (var event : events()) {
      var message = SyslogText.rfc5424(line(Format.RFC5424, Selection.ALL, event));

      var exporter = event.origin().exporter();
      assertThat(message.facility()).isEqualTo(16);
      assertThat(message.severity()).isEqualTo(isThreat(event) ? 4 : 6);
      assertThat(message.time().toInstant())
          .isEqualTo(
              io.penstock.event.Nanos.instant(event.startNanos()).truncatedTo(ChronoUnit.MICROS));
      assertThat(message.host()).isEqualTo(exporter.toString());
      assertThat(message.application()).isEqualTo("penstock");
      assertThat(message.process()).isEqualTo("-");
      assertThat(message.id()).isEqualTo(event.kind().name());
      assertThat(message.element()).isEqualTo("event@32473");
      assertThat(message.parameters()).isEqualTo(Map.of("id", Flows.id(event), "tenant", "acme"));
      assertThat(message.text()).isEqualTo(new String(EventJson.write("acme", event), UTF_8));
      assertThat(JsonTree.parse(message.text())).isInstanceOf(Map.class);
    }
  }

  private static boolean isThreat(Event event) {
    var found = event.enrichment();
    return found != null && !found.threats().isEmpty();
  }

  @Test
  void aValueOfStructuredDataEndsWhereItShould() {
    var line = line(config(Format.RFC5424, null), Selection.ALL, "a\"b\\c]d", events().getFirst());

    assertThat(SyslogText.rfc5424(line).parameters()).containsEntry("tenant", "a\"b\\c]d");
  }

  @Test
  void leefSaysWhatTheEventSays() {
    for (var event : events()) {
      var message = SyslogText.leef(line(Format.LEEF, Selection.ALL, event));

      assertThat(message.head())
          .containsExactly("Penstock", "Penstock", "1.2.3", event.kind().name(), "x09");
      assertThat(message.host()).isEqualTo(event.origin().exporter().toString());
      var attributes = message.attributes();
      assertThat(attributes)
          .containsEntry("eventId", Flows.id(event))
          .containsEntry("devTime", String.valueOf(event.startNanos() / 1_000_000))
          .containsEntry("tenant", "acme");
      assertAddress(attributes, "src", event.source().ip());
      assertAddress(attributes, "dst", event.destination().ip());
      assertNumber(attributes, "srcPort", event.source().port());
      assertNumber(attributes, "dstPort", event.destination().port());
      assertNumber(attributes, "srcBytes", event.source().bytes());
      assertNumber(attributes, "dstBytes", event.destination().bytes());
      assertNumber(attributes, "srcPackets", event.source().packets());
      assertThat(Integer.parseInt(attributes.get("sev"))).isBetween(1, 10);
    }
  }

  @Test
  void cefSaysWhatTheEventSays() {
    for (var event : events()) {
      var message = SyslogText.cef(line(Format.CEF, Selection.ALL, event));

      assertThat(message.head().subList(0, 4))
          .containsExactly("Penstock", "Penstock", "1.2.3", event.kind().name());
      var attributes = message.attributes();
      assertThat(attributes)
          .containsEntry("externalId", Flows.id(event))
          .containsEntry("start", String.valueOf(event.startNanos() / 1_000_000))
          .containsEntry("cs1", "acme")
          .containsEntry("cs1Label", "tenant");
      var source = event.source().ip();
      assertAddress(attributes, "src", source.isV4() ? source : Ip.NONE);
      assertAddress(attributes, "c6a2", source.isV4() ? Ip.NONE : source);
      assertNumber(attributes, "spt", event.source().port());
      assertNumber(attributes, "dpt", event.destination().port());
      assertNumber(attributes, "in", event.source().bytes());
      assertNumber(attributes, "out", event.destination().bytes());
      assertThat(attributes.containsKey("cn1Label")).isEqualTo(attributes.containsKey("cn1"));
    }
  }

  private static void assertAddress(Map<String, String> attributes, String key, Ip ip) {
    assertThat(attributes.get(key)).isEqualTo(ip.equals(Ip.NONE) ? null : ip.toString());
  }

  private static void assertNumber(Map<String, String> attributes, String key, long number) {
    assertThat(attributes.get(key))
        .isEqualTo(number == Event.ABSENT ? null : String.valueOf(number));
  }

  @Test
  void whatWouldEndAValueDoesNot() {
    var hostile = "a=b|c\\d\te\nf\rg src=6.6.6.6\tdst=6.6.6.6";
    var event = events().getFirst().enriched(enrichment(hostile));

    var leef = SyslogText.leef(line(Format.LEEF, Selection.ALL, event)).attributes();
    var cef = SyslogText.cef(line(Format.CEF, Selection.ALL, event)).attributes();

    assertThat(leef)
        .containsEntry("threatIndicator", "a=b|c\\d e f g src=6.6.6.6 dst=6.6.6.6")
        .doesNotContainEntry("src", "6.6.6.6")
        .doesNotContainEntry("dst", "6.6.6.6");
    assertThat(cef)
        .containsEntry("cs2", "a=b|c\\d e\nf\rg src=6.6.6.6 dst=6.6.6.6")
        .doesNotContainEntry("src", "6.6.6.6")
        .doesNotContainEntry("dst", "6.6.6.6");
  }

  private static Enrichment enrichment(String indicator) {
    var match = new ThreatMatch(ThreatMatch.Side.SOURCE, "1.2.3.4", indicator, "c2", 90, "feed");
    return new Enrichment(
        new Geo("GB", "London", 1, 1, null),
        null,
        null,
        null,
        List.of(match),
        80,
        List.of(),
        Enrichment.Direction.INBOUND);
  }

  @ParameterizedTest
  @EnumSource(names = {"LEEF", "CEF"})
  void whatIsRedactedStandsNowhere(Format format) {
    var event = event("\"sysName\":\"core-1\"");
    var members = Set.of("src_ip", "exporter", "src_geo", "threat", "risk_score");
    var selection = new Selection(Schema.TELEMETRY, null, Set.of(), members, 1);

    var all = line(format, Selection.ALL, event);
    var line = line(format, selection, event);

    assertThat(all).contains("192.0.2.1", "GB", "bad.example", "core-1", "<132>");
    assertThat(line).doesNotContain("192.0.2.1", "GB", "bad.example", "core-1").contains("<134>");
  }

  @ParameterizedTest
  @EnumSource(names = {"LEEF", "CEF"})
  void onlyTheFieldsThatAreAskedForStandThere(Format format) {
    var event = event("");
    var selection =
        new Selection(Schema.TELEMETRY, null, Set.of("dst_port", "src_geo"), Set.of(), 1);

    var line = line(format, selection, event);

    var attributes =
        format == Format.LEEF
            ? SyslogText.leef(line).attributes()
            : SyslogText.cef(line).attributes();
    assertThat(attributes.keySet())
        .isSubsetOf(Set.of("dstPort", "srcCountry", "dpt", "cs4", "cs4Label"))
        .isNotEmpty();
  }

  private static Event event(String extra) {
    var origin =
        new Origin(Protocol.NETFLOW_V9, Ip.v4(0xc0000201), 2055, 0, 0, 0, 1, null, null, null);
    var model = events().getFirst();
    return new Event(
        1,
        2,
        Event.Kind.OPTIONS,
        origin,
        1_700_000_000_000_000_000L,
        1_700_000_001_000_000_000L,
        model.source(),
        model.destination(),
        model.traffic(),
        0,
        extra.getBytes(UTF_8),
        enrichment("bad.example"));
  }

  @Test
  void longStatesAreCutBetweenCharacters() {
    var event = event("\"text\":\"" + "ä".repeat(2_000) + "\"");

    var attributes = SyslogText.leef(line(Format.LEEF, Selection.ALL, event)).attributes();
    var message = String.valueOf(attributes.get("msg"));

    assertThat(message).startsWith("\"text\":\"ää").endsWith("ä").doesNotContain("\ufffd");
    assertThat(message.getBytes(UTF_8)).hasSizeBetween(990, 1_000);
  }

  @Test
  void theHostnameCanBeTheCollectors() {
    var line = line(config(Format.CEF, "collector.example"), Selection.ALL, "acme", event(""));

    assertThat(SyslogText.cef(line).host()).isEqualTo("collector.example");
  }

  @Test
  void theDayOfAnOldHeaderIsPadded() {
    var event = event("");
    var early =
        new Event(
            1,
            2,
            event.kind(),
            event.origin(),
            1_704_164_645_000_000_000L,
            event.endNanos(),
            event.source(),
            event.destination(),
            event.traffic(),
            0,
            Event.NO_EXTRA,
            null);

    assertThat(SyslogText.cef(line(Format.CEF, Selection.ALL, early)).time())
        .isEqualTo("Jan  2 03:04:05");
  }

  @Test
  void thePageNamesEveryAttribute() throws IOException {
    var page = Files.readString(PAGE);

    for (var attribute :
        Stream.concat(LeefMessage.ATTRIBUTES.stream(), CefMessage.ATTRIBUTES.stream()).toList()) {
      var member =
          attribute.member().equals(Kept.REST) ? "the rest" : "`" + attribute.member() + "`";
      assertThat(page.lines())
          .as(attribute.key())
          .anyMatch(
              line -> line.startsWith("| " + member) && line.contains("`" + attribute.key() + "`"));
    }
  }

  @Test
  void leefAndCefHaveNoOtherSchema() {
    assertThat(read("format", "cef", "schema", "ecs")).isInstanceOf(Faulty.class);
    assertThat(read("format", "leef", "schema", "telemetry")).isInstanceOf(Sound.class);
    assertThat(read("format", "rfc5424", "schema", "ecs")).isInstanceOf(Sound.class);
    assertThat(read("format", "rfc5424", "schema", "goflow2")).isInstanceOf(Faulty.class);
    assertThat(read("hostname", "two words", "format", "cef")).isInstanceOf(Faulty.class);
    assertThat(read("application_name", "ü", "format", "cef")).isInstanceOf(Faulty.class);
  }

  private static SinkConfig.Read read(String name, String value, String other, String otherValue) {
    var posted = new HashMap<String, @Nullable Object>();
    posted.put("host", "siem.example");
    posted.put(name, value);
    posted.put(other, otherValue);
    return SinkConfig.read("syslog", posted);
  }
}
