package io.penstock.shape;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.penstock.decode.Corpus;
import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Events;
import io.penstock.records.JsonRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShapesTest {

  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.(\\d{3}){1,3})?Z");
  private static final Pattern IP = Pattern.compile("[0-9.]+|[0-9a-f:.]+");
  private static final Pattern DECIMAL = Pattern.compile("-?\\d+(\\.\\d+)?(E[-+]?\\d+)?");
  private static final Pattern DIGITS = Pattern.compile("\\d+");
  private static final Pattern TEXT = Pattern.compile("(?s).+");

  /** The fields of ECS 8.11 that we write, with what ECS says of their values. */
  private static final Map<String, Pattern> ECS =
      Map.ofEntries(
          Map.entry("@timestamp", TIME),
          Map.entry("ecs.version", Pattern.compile("8\\.\\d+\\.\\d+")),
          Map.entry("event.id", Pattern.compile("[0-9a-f-]{36}")),
          Map.entry("event.kind", Pattern.compile("event|metric")),
          Map.entry("event.category", Pattern.compile("network|web")),
          Map.entry("event.type", Pattern.compile("connection|access|allowed|denied|info")),
          Map.entry("event.action", Pattern.compile("(netflow|sflow|zeek|network|http)_[a-z]+")),
          Map.entry("event.module", Pattern.compile("penstock")),
          Map.entry("event.dataset", Pattern.compile("penstock\\.[a-z0-9_]+")),
          Map.entry("event.created", TIME),
          Map.entry("event.start", TIME),
          Map.entry("event.end", TIME),
          Map.entry("event.duration", DIGITS),
          Map.entry("event.sequence", DIGITS),
          Map.entry("event.risk_score", DECIMAL),
          Map.entry("trace.id", TEXT),
          Map.entry("url.scheme", Pattern.compile("https?|wss?")),
          Map.entry("url.domain", TEXT),
          Map.entry("url.path", TEXT),
          Map.entry("http.request.method", TEXT),
          Map.entry("http.response.status_code", DIGITS),
          Map.entry("rule.name", TEXT),
          Map.entry("service.name", TEXT),
          Map.entry("error.code", TEXT),
          Map.entry("observer.ip", IP),
          Map.entry("observer.ingress.interface.id", DIGITS),
          Map.entry("observer.egress.interface.id", DIGITS),
          Map.entry("network.type", Pattern.compile("ipv[46]")),
          Map.entry("network.transport", Pattern.compile("[a-z0-9-]+")),
          Map.entry("network.iana_number", DIGITS),
          Map.entry(
              "network.direction",
              Pattern.compile("ingress|egress|inbound|outbound|internal|external")),
          Map.entry("network.bytes", DIGITS),
          Map.entry("network.packets", DIGITS),
          Map.entry("network.community_id", Pattern.compile("1:[A-Za-z0-9+/]{27}=")),
          Map.entry("network.vlan.id", DIGITS),
          Map.entry("network.inner.vlan.id", DIGITS),
          Map.entry("related.ip", IP),
          Map.entry("threat.feed.name", TEXT),
          Map.entry("threat.enrichments.matched.atomic", TEXT),
          Map.entry(
              "threat.enrichments.matched.field", Pattern.compile("(source|destination)\\.ip")),
          Map.entry("threat.enrichments.matched.type", Pattern.compile("indicator_match_rule")));

  /** The same for either end and for either place of an indicator. */
  private static final Map<String, Pattern> ECS_NESTED =
      Map.ofEntries(
          Map.entry("ip", IP),
          Map.entry("port", DIGITS),
          Map.entry("mac", Pattern.compile("[0-9A-F]{2}(-[0-9A-F]{2}){5}")),
          Map.entry("bytes", DIGITS),
          Map.entry("packets", DIGITS),
          Map.entry("nat.ip", IP),
          Map.entry("nat.port", DIGITS),
          Map.entry("as.number", DIGITS),
          Map.entry("as.organization.name", TEXT),
          Map.entry("geo.country_iso_code", Pattern.compile("[A-Z]{2}")),
          Map.entry("geo.city_name", TEXT),
          Map.entry("geo.location.lat", DECIMAL),
          Map.entry("geo.location.lon", DECIMAL),
          Map.entry("geo.timezone", TEXT),
          Map.entry("type", Pattern.compile("ipv[46]-addr|domain-name")),
          Map.entry("name", TEXT),
          Map.entry("description", TEXT),
          Map.entry("confidence", Pattern.compile("None|Low|Medium|High")),
          Map.entry("provider", TEXT));

  private static final Set<String> ECS_KEYWORDS =
      Set.of(
          "network.iana_number",
          "network.vlan.id",
          "network.inner.vlan.id",
          "observer.ingress.interface.id",
          "observer.egress.interface.id");

  /** The samples and many random ones. */
  private static Stream<Event> events() {
    return Stream.concat(
        SampleEvents.all().stream(),
        Stream.iterate(1L, seed -> seed + 1)
            .limit(30)
            .flatMap(seed -> new Events(seed).batch("acme", 50).events().stream()));
  }

  private static Stream<Event> flows() {
    return events().filter(event -> Shapes.accepts(Schema.GOFLOW2, event.kind()));
  }

  @Test
  void telemetryIsTheDocumentOfTheApi() {
    events()
        .forEach(
            event ->
                assertThat(Documents.write(Schema.TELEMETRY, event))
                    .isEqualTo(EventJson.write("acme", event)));
  }

  @ParameterizedTest
  @EnumSource
  void documentsStandBehindWhatWasWrittenBefore(Schema schema) {
    var event = SampleEvents.all().getFirst();
    var shape = Shapes.of(new Selection(schema, null, Set.of(), Set.of(), 1));
    var out = new ByteOutput(1);
    out.put("{\"create\":{}}\n");

    shape.write("acme", event, out);
    shape.write("acme", event, out);

    var one = new String(Documents.write(schema, event), ISO_8859_1);
    assertThat(new String(out.toBytes(), ISO_8859_1)).isEqualTo("{\"create\":{}}\n" + one + one);
  }

  @Test
  void onlyTheDocumentAndEcsHaveAPlaceForWhatIsNoTraffic() {
    for (var schema : Schema.values()) {
      boolean hasPlace = schema == Schema.TELEMETRY || schema == Schema.ECS;
      assertThat(Shapes.accepts(schema, Event.Kind.FLOW)).isTrue();
      assertThat(Shapes.accepts(schema, Event.Kind.DROP)).isTrue();
      assertThat(Shapes.accepts(schema, Event.Kind.OPTIONS)).isEqualTo(hasPlace);
      assertThat(Shapes.accepts(schema, Event.Kind.COUNTERS)).isEqualTo(hasPlace);
      assertThat(Shapes.accepts(schema, Event.Kind.EXCHANGE)).isEqualTo(schema != Schema.GOFLOW2);
    }
  }

  @Test
  void ecsHasOnlyFieldsOfEcsInTheFormsOfEcs() {
    events()
        .forEach(
            event -> {
              var leaves = Documents.leaves(Schema.ECS, event);
              assertThat(leaves).containsKeys("@timestamp", "ecs.version", "event.id");
              leaves.forEach(ShapesTest::isOfEcs);
            });
  }

  private static void isOfEcs(String path, Object value) {
    if (path.startsWith("penstock.")) {
      return;
    }
    var form = ECS.get(path);
    if (form == null) {
      var nested =
          path.replaceFirst("^(source|destination|threat(\\.enrichments)?\\.indicator)\\.", "");
      form = ECS_NESTED.get(nested);
    }
    assertThat(form).as("%s is a field of ECS", path).isNotNull();
    assertThat(String.valueOf(value)).as(path).matches(Objects.requireNonNull(form));
    if (ECS_KEYWORDS.contains(path)) {
      assertThat(value).as("%s is a keyword", path).isInstanceOf(String.class);
    }
  }

  @Test
  void ocsfHasWhatTheClassOfExchangesRequires() {
    var exchanges = exchanges().map(event -> Documents.leaves(Schema.OCSF, event)).toList();

    assertThat(exchanges).hasSize(4);
    assertThat(exchanges)
        .allSatisfy(
            document ->
                assertThat(document)
                    .containsEntry("class_uid", 4002L)
                    .containsEntry("category_uid", 4L)
                    .containsEntry("metadata.profiles", "security_control")
                    .containsEntry("src_endpoint.ip", "10.1.2.3")
                    .containsEntry("dst_endpoint.hostname", "cdn.example")
                    .containsEntry("http_request.url.path", "/t/index.html"));
    assertThat(exchanges)
        .extracting(document -> document.get("type_uid"))
        .containsExactly(400203L, 400299L, 400206L, 400201L);
    assertThat(exchanges)
        .extracting(document -> document.get("disposition"))
        .containsExactly("Allowed", "Blocked", "Allowed", "Allowed");
    assertThat(exchanges)
        .extracting(document -> document.get("unmapped.exchange.verdict"))
        .containsExactly("MOCK", "BLOCK", "OBSERVE", "TUNNEL");
    assertThat(exchanges.getFirst())
        .containsEntry("http_request.user_agent", "curl/8.5 \"x\"")
        .containsEntry("http_request.url.query_string", "v=1&guid=b117")
        .containsEntry("http_response.code", 200L)
        .containsEntry("app_name", "cribl");
    assertThat(exchanges.get(2))
        .containsEntry("status", "Failure")
        .doesNotContainKey("http_response.code");
  }

  @Test
  void cimHasWhatTheWebModelHas() {
    var exchanges = exchanges().map(event -> Documents.leaves(Schema.CIM, event)).toList();

    assertThat(exchanges)
        .extracting(document -> document.get("action"))
        .containsExactly("allowed", "blocked", "allowed", "allowed");
    assertThat(exchanges.getFirst())
        .containsEntry("http_method", "GET")
        .containsEntry("status", 200L)
        .containsEntry("url", "https://cdn.example/t/index.html?v=1&guid=b117")
        .containsEntry("uri_path", "/t/index.html")
        .containsEntry("uri_query", "v=1&guid=b117")
        .containsEntry("src", "10.1.2.3")
        .containsEntry("dest", "cdn.example")
        .containsEntry("dest_ip", "192.0.2.80")
        .containsEntry("bytes_out", 12L)
        .containsEntry("bytes_in", 29L)
        .containsEntry("http_user_agent", "curl/8.5 \"x\"")
        .containsEntry("http_content_type", "text/html; charset=utf-8")
        .containsEntry("duration", 3L)
        .doesNotContainKey("dvc");
  }

  private static Stream<Event> exchanges() {
    return SampleEvents.all().stream().filter(event -> event.kind() == Event.Kind.EXCHANGE);
  }

  @Test
  void ocsfHasWhatTheClassRequires() {
    flows()
        .forEach(
            event -> {
              var document = Documents.read(Documents.write(Schema.OCSF, event));
              assertThat(document)
                  .containsEntry("class_uid", 4001L)
                  .containsEntry("category_uid", 4L)
                  .containsEntry("activity_id", 6L)
                  .containsEntry("type_uid", 400106L);
              assertThat((Long) document.get("severity_id")).isBetween(1L, 5L);
              assertThat(document.get("time")).isEqualTo(event.startNanos() / 1_000_000);
              assertThat((Long) document.get("duration")).isNotNegative();
              var metadata = Documents.map(document.get("metadata"));
              assertThat(metadata).containsEntry("version", "1.5.0").containsKey("uid");
              assertThat(metadata).containsEntry("tenant_uid", "acme");
              assertThat(Documents.map(metadata.get("product"))).containsKey("vendor_name");
              assertThat(Documents.map(document.get("connection_info")))
                  .containsKey("direction_id");
              isProfiled(document, metadata);
              isEndpoint(document.get("src_endpoint"));
              isEndpoint(document.get("dst_endpoint"));
            });
  }

  /** What a profile brings is there exactly when the profile is named. */
  private static void isProfiled(Map<String, Object> document, Map<String, Object> metadata) {
    var profiles = (List<?>) metadata.getOrDefault("profiles", List.of());
    assertThat(profiles.contains("host")).isEqualTo(document.containsKey("device"));
    assertThat(profiles.contains("osint")).isEqualTo(document.containsKey("osint"));
    assertThat(profiles.contains("security_control")).isEqualTo(document.containsKey("action_id"));
  }

  /** An endpoint, where there is one, is known by something: a constraint of the object. */
  private static void isEndpoint(@Nullable Object endpoint) {
    if (endpoint != null) {
      assertThat(Documents.map(endpoint).keySet()).containsAnyOf("ip", "interface_uid", "uid");
    }
  }

  @Test
  void cimIsFlatButForWhatTheModelDoesNotHave() {
    Stream.concat(flows(), exchanges())
        .forEach(
            event -> {
              var document = Documents.read(Documents.write(Schema.CIM, event));
              document.remove("penstock");
              assertThat(document.values())
                  .noneMatch(value -> value instanceof Map || value instanceof List);
            });
  }

  @Test
  void whatASchemaHasNoFieldForHasANameThatNoSenderCanTake() {
    Stream.concat(flows(), exchanges())
        .map(ShapesTest::withoutExtra)
        .forEach(
            event -> {
              var ecs = Documents.read(Documents.write(Schema.ECS, event));
              var ocsf = Documents.read(Documents.write(Schema.OCSF, event));
              assertThat(Documents.map(ecs.get("penstock")).keySet())
                  .allMatch(JsonRecords::isReserved);
              assertThat(Documents.map(ocsf.get("unmapped")).keySet())
                  .allMatch(JsonRecords::isReserved);
            });
  }

  private static Event withoutExtra(Event event) {
    return new Event(
        event.idHigh(),
        event.idLow(),
        event.kind(),
        event.origin(),
        event.startNanos(),
        event.endNanos(),
        event.source(),
        event.destination(),
        event.traffic(),
        event.quirks(),
        Event.NO_EXTRA,
        event.enrichment(),
        event.http());
  }

  @ParameterizedTest
  @EnumSource
  void everyWrittenFieldIsInTheReferencePage(Schema schema) throws IOException {
    var page = Files.readString(Corpus.ROOT.resolve("../docs/schemas.md"));

    if (schema == Schema.GOFLOW2) {
      assertThat(Goflow2Shape.FIELDS.keySet()).allMatch(name -> page.contains("`" + name + "`"));
    } else if (schema != Schema.TELEMETRY) {
      var names = new TreeSet<String>();
      Stream.concat(flows(), exchanges())
          .forEach(e -> names.addAll(Documents.leaves(schema, withoutExtra(e)).keySet()));
      assertThat(names)
          .allMatch(name -> page.contains("`" + name + "`") || isOfPattern(page, name));
    }
  }

  /** The page names both ends, and what stands in a remainder, once. */
  private static boolean isOfPattern(String page, String name) {
    var end =
        name.replaceFirst("^(source|destination)\\.", "source.")
            .replaceFirst("^(src|dst)_endpoint\\.", "src_endpoint.")
            .replaceFirst("^dest(_|$)", "src$1")
            .replaceFirst("^threat\\.enrichments\\.indicator\\.", "threat.indicator.")
            .replaceFirst("^(penstock|unmapped)\\.", "");
    return page.contains("`" + end + "`");
  }

  @Test
  void goflow2SaysWhatTheEventSays() {
    flows()
        .forEach(
            event -> {
              var fields = Goflow2Decoder.decode(Documents.write(Schema.GOFLOW2, event));
              var source = event.source();
              isNumber(fields, "bytes", source.bytes());
              isNumber(fields, "packets", source.packets());
              isNumber(fields, "src_port", source.port());
              isNumber(fields, "dst_port", event.destination().port());
              isNumber(fields, "proto", event.traffic().protocol());
              isNumber(fields, "src_mac", source.mac());
              isNumber(fields, "time_flow_start_ns", event.startNanos());
              isNumber(fields, "time_flow_end_ns", event.endNanos());
              isNumber(fields, "sampling_rate", event.traffic().sampling().rate());
              assertThat(fields.get("src_addr"))
                  .isEqualTo(
                      source.hasIp() ? HexFormat.of().formatHex(source.ip().toBytes()) : null);
            });
  }

  private static void isNumber(Map<String, String> fields, String name, long value) {
    boolean isThere = value != Event.ABSENT && value != 0;
    assertThat(fields.get(name)).as(name).isEqualTo(isThere ? Long.toString(value) : null);
  }

  @Test
  void protocReadsTheMessageByThePublishedFile(@TempDir Path folder) throws Exception {
    assumeTrue(hasProtoc(), "protoc is not installed: the second decoder was not asked");
    Files.writeString(folder.resolve("goflow2.proto"), Goflow2Decoder.proto());
    var event = SampleEvents.all().getFirst();
    var input = Files.write(folder.resolve("in"), Documents.write(Schema.GOFLOW2, event));

    var process =
        new ProcessBuilder("protoc", "--decode=flowpb.FlowMessage", "goflow2.proto")
            .directory(folder.toFile())
            .redirectInput(input.toFile())
            .redirectErrorStream(true)
            .start();

    assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
        .contains("type: NETFLOW_V5\n", "sampling_rate: 10\n", "proto: 17\n", "etype: 2048\n")
        .doesNotContainPattern("(?m)^\\d+:");
    assertThat(process.waitFor()).isZero();
  }

  private static boolean hasProtoc() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "protoc")));
  }

  @Test
  void goflow2HasOnlyTheFieldsThatWereAskedFor() {
    var event = SampleEvents.all().getFirst();
    var selection =
        new Selection(
            Schema.GOFLOW2, null, Set.of("src_addr", "dst_addr", "bytes"), Set.of("dst_addr"), 1);

    assertThat(Goflow2Decoder.decode(Documents.write(selection, event)))
        .containsOnlyKeys("src_addr", "bytes");
    assertThatThrownBy(
            () -> Shapes.of(new Selection(Schema.GOFLOW2, null, Set.of("src_ip"), Set.of(), 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no field src_ip");
  }

  @Test
  void selectionReachesWhatSendersNamedThemselvesInEverySchema() {
    var posted = SampleEvents.all().stream().filter(Remainder::isPosted).findFirst().orElseThrow();
    var redact = Set.of("note", "penstock.note", "unmapped.note");

    for (var schema : List.of(Schema.TELEMETRY, Schema.ECS, Schema.OCSF, Schema.CIM)) {
      var whole = new String(Documents.write(schema, posted), UTF_8);
      var selection = new Selection(schema, null, Set.of(), redact, 1);
      var left = new String(Documents.write(selection, posted), UTF_8);

      assertThat(whole).contains("\"note\":");
      assertThat(left).doesNotContain("\"note\"").contains("mplsTopLabel");
    }
  }
}
