package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LONG;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.config.Environment;
import io.penstock.logs.Logs;
import io.penstock.metrics.Meter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.MetricWithFixedMetadata;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * What the HTTP contract says of the Prometheus page, held against a running server: every name
 * with its type, at least its labels, and its buckets; and what the dashboard and the alerts of
 * {@code deploy/} ask for is there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MetricsContractTest {

  private static final String KEY = "key-of-the-metrics-contract";
  private static final Path DEPLOY = Path.of("..", "deploy");

  /** Name, type, labels, and for histograms the buckets. */
  private static final String CONTRACT =
      """
      build_info gauge version image image_tag
      telemetry_requests_total counter status_class path_group tenant code
      telemetry_http_admitted_total counter tenant
      telemetry_http_dropped_total counter reason tenant
      telemetry_request_fitness histogram : .6 .9 1
      telemetry_records_processed_total counter tenant
      telemetry_threat_matches_total counter tenant
      telemetry_blocked_source_total counter source reason tenant
      telemetry_fifo_dropped_total counter
      telemetry_udp_packets_received_total counter
      telemetry_udp_admitted_total counter
      telemetry_udp_dropped_total counter reason
      telemetry_udp_head_ready gauge
      telemetry_udp_head_datagrams_total counter
      telemetry_udp_head_bind_errors_total counter
      telemetry_udp_head_packets_total counter
      telemetry_udp_head_bytes_total counter
      telemetry_udp_head_last_packet_ts gauge
      telemetry_ingest_batches_total counter
      telemetry_ingest_reject_total counter reason
      telemetry_ingest_batch_bytes histogram : 1024 10240 102400 512000 1024000 2097152 4194304 5242880
      telemetry_ingest_records_per_batch histogram : 1 10 50 100 500 1000 5000 10000
      telemetry_queue_depth gauge
      telemetry_queue_saturation gauge
      telemetry_queue_enqueues_total counter
      telemetry_queue_drops_total counter
      telemetry_worker_processed_total counter
      telemetry_worker_errors_total counter stage kind
      telemetry_event_processing_seconds histogram : .001 .005 .01 .05 .1 .5 1 2 5 10
      telemetry_stage_seconds histogram stage
      telemetry_http_blocked_ip_total counter source_id
      telemetry_source_type_mismatch_total counter source_id
      telemetry_export_test_total counter dest code
      telemetry_outputs_test_success_total counter target
      telemetry_outputs_test_fail_total counter target
      telemetry_export_sent_total counter dest
      telemetry_export_failed_total counter dest reason
      telemetry_export_latency_ms histogram dest : 10 50 100 250 500 1000 2500 5000
      telemetry_export_backlog gauge dest
      telemetry_export_dlq_depth gauge dest
      telemetry_geoip_loaded gauge
      telemetry_geoip_last_refresh_timestamp gauge
      telemetry_asn_loaded gauge
      telemetry_asn_last_refresh_timestamp gauge
      telemetry_threatintel_loaded gauge
      telemetry_threatintel_sources gauge
      telemetry_threatintel_matches_total counter type source
      telemetry_records_parsed_total counter
      telemetry_eps gauge tenant
      telemetry_queue_lag gauge
      telemetry_processing_latency_ms histogram : 1 5 10 25 50 100 250 500 1000 2500 5000
      process_cpu_seconds_total counter
      process_resident_memory_bytes gauge
      process_open_fds gauge
      process_start_time_seconds gauge
      """;

  /** Counters that have no series before the first failure names its labels. */
  private static final Set<String> WITHOUT_SERIES =
      Set.of(
          "telemetry_blocked_source_total",
          "telemetry_http_blocked_ip_total",
          "telemetry_source_type_mismatch_total",
          "telemetry_export_test_total",
          "telemetry_export_failed_total",
          "telemetry_threatintel_matches_total");

  /** One name of the contract, or of the server. */
  private record Name(String name, String type, Set<String> labels, List<Double> buckets) {

    static Name parse(String line) {
      var halves = line.split(" : ");
      var words = Arrays.asList(halves[0].split(" "));
      var buckets =
          halves.length == 1
              ? List.<Double>of()
              : Arrays.stream(halves[1].split(" ")).map(Double::valueOf).toList();
      return new Name(
          words.get(0), words.get(1), Set.copyOf(words.subList(2, words.size())), buckets);
    }
  }

  private static final class OpenRegistry extends PrometheusRegistry {
    private final List<Collector> collectors = new ArrayList<>();

    @Override
    public void register(Collector collector) {
      super.register(collector);
      collectors.add(collector);
    }
  }

  private final OpenRegistry registry = new OpenRegistry();
  private Server server;
  private String exposition;
  private Map<String, Object> system;

  @BeforeAll
  void run(@TempDir Path data) throws IOException, InterruptedException {
    var environment =
        new Environment(
            Map.of(
                "PENSTOCK_DATA", data.toString(),
                "API_KEY", KEY,
                "APP_PORT", "0",
                "NETFLOW_PORT", "0",
                "IPFIX_PORT", "0",
                "SFLOW_PORT", "0",
                "PROXY_PORT", "0",
                "ALERT_WEBHOOK_URL", "http://127.0.0.1:9/alerts"));
    var said = new ByteArrayOutputStream();
    server =
        Server.start(
            ServerConfig.from(environment, "0"),
            Logs.none(),
            new PrintStream(said, true, StandardCharsets.UTF_8),
            registry);
    var port =
        Pattern.compile("http (\\d+)").matcher(said.toString(StandardCharsets.UTF_8)).results();
    var origin = "http://localhost:" + port.findFirst().orElseThrow().group(1);
    var flow =
        """
        {"ts":1723351200,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,"dst_port":53,\
        "protocol":"udp","bytes":120,"packets":1}\
        """;
    try (var client = HttpClient.newHttpClient()) {
      for (var body : List.of("[" + flow + "," + flow + "]", "[]")) {
        var post = HttpRequest.newBuilder(URI.create(origin + "/v1/ingest"));
        post.header("Authorization", "Bearer " + KEY).POST(BodyPublishers.ofString(body));
        client.send(post.build(), BodyHandlers.discarding());
      }
      var scrape = HttpRequest.newBuilder(URI.create(origin + "/v1/metrics/prometheus"));
      scrape.header("Authorization", "Bearer " + KEY);
      exposition = client.send(scrape.build(), BodyHandlers.ofString()).body();
      var ask = HttpRequest.newBuilder(URI.create(origin + "/v1/system"));
      ask.header("Authorization", "Bearer " + KEY);
      system =
          JsonMapper.builder()
              .build()
              .fromJsonObject(client.send(ask.build(), BodyHandlers.ofString()).body());
    }
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private Map<String, Name> registered() {
    var names = new TreeMap<String, Name>();
    for (var collector : registry.collectors) {
      var name = nameOf(collector);
      names.put(name.name(), name);
    }
    return names;
  }

  private static Name nameOf(Collector collector) {
    var snapshot = collector.collect();
    var base = snapshot.getMetadata().getPrometheusName();
    return switch (snapshot) {
      case CounterSnapshot _ -> new Name(base + "_total", "counter", labels(collector), List.of());
      case InfoSnapshot _ -> new Name(base + "_info", "gauge", labels(collector), List.of());
      case GaugeSnapshot _ -> new Name(base, "gauge", labels(collector), List.of());
      case HistogramSnapshot _ ->
          new Name(base, "histogram", labels(collector), buckets((Histogram) collector));
      case SummarySnapshot _ -> new Name(base, "summary", labels(collector), List.of());
      case MetricSnapshot other -> new Name(base, other.getClass().getName(), Set.of(), List.of());
    };
  }

  private static Set<String> labels(Collector collector) {
    return Set.of((String[]) field(MetricWithFixedMetadata.class, "labelNames", collector));
  }

  /** The last is infinity. */
  private static List<Double> buckets(Histogram histogram) {
    var bounds = (double[]) field(Histogram.class, "classicUpperBounds", histogram);
    return Arrays.stream(bounds).filter(Double::isFinite).boxed().toList();
  }

  private static Object field(Class<?> type, String name, Object of) {
    try {
      var field = type.getDeclaredField(name);
      field.setAccessible(true);
      return field.get(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the metrics library has changed", e);
    }
  }

  @Test
  void everyNameOfTheContractIsThereWithItsTypeLabelsAndBuckets() {
    var registered = registered();

    CONTRACT
        .lines()
        .map(Name::parse)
        .forEach(
            wanted -> {
              assertThat(registered).containsKey(wanted.name());
              var found = Objects.requireNonNull(registered.get(wanted.name()));
              assertThat(found.type()).as(wanted.name()).isEqualTo(wanted.type());
              assertThat(found.labels()).as(wanted.name()).containsAll(wanted.labels());
              if (!wanted.buckets().isEmpty()) {
                assertThat(found.buckets()).as(wanted.name()).isEqualTo(wanted.buckets());
              }
            });
  }

  @Test
  void thePageOfAServerThatTookABatchShowsThem() {
    var typed =
        exposition
            .lines()
            .filter(line -> line.startsWith("# TYPE "))
            .collect(Collectors.toMap(line -> line.split(" ")[2], line -> line.split(" ")[3]));

    CONTRACT
        .lines()
        .map(Name::parse)
        .filter(wanted -> !WITHOUT_SERIES.contains(wanted.name()))
        .forEach(wanted -> assertThat(typed).containsEntry(wanted.name(), wanted.type()));
    assertThat(exposition.lines())
        .contains(
            "telemetry_records_processed_total{tenant=\"default\"} 2.0",
            "telemetry_worker_processed_total 2.0",
            "telemetry_http_dropped_total{reason=\"no_records\",tenant=\"default\"} 1.0",
            "telemetry_stage_seconds_count{stage=\"enrich\"} 1",
            "telemetry_stage_seconds_count{stage=\"store\"} 1",
            "telemetry_event_processing_seconds_count 1",
            "telemetry_worker_errors_total{kind=\"exception\",stage=\"enrich\"} 0.0",
            "telemetry_export_sent_total{dest=\"splunk\",tenant=\"default\"} 0.0")
        .anyMatch(line -> line.startsWith("telemetry_eps{tenant=\"default\"} 0.03"));
  }

  @Test
  void theSystemIsMeasured() {
    assertThat(system)
        .containsEntry("status", "ok")
        .containsEntry("backpressure", false)
        .containsEntry("backpressure_reasons", List.of())
        .containsEntry("udp_head", "ready");
    assertThat(system.get("database")).asInstanceOf(MAP).containsEntry("engine", "sqlite");
    assertThat(system.get("log"))
        .asInstanceOf(MAP)
        .hasEntrySatisfying("size_bytes", size -> assertThat((Long) size).isPositive());
    assertThat(system.get("limits")).asInstanceOf(MAP).containsEntry("batch_records", 10_000L);
    assertThat(system.get("workers")).asInstanceOf(LONG).isPositive();
    assertThat(system.get("listeners"))
        .asInstanceOf(list(Map.class))
        .allSatisfy(listener -> assertThat((Long) listener.get("port")).isPositive())
        .extracting(listener -> listener.get("protocol"))
        .contains("http", "udp");
  }

  /** What a query may name: the registered names, and what a histogram or summary makes of them. */
  private Set<String> queryable() {
    var names = new TreeSet<String>();
    for (var name : registered().values()) {
      names.add(name.name());
      if (name.type().equals("histogram") || name.type().equals("summary")) {
        names.addAll(List.of(name.name() + "_sum", name.name() + "_count"));
      }
      if (name.type().equals("histogram")) {
        names.add(name.name() + "_bucket");
      }
    }
    return names;
  }

  @Test
  void whatTheDashboardAsksForExists() throws IOException {
    var dashboard =
        JsonMapper.builder()
            .build()
            .fromJsonObject(Files.readString(DEPLOY.resolve("grafana/telemetry-api.json")));
    var queries = new ArrayList<String>();
    gather(dashboard, Set.of("expr", "query", "definition"), queries);

    assertThat(dashboard).containsEntry("uid", "telemetry-api").containsEntry("refresh", "5s");
    assertThat(queries).contains("label_values(telemetry_requests_total, tenant)");
    holds(queries);
  }

  @Test
  void theDashboardsPanelsHaveNumbersOfTheirOwnAndDoNotOverlap() throws IOException {
    var dashboard =
        JsonMapper.builder()
            .build()
            .fromJsonObject(Files.readString(DEPLOY.resolve("grafana/telemetry-api.json")));
    var places = new HashSet<List<Long>>();
    var numbers = new HashSet<Object>();

    for (var panel : (List<?>) Objects.requireNonNull(dashboard.get("panels"))) {
      var one = (Map<?, ?>) panel;
      assertThat(numbers.add(one.get("id"))).as(one.get("title") + "'s number").isTrue();
      var place = (Map<?, ?>) Objects.requireNonNull(one.get("gridPos"));
      for (long x = number(place, "x"); x < number(place, "x") + number(place, "w"); x++) {
        for (long y = number(place, "y"); y < number(place, "y") + number(place, "h"); y++) {
          assertThat(x).as(one.get("title") + "'s place").isLessThan(24);
          assertThat(places.add(List.of(x, y))).as(one.get("title") + "'s place").isTrue();
        }
      }
    }
  }

  private static long number(Map<?, ?> object, String name) {
    return (Long) Objects.requireNonNull(object.get(name));
  }

  @Test
  void whatTheAlertsAskForExists() throws IOException {
    var load = new Load(LoadSettings.builder().build());
    var rules =
        load.loadFromString(Files.readString(DEPLOY.resolve("prometheus/penstock-alerts.yml")));
    var queries = new ArrayList<String>();
    gather(rules, Set.of("expr"), queries);
    var alerts = new ArrayList<String>();
    gather(rules, Set.of("alert"), alerts);

    assertThat(alerts)
        .contains(
            "TelemetryBlockedSpike",
            "TelemetryFifoDropping",
            "SourceEnabledNoTraffic",
            "HighErrorRate",
            "UDPPacketLoss",
            "APIHighLatency");
    assertThat(queries).hasSameSizeAs(alerts);
    holds(queries);
  }

  private static void gather(Object node, Set<String> keys, List<String> found) {
    switch (node) {
      case Map<?, ?> map ->
          map.forEach(
              (key, value) -> {
                if (value instanceof String text && keys.contains(String.valueOf(key))) {
                  found.add(text);
                }
                if (value != null) {
                  gather(value, keys, found);
                }
              });
      case List<?> items -> items.forEach(item -> gather(item, keys, found));
      default -> {}
    }
  }

  private static final Pattern SELECTOR =
      Pattern.compile(
          "\\b((?:telemetry|intercept|process|jvm)_[a-z0-9_]+|build_info)\\b(?:\\{([^}]*)})?");
  private static final Pattern GROUPING = Pattern.compile("\\bby \\(([^)]*)\\)");

  /** The labels of a metric, or of that which a histogram or summary makes of itself. */
  private Set<String> labelsOf(String name) {
    var registered = registered();
    var found = registered.get(name);
    return found != null
        ? found.labels()
        : Objects.requireNonNull(registered.get(name.replaceFirst("_(bucket|sum|count)$", "")))
            .labels();
  }

  /**
   * Every metric that is named exists, and has the labels by which it is selected; and what is
   * grouped by is a label of one of those that the query names.
   */
  private void holds(List<String> queries) {
    var names = queryable();
    int count = 0;
    for (var query : queries) {
      var labels = new HashSet<String>(Set.of("le"));
      for (var selector : SELECTOR.matcher(query).results().toList()) {
        assertThat(names).as(query).contains(selector.group(1));
        labels.addAll(labelsOf(selector.group(1)));
        if (selector.group(2) != null) {
          for (var matcher : selector.group(2).split(",")) {
            assertThat(labelsOf(selector.group(1)))
                .as(query)
                .contains(matcher.split("[=!~]")[0].strip());
          }
        }
        count++;
      }
      for (var grouping : GROUPING.matcher(query).results().toList()) {
        assertThat(labels).as(query).contains(grouping.group(1).split(",\\s*"));
      }
    }
    assertThat(count).isPositive();
  }

  @Test
  void aThousandTenantsDoNotMakeTheScrapeSlow() throws IOException {
    var crowded = new PrometheusRegistry();
    var meter = new Meter(InstantSource.system(), crowded);
    for (int i = 0; i < 1_000; i++) {
      meter.httpAdmitted("tenant-" + i, 1);
      meter.httpDropped("tenant-" + i, "no_records");
    }
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 50; i++) {
      long began = System.nanoTime();
      PrometheusTextFormatWriter.create().write(OutputStream.nullOutputStream(), crowded.scrape());
      best = Math.min(best, System.nanoTime() - began);
    }

    // Five series a tenant: a few milliseconds; the limit leaves room for a busy machine.
    assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(100));
    if (Boolean.getBoolean("metrics.show")) {
      System.out.printf("scrape of 1,000 tenants: %.1f ms%n", best / 1e6);
    }
  }
}
