package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.config.Environment;
import io.penstock.enrich.EnrichStatus.State;
import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Direction;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Enrichment.ThreatMatch.Side;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnricherTest {

  private static final Path GEO = Path.of("../corpus/geo/test-data");
  private static final String THREAT = "198.51.100.66";

  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private Enricher enricher =
      new Enricher(EnrichConfig.defaults(), registry, InstantSource.system());

  @AfterEach
  void close() {
    enricher.close();
  }

  @Test
  void bothEndsGetTheirPlaceAndTheirAutonomousSystem() {
    environment.put("GEOIP_DB_CITY", GEO.resolve("GeoLite2-City-Test.mmdb").toString());
    environment.put("GEOIP_DB_ASN", GEO.resolve("GeoLite2-ASN-Test.mmdb").toString());
    start();

    var found = enrich(flow("81.2.69.142", "89.160.20.113"));

    assertThat(found.sourceGeo())
        .isEqualTo(new Enrichment.Geo("GB", "London", 51.5142, -0.0931, "Europe/London"));
    assertThat(found.destinationGeo()).extracting(Enrichment.Geo::city).isEqualTo("Linköping");
    assertThat(found.destinationAs()).extracting(AutonomousSystem::number).isEqualTo(29518L);
    assertThat(enricher.status().geo().isLoaded()).isTrue();
    assertThat(enricher.status().geo().builtIn()).isFalse();
    assertThat(enricher.status().geo().built()).isNotNull();
  }

  @Test
  void withoutAnyDatabaseTheBuiltInCountriesAnswer() {
    start();

    var found = enrich(flow("10.0.0.1", "8.8.8.8"));

    assertThat(found.sourceGeo()).isNull();
    assertThat(found.destinationGeo()).extracting(Enrichment.Geo::country).isEqualTo("US");
    assertThat(found.destinationAs()).isNull();
    assertThat(enricher.status().geo().builtIn()).isTrue();
    assertThat(enricher.status().as().state()).isEqualTo(State.MISSING);
    assertThat(enricher.status().threats().state()).isEqualTo(State.MISSING);
    assertThat(gauge("telemetry_geoip_loaded")).isEqualTo(1);
    assertThat(gauge("telemetry_asn_loaded")).isZero();
  }

  @Test
  void aDatabaseThatIsNotThereIsSaidAndTheServiceGoesOn() {
    environment.put("GEOIP_DB_CITY", folder.resolve("none.mmdb").toString());
    start();

    assertThat(enrich(flow("10.0.0.1", "8.8.8.8")).destinationGeo()).isNotNull();
    assertThat(enricher.status().geo().error()).contains("none.mmdb");
  }

  @Test
  void partsThatAreOffAddNothing() {
    environment.put("ENRICH_ENABLE_GEOIP", "false");
    environment.put("ENRICH_ENABLE_TI", "false");
    environment.put("THREATLIST_CSV", write("t.csv", THREAT + ",C2,90\n").toString());
    start();

    var found = enrich(flow("8.8.8.8", THREAT));

    assertThat(found.sourceGeo()).isNull();
    assertThat(found.threats()).isEmpty();
    assertThat(enricher.status().geo().state()).isEqualTo(State.DISABLED);
  }

  /** The vectors of the contract, §4.4. */
  @ParameterizedTest
  @CsvSource({
    "-1,-1,-1,-1,false,10",
    "-1,-1,-1,-1,true,70",
    "-1,445,-1,-1,false,20",
    "-1,23,-1,-1,false,20",
    "-1,1433,-1,-1,false,20",
    "-1,443,-1,-1,false,10",
    "5000,-1,2000000,-1,false,20",
    "5000,-1,1000000,-1,false,10",
    "1023,-1,2000000,-1,false,10",
    "5000,-1,10,2000000,false,20",
    "5000,3389,2000000,-1,true,90",
    "-1,445,2000000,-1,true,80"
  })
  void theRiskScoreIsThatOfTheContract(
      int sourcePort,
      int destinationPort,
      long bytes,
      long answered,
      boolean threat,
      int expected) {
    environment.put("THREATLIST_CSV", write("t.csv", THREAT + ",C2,90\n").toString());
    start();
    var source = end("10.0.0.1", sourcePort, bytes);
    var destination = end(threat ? THREAT : "203.0.113.1", destinationPort, answered);

    assertThat(enrich(flow(source, destination, "")).riskScore()).isEqualTo(expected);
  }

  @Test
  void reasonsSayWhatRaisedTheScore() {
    environment.put("THREATLIST_CSV", write("t.csv", THREAT + ",C2,90\n").toString());
    start();

    var high = enrich(flow(end(THREAT, 5000, 2_000_000), end("10.0.0.1", 3389, -1), ""));
    var low = enrich(flow("10.0.0.1", "10.0.0.2"));

    assertThat(high.reasons())
        .containsExactly(
            "threat intelligence match",
            "sensitive destination port 3389",
            "large transfer from an ephemeral port");
    assertThat(low.reasons()).isEmpty();
  }

  @Test
  void theConfidenceProfileWeighsTheSurestMatch() {
    environment.put(
        "THREATLIST_CSV",
        write("t.csv", "198.51.100.0/24,x,10\n" + THREAT + ",C2,50\n").toString());
    environment.put("RISK_PROFILE", "confidence");
    start();

    assertThat(enrich(flow("10.0.0.1", THREAT)).riskScore()).isEqualTo(40);
  }

  @Test
  void matchesSayWhichEndAndAreCounted() {
    var list = write("bad.csv", "ip_or_cidr,category,confidence\n198.51.100.0/24,C2,85\n");
    environment.put("THREATLIST_CSV", list.toString());
    start();

    var found = enrich(flow(THREAT, "198.51.100.1"));

    assertThat(found.threats())
        .containsExactly(
            new ThreatMatch(Side.SOURCE, THREAT, "198.51.100.0/24", "C2", 85, "bad.csv"),
            new ThreatMatch(
                Side.DESTINATION, "198.51.100.1", "198.51.100.0/24", "C2", 85, "bad.csv"));
    assertThat(counter("telemetry_threatintel_matches")).isEqualTo(2);
    assertThat(gauge("telemetry_threatintel_sources")).isEqualTo(1);
    assertThat(enricher.status().feeds()).containsExactly("bad.csv");
  }

  @Test
  void aDomainThatWasAskedForIsMatched() {
    environment.put("TI_PATH", write("indicators.txt", "domain:evil.com\n").toString());
    start();
    var extra = "\"uid\":\"C1\",\"query\":\"WWW.Evil.COM.\"";

    var found = enrich(flow(end("10.0.0.1", 53, 1), end("10.0.0.2", 53, 1), extra));

    assertThat(found.threats())
        .containsExactly(
            new ThreatMatch(
                Side.DOMAIN, "www.evil.com", "evil.com", "unknown", 50, "indicators.txt"));
    assertThat(found.riskScore()).isEqualTo(70);
  }

  @Test
  void dynamicIndicatorsCountAtOnceBesideThoseOfFiles() {
    environment.put("THREATLIST_CSV", write("t.csv", THREAT + ",C2,90\n").toString());
    start();
    var target = Indicator.Target.parse("203.0.113.0/24").orElseThrow();

    use("default", new Indicator(target, "c2", 90, "api"));

    assertThat(enrich(flow("203.0.113.9", THREAT)).threats()).hasSize(2);
    assertThat(enricher.status().dynamicIndicators()).isEqualTo(1);
    use("default");
    assertThat(enrich(flow("203.0.113.9", THREAT)).threats()).hasSize(1);
  }

  @Test
  void aTenantsIndicatorsAreItsOwnAndThoseForEveryoneHoldForAll() {
    start();
    var own = new Indicator(Indicator.Target.parse("203.0.113.1").orElseThrow(), "c2", 90, "api");
    var all = new Indicator(Indicator.Target.parse("evil.example").orElseThrow(), "x", 10, "api");

    use("acme", own);
    use(Enricher.EVERYONE, all);

    var event =
        flow(end("203.0.113.1", 1, 1), end("10.0.0.1", 1, 1), "\"query\":\"www.evil.example\"");
    assertThat(enricher.enrichmentOf("acme", event).threats())
        .extracting(ThreatMatch::indicator)
        .containsExactly("203.0.113.1", "evil.example");
    assertThat(enricher.enrichmentOf("default", event).threats())
        .extracting(ThreatMatch::indicator)
        .containsExactly("evil.example");
    var ip = Ip.parse("203.0.113.1").orElseThrow();
    assertThat(enricher.lookup("acme", ip).threats()).hasSize(1);
    assertThat(enricher.lookup("default", ip).threats()).isEmpty();
  }

  @Test
  void anIndicatorCountsToTheSecondOfItsExpiry() {
    var clock = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
    enricher.close();
    registry.clear();
    enricher = new Enricher(EnrichConfig.defaults(), registry, clock::get);
    enricher.reload();
    var expires = Instant.parse("2026-03-01T12:00:10Z");
    use(
        "default",
        new Indicator(Indicator.Target.parse("203.0.113.1").orElseThrow(), "a", 1, "f", expires),
        new Indicator(Indicator.Target.parse("203.0.113.0/24").orElseThrow(), "b", 2, "f"),
        new Indicator(Indicator.Target.parse("e.example").orElseThrow(), "c", 3, "f", expires));
    var event = flow(end("203.0.113.1", 1, 1), end("::1", 1, 1), "\"query\":\"e.example\"");

    clock.set(Instant.parse("2026-03-01T12:00:09.999Z"));
    assertThat(enrich(event).threats()).hasSize(3);
    clock.set(expires);
    assertThat(enrich(event).threats())
        .extracting(ThreatMatch::indicator)
        .containsExactly("203.0.113.0/24");
  }

  @Test
  void listsThatOperatorsNameAreToldApartUpToABound() {
    start();
    for (int i = 0; i < 250; i++) {
      var target = Indicator.Target.parse("203.0.113.1").orElseThrow();
      use("default", new Indicator(target, "c", 1, "feed-" + i));
      enrich(flow("203.0.113.1", "10.0.0.1"));
    }

    assertThat(series("telemetry_threatintel_matches")).isEqualTo(201);
    assertThat(counter("telemetry_threatintel_matches")).isEqualTo(250);
  }

  @Test
  void aDatabaseThatIsChosenWhileRunningAnswersAtOnce() {
    start();
    assertThat(enrich(flow("81.2.69.142", "10.0.0.1")).sourceGeo())
        .extracting(Enrichment.Geo::city)
        .isNull();

    enricher.useGeo(new Enricher.GeoChoice(true, GEO.resolve("GeoLite2-City-Test.mmdb"), null));
    assertThat(enrich(flow("81.2.69.142", "10.0.0.1")).sourceGeo())
        .extracting(Enrichment.Geo::city)
        .isEqualTo("London");

    enricher.useGeo(new Enricher.GeoChoice(false, null, null));
    assertThat(enrich(flow("81.2.69.142", "10.0.0.1")).sourceGeo()).isNull();
    assertThat(enricher.status().geo().state()).isEqualTo(State.DISABLED);

    enricher.useGeo(new Enricher.GeoChoice(true, null, null));
    assertThat(enricher.status().geo().builtIn()).isTrue();
  }

  @Test
  void systemsThatAreChosenWhileRunningAnswerAtOnceAndLeaveGeographyAlone() {
    start();
    var before = enricher.status();

    enricher.useGeo(new Enricher.GeoChoice(true, null, GEO.resolve("GeoLite2-ASN-Test.mmdb")));

    var flow = flow("1.128.0.1", "10.0.0.1");
    assertThat(enrich(flow).sourceAs()).extracting(AutonomousSystem::number).isEqualTo(1221L);
    assertThat(enricher.status().geo().kind()).isEqualTo(before.geo().kind());

    enricher.useGeo(new Enricher.GeoChoice(true, null, null));
    assertThat(enrich(flow).sourceAs()).isNull();
    assertThat(enricher.status().as()).isEqualTo(before.as());
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.1.1,8.8.8.8,OUTBOUND",
    "8.8.8.8,192.168.1.1,INBOUND",
    "172.16.0.1,172.31.255.255,INTERNAL",
    "172.32.0.1,8.8.8.8,EXTERNAL",
    "100.64.0.1,100.127.255.255,INTERNAL",
    "127.0.0.1,169.254.3.4,INTERNAL",
    "fd00::1,fe80::1,INTERNAL",
    "::1,2001:4860::1,OUTBOUND",
    "192.168.1.1,224.0.0.251,INTERNAL",
    "198.51.100.7,8.8.8.8,OUTBOUND",
    "2001:4860::1,2001:4860::2,EXTERNAL"
  })
  void directionIsSeenFromOurNetworks(String source, String destination, Direction direction) {
    environment.put("INTERNAL_NETWORKS", "198.51.100.0/24");
    start();

    assertThat(enrich(flow(source, destination)).direction()).isEqualTo(direction);
  }

  @Test
  void aFlowWithoutAddressesIsEnrichedWithWhatIsKnown() {
    start();

    var found = enrich(flow(Endpoint.NONE, Endpoint.NONE, ""));

    assertThat(found.direction()).isEqualTo(Direction.UNKNOWN);
    assertThat(found.riskScore()).isEqualTo(10);
    assertThat(found.sourceGeo()).isNull();
  }

  @Test
  void aLookUpAnswersForOneAddress() {
    environment.put("GEOIP_DB_CITY", GEO.resolve("GeoLite2-City-Test.mmdb").toString());
    environment.put("THREATLIST_CSV", write("t.csv", "81.2.69.0/24,C2,90\n").toString());
    start();

    var found = enricher.lookup("default", Ip.parse("81.2.69.142").orElseThrow());
    var clean = enricher.lookup("default", Ip.parse("10.0.0.1").orElseThrow());

    assertThat(found.geo()).extracting(Enrichment.Geo::city).isEqualTo("London");
    assertThat(found.threats()).hasSize(1);
    assertThat(found.riskScore()).isEqualTo(70);
    assertThat(clean.riskScore()).isEqualTo(10);
    assertThat(clean.isInternal()).isTrue();
    assertThat(clean.geo()).isNull();
  }

  @Test
  void aChangedFileReplacesItsTableOnceItHasSettled() throws IOException {
    var city = folder.resolve("city.mmdb");
    copy("GeoLite2-Country-Test.mmdb", city);
    environment.put("GEOIP_DB_CITY", city.toString());
    start();
    assertThat(enrich(flow("81.2.69.142", "10.0.0.1")).sourceGeo())
        .extracting(Enrichment.Geo::city)
        .isNull();

    copy("GeoLite2-City-Test.mmdb", city);
    enricher.poll();
    assertThat(enrich(flow("81.2.69.142", "10.0.0.1")).sourceGeo())
        .as("still being written, perhaps")
        .extracting(Enrichment.Geo::city)
        .isNull();
    enricher.poll();

    assertThat(enrich(flow("81.2.69.142", "10.0.0.1")).sourceGeo())
        .extracting(Enrichment.Geo::city)
        .isEqualTo("London");
  }

  @Test
  void aBadNewFileLeavesTheOldTableInUseAndIsReported() throws IOException {
    var city = folder.resolve("city.mmdb");
    copy("GeoLite2-City-Test.mmdb", city);
    environment.put("GEOIP_DB_CITY", city.toString());
    start();

    Files.writeString(city, "not a database");
    enricher.poll();
    enricher.poll();

    assertThat(enrich(flow("81.2.69.142", "10.0.0.1")).sourceGeo())
        .extracting(Enrichment.Geo::city)
        .isEqualTo("London");
    assertThat(enricher.status().geo().isLoaded()).isTrue();
    assertThat(enricher.status().geo().error()).isNotBlank();

    copy("GeoLite2-City-Test.mmdb", city);
    enricher.poll();
    enricher.poll();
    assertThat(enricher.status().geo().error()).isNull();
  }

  @Test
  void aFileThatGoesAwayLeavesItsTableInUse() throws IOException {
    var list = write("t.csv", THREAT + ",C2,90\n");
    environment.put("THREATLIST_CSV", list.toString());
    start();

    Files.delete(list);
    enricher.poll();
    enricher.poll();

    assertThat(enrich(flow("10.0.0.1", THREAT)).threats()).hasSize(1);
    assertThat(enricher.status().threats().error()).isEqualTo("file is gone");
  }

  @Test
  void aBadDatabaseAtTheStartLeavesTheBuiltInCountries() {
    environment.put("GEOIP_DB_CITY", write("bad.mmdb", "rubbish").toString());
    environment.put("GEOIP_DB_ASN", write("bad-asn.mmdb", "rubbish").toString());
    start();

    assertThat(enrich(flow("10.0.0.1", "8.8.8.8")).destinationGeo()).isNotNull();
    assertThat(enricher.status().geo().error()).isNotBlank();
    assertThat(enricher.status().as().state()).isEqualTo(State.ERROR);
  }

  @Test
  void filesAreFollowedInTheBackground() throws Exception {
    var lists = Files.createDirectory(folder.resolve("ti"));
    environment.put("TI_DATA_DIR", lists.toString());
    environment.put("ENRICH_RELOAD_SECONDS", "1");
    open();
    enricher.start();
    assertThat(enricher.awaitLoaded(Duration.ofSeconds(20))).isTrue();
    assertThat(enrich(flow("10.0.0.1", THREAT)).threats()).isEmpty();

    Files.createDirectories(lists.resolve("ips"));
    Files.writeString(lists.resolve("ips/new.txt"), THREAT + "\n");

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(enrich(flow("10.0.0.1", THREAT)).threats()).hasSize(1));
  }

  @Test
  void theFirstEventWaitsForTheTables() {
    open();
    enricher.start();

    assertThat(enrich(flow("10.0.0.1", "8.8.8.8")).destinationGeo()).isNotNull();
  }

  @Test
  void aStateRecordHasNoEndsAndNoRisk() {
    start();
    var flow = flow("10.0.0.1", THREAT);
    var options =
        new Event(
            1,
            2,
            Event.Kind.OPTIONS,
            flow.origin(),
            0,
            0,
            Endpoint.NONE,
            Endpoint.NONE,
            Traffic.NONE,
            0,
            Event.NO_EXTRA,
            null);

    assertThat(enrich(options).riskScore()).isZero();
  }

  private void open() {
    enricher.close();
    registry.clear();
    enricher =
        new Enricher(
            EnrichConfig.from(new Environment(environment)), registry, InstantSource.system());
  }

  private void start() {
    open();
    enricher.reload();
  }

  private void use(String tenant, Indicator... indicators) {
    enricher.useIndicators(tenant, List.of(indicators)::forEach);
  }

  private Enrichment enrich(Event event) {
    return Objects.requireNonNull(enricher.enrich("default", event).enrichment());
  }

  private static void copy(String database, Path to) throws IOException {
    Files.copy(GEO.resolve(database), to, StandardCopyOption.REPLACE_EXISTING);
  }

  private Path write(String name, String content) {
    try {
      return Files.writeString(folder.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double counter(String name) {
    for (var metric : registry.scrape()) {
      if (metric.getMetadata().getName().equals(name)
          && metric instanceof CounterSnapshot counter) {
        return counter.getDataPoints().stream()
            .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
            .sum();
      }
    }
    throw new AssertionError("no counter " + name);
  }

  private long series(String name) {
    for (var metric : registry.scrape()) {
      if (metric.getMetadata().getName().equals(name)) {
        return metric.getDataPoints().size();
      }
    }
    throw new AssertionError("no metric " + name);
  }

  private double gauge(String name) {
    for (var metric : registry.scrape()) {
      if (metric.getMetadata().getName().equals(name) && metric instanceof GaugeSnapshot gauge) {
        return gauge.getDataPoints().getFirst().getValue();
      }
    }
    throw new AssertionError("no gauge " + name);
  }

  private static Event flow(String source, String destination) {
    return flow(end(source, -1, -1), end(destination, -1, -1), "");
  }

  private static Endpoint end(String address, int port, long bytes) {
    var ip = Ip.parse(address).orElseThrow();
    return new Endpoint(ip.high(), ip.low(), port, -1, -1, -1, bytes, -1, null);
  }

  private static Event flow(Endpoint source, Endpoint destination, String extra) {
    var origin = new Origin(Protocol.ZEEK, Ip.v4(0x7f000001), 0, -1, -1, -1, 0, null, null, null);
    return new Event(
        1,
        2,
        Event.Kind.FLOW,
        origin,
        0,
        0,
        source,
        destination,
        Traffic.NONE,
        0,
        extra.getBytes(StandardCharsets.UTF_8),
        null);
  }
}
