package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.admit.Admission;
import io.penstock.admit.KernelAllowList;
import io.penstock.admit.UnknownExporters;
import io.penstock.audit.AuditConfig;
import io.penstock.audit.RequestAudit;
import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.control.AdminAudit;
import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Flags;
import io.penstock.control.Indicators;
import io.penstock.control.Jobs;
import io.penstock.control.KeyConfig;
import io.penstock.control.Keys;
import io.penstock.control.Output;
import io.penstock.control.Outputs;
import io.penstock.control.Secret;
import io.penstock.control.Settings;
import io.penstock.control.Sources;
import io.penstock.control.Tenant;
import io.penstock.control.Tenant.Quotas;
import io.penstock.control.Tenants;
import io.penstock.control.Vault;
import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeMetrics;
import io.penstock.decode.ExporterDirectory;
import io.penstock.enrich.EnrichConfig;
import io.penstock.enrich.Enricher;
import io.penstock.enrich.Lookup;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Ip;
import io.penstock.http.HttpConfig;
import io.penstock.http.HttpServer;
import io.penstock.http.LiveStreams;
import io.penstock.http.ProxyConfig;
import io.penstock.http.RouteTable;
import io.penstock.http.Tickets;
import io.penstock.journal.ExchangeReader;
import io.penstock.json.Json;
import io.penstock.log.LogConfig;
import io.penstock.log.Receipts;
import io.penstock.log.SegmentLog;
import io.penstock.logs.Logs;
import io.penstock.metrics.Meter;
import io.penstock.outputs.LogHold;
import io.penstock.outputs.ReceivingSinks;
import io.penstock.outputs.Shippers;
import io.penstock.pipeline.EventTail;
import io.penstock.pipeline.TenantQuotas;
import io.penstock.profile.Decoder;
import io.penstock.profile.ProfileFiles;
import io.penstock.profile.Profiles;
import io.penstock.registry.Registry;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.SinkMetrics;
import io.penstock.stub.StubConfig;
import io.penstock.stub.Stubs;
import io.penstock.wire.Exporter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The whole API on a port of its own, over a store in memory and real receipts, and a client that
 * talks to it.
 */
final class ApiServer implements AutoCloseable {

  static final String ADMIN = "admin-key-of-the-test";
  static final String INGESTER = "ingest-key-of-the-test";
  static final String HUNTER = "hunter-key-of-the-test";
  static final String READER = "reader-key-of-the-test";

  /** A database that the configuration names. */
  static final Path GEO_FILE =
      Path.of("..", "corpus", "geo", "test-data", "GeoLite2-Country-Test.mmdb");

  static final int UPLOAD_BYTES_MAX = 4 << 20;

  /** The tests ask more often than a client may. */
  private static final HttpConfig.Clients UNLIMITED =
      new HttpConfig.Clients(10_000, 0, 0, ProxyConfig.NONE);

  private static final DemoConfig DEMO =
      new DemoConfig(true, 1000, Duration.ofMinutes(2), EnumSet.allOf(DemoConfig.Variant.class));

  /** A stream is never silent for long, so that a client that went away is soon noticed. */
  private static final LiveStreams.Limits LIVE =
      new LiveStreams.Limits(6, 6, 3, Duration.ofMillis(100), Duration.ofSeconds(1));

  final MemoryStore store = new MemoryStore();
  final PrometheusRegistry registry = new PrometheusRegistry();
  final RequestAudit requests;
  final Logs logs = Logs.none();
  final RouteTable routes;
  private final LiveStreams live;
  final EventTail tail = new EventTail(new PrometheusRegistry());
  private final Path folder;
  final Sources sources;
  final Flags flags;
  final SegmentLog log;
  final ReceivingSinks sinks = new ReceivingSinks();
  final Outputs outputs;
  final DeadLetters letters;
  final Shippers shippers;
  private final Receipts receipts;
  final Tenants tenants;
  final Keys keys;
  final SignInLinks links;
  final AdminAudit audit;
  final Database database;

  /** Tenants of which something is said to be left. */
  final Set<String> left = ConcurrentHashMap.newKeySet();

  private final Leftovers leftovers =
      new Leftovers() {
        @Override
        public void clear() {}

        @Override
        public boolean has(String tenant) {
          return left.contains(tenant);
        }
      };

  private final Jobs jobs;
  private final Enricher enricher;
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  ApiServer() {
    this(UnaryOperator.identity(), UnaryOperator.identity());
  }

  ApiServer(UnaryOperator<ApiConfig> config, UnaryOperator<HttpConfig> http) {
    this(config, http, _ -> Quotas.NONE);
  }

  ApiServer(
      UnaryOperator<ApiConfig> config,
      UnaryOperator<HttpConfig> http,
      Function<String, Quotas> quotas) {
    InstantSource clock = InstantSource.system();
    var meter = new Meter(clock, registry);
    try {
      folder = Files.createTempDirectory("api");
      log = SegmentLog.open(LogConfig.in(folder.resolve("log")), registry, clock);
      receipts =
          new Receipts(log, folder.resolve("receipts"), Receipts.Limits.DEFAULT, registry, clock);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    this.database = Database.open(new DatabaseConfig.Sqlite(folder.resolve("control")), registry);
    this.tenants = new Tenants(database, Tenants.RETENTION_DAYS, clock);
    this.keys = new Keys(database, keyConfig(), clock, registry);
    this.audit = new AdminAudit(database, clock);
    sources = new Sources(database, clock);
    flags = new Flags(database, Map.of(), clock);
    var admission = new Admission(sources, flags, UnknownExporters.DROP, registry, clock);
    var allowList =
        new KernelAllowList(
            null,
            admission::exporterNetworks,
            new KernelAllowList.Ports(List.of(2055), List.of()),
            clock);
    var settings = config.apply(ApiConfig.defaults(ApiConfig.Version.of("0.1.0")));
    Intake intake =
        (batch, enriched) ->
            store
                .accept(batch, enriched)
                .thenApply(
                    position -> {
                      meter.durable(batch, Duration.ofMillis(1));
                      admission.durable(batch);
                      return position;
                    });
    Supplier<SystemState> state = () -> SystemState.IDLE;
    var tickets = new Tickets(clock);
    links = new SignInLinks(clock);
    requests = new RequestAudit(AuditConfig.DEFAULT, clock, registry);
    live = new LiveStreams(LIVE, registry);
    var exporters = new ExporterDirectory(List.of(decoder(registry)), Registry::load);
    this.jobs = new Jobs(database, registry, clock);
    this.enricher = new Enricher(EnrichConfig.defaults(), registry, clock);
    enricher.start();
    var resources = new ArrayList<Resource>();
    resources.addAll(
        List.of(
            new PageResource(),
            new DashboardResource(),
            new SessionResource(links, keys, audit, clock),
            new StatusResource(settings.version(), state, meter, clock),
            new UtilsResource(),
            new DemoResource(
                DEMO, intake, new TenantQuotas(quotas, new PrometheusRegistry()), clock),
            new MetricsResource(meter, state, registry, settings.publicPrometheus()),
            new IngestResource(
                settings,
                admission,
                intake,
                new TenantQuotas(quotas, registry),
                receipts,
                clock,
                meter,
                registry),
            new EventsResource(store, enricher::riskParts, clock),
            new FilterResource(store, clock),
            new EventExportResource(store, clock),
            new LookupResource(ApiServer::lookup),
            new KeysResource(keys, tenants, audit, clock),
            new TenantsResource(tenants, leftovers, audit, clock),
            new ExportersResource(exporters, admission::tenantOf, List::of, clock),
            new SourcesResource(sources, tenants, admission, flags, audit, clock),
            new FlagsResource(flags, audit),
            new AdminAuditResource(audit),
            new AllowListResource(allowList, admission::enabledSources, audit),
            new RequestsResource(requests, live, tickets, clock),
            new LogsResource(logs.ring(), live, tickets, clock)));
    resources.addAll(intelligence(settings, clock));
    outputs = new Outputs(database, Vault.in(folder.resolve("secret.key")), List.of(), clock);
    letters =
        new DeadLetters(
            folder.resolve("dlq"),
            new DeadLetters.Limits(1 << 30, Duration.ofDays(7), _ -> 0),
            registry,
            clock);
    shippers = shippers(clock);
    resources.add(new OutputsResource(outputs, shippers, audit));
    var parts =
        new OverviewParts(
            meter,
            exporters,
            admission::tenantOf,
            outputs::all,
            shippers::report,
            registry,
            () -> OverviewParts.ServerFigures.NONE);
    resources.add(new OverviewResource(parts, store, live, tickets, clock, registry));
    resources.add(new DeadLettersResource(outputs, shippers, letters, audit, clock));
    resources.add(new TailResource(tail, live, tickets));
    resources.addAll(interception(store, clock));
    resources.add(stubs(store, new Settings(database, clock), audit, clock));
    var api = new Api(resources, settings.version(), meter, registry);
    this.routes = api.routes();
    this.server =
        new HttpServer(
                http.apply(HttpConfig.onPort(0).withClients(UNLIMITED)),
                routes,
                Api.authenticator(keys, tenants),
                registry,
                api.observer().andThen(requests))
            .start();
  }

  private static Resource stubs(
      EventQueries events, Settings settings, AdminAudit audit, InstantSource clock) {
    var registry = new PrometheusRegistry();
    var stubs = new Stubs(StubConfig.DEFAULT, registry, clock, new Random(1), () -> "");
    return new StubsResource(
        stubs,
        new KeptStubs(settings, stubs),
        events,
        new ExchangeReader(Optional.empty()),
        audit,
        clock);
  }

  /** Where nothing is intercepted: as a server is without a proxy. */
  private static List<Resource> interception(EventQueries events, InstantSource clock) {
    var registry = new PrometheusRegistry();
    var profiles = new Profiles(ProfileFiles.shipped().profiles(), new Decoder(registry), clock);
    return List.of(
        new ExchangesResource(
            events,
            new ExchangeReader(Optional.empty()),
            exchange -> profiles.explain(exchange).json(),
            "test",
            clock),
        new InterceptionResource(Json::object, profiles, Optional::empty),
        new InventoryResource(Optional::empty),
        new EvidenceResource(events, Json::object, Optional::empty, clock));
  }

  private Shippers shippers(InstantSource clock) {
    // The events of the tests were received years ago.
    var hold =
        new LogHold(LogHold.Limits.of(0, 1 << 20), log, () -> Long.MAX_VALUE, _ -> 36_500, clock);
    var parts =
        new Shippers.Parts(
            log, letters, new SinkMetrics(registry), sinks, hold, new UnheardAudit(), clock);
    var made = new Shippers(outputs, parts, registry);
    made.start();
    return made;
  }

  /** Nobody asks what became of requests here. */
  private static final class UnheardAudit implements Shippers.Audit {
    @Override
    public void done(Output.Key sink, long position, Set<String> refused, boolean isGivenUp) {}

    @Override
    public void gone(Output.Key sink) {}
  }

  /** A key of a new tenant. */
  String key(String tenant, String... scopes) {
    tenants.add(new Tenant(tenant, tenant, 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));
    var secret = Secret.random();
    var draft = new Keys.Draft(tenant, Set.of(scopes), "", "the test", null);
    assertThat(keys.add(secret, draft)).isPresent();
    return secret.text();
  }

  private static KeyConfig keyConfig() {
    return new KeyConfig(
        List.of(
            KeyConfig.configured("admin", ADMIN, Set.of("admin")),
            KeyConfig.configured("ingester", INGESTER, Set.of("ingest")),
            KeyConfig.configured("hunter", HUNTER, Set.of("manage_indicators")),
            KeyConfig.configured("reader", READER, Set.of("read_requests", "read_metrics"))),
        false);
  }

  /** What has to do with indicators and databases; look-ups by these resources are real. */
  private List<Resource> intelligence(ApiConfig settings, InstantSource clock) {
    var limits = new Indicators.Limits(20_000, 10_000);
    var indicators = new Indicators(database, limits, clock);
    try {
      var geo = new GeoFolder(folder, List.of(GEO_FILE), UPLOAD_BYTES_MAX);
      var choices = new GeoChoices(new Settings(database, clock), geo, enricher, true);
      return List.of(
          new IndicatorsResource(
              indicators, jobs, audit, () -> {}, settings, folder.resolve("imports"), clock),
          new ThreatsResource(indicators, enricher),
          new GeoResource(geo, choices, enricher, Optional.empty(), jobs, audit),
          new JobsResource(jobs));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Lookup lookup(String tenant, Ip ip) {
    var geo = new Geo("US", null, Double.NaN, Double.NaN, null);
    return new Lookup(ip, geo, null, List.of(), 10, List.of(), false);
  }

  /** A router that announces its interfaces. */
  static final String ANNOUNCER = "192.0.2.50";

  /** An sFlow agent that speaks for itself, and two that it is a relay of. */
  static final String AGENT = "1.2.3.4";

  /** A decoder that heard a firewall, a router that only announces, and sFlow agents. */
  private static DatagramDecoder decoder(PrometheusRegistry registry) {
    var decoder =
        new DatagramDecoder(
            DecodeConfig.live(), Registry.load(), event -> {}, new DecodeMetrics(registry, 10));
    hear(decoder, "vendors/Netflow_9_Cisco_ASA.pcap", null);
    hear(decoder, "vendors/Netflow_9_Cisco_ASR_9000_series_options_template_256.pcap", ANNOUNCER);
    hear(decoder, "goflow2/sflow5.session.pcap", AGENT);
    return decoder;
  }

  /**
   * @param address who is to have sent it; null for whoever did
   */
  private static void hear(DatagramDecoder decoder, String file, @Nullable String address) {
    try (var capture = Capture.open(Path.of("..", "corpus", "flows").resolve(file))) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        var source = p.source();
        if (address != null) {
          source = new InetSocketAddress(address, source.getPort());
        }
        var from = new Exporter(source, p.transport());
        decoder.decode(from, p.timeNanos(), p.bytes(), p.offset(), p.length());
      }
    } catch (CaptureException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where its data is. */
  Path folder() {
    return folder;
  }

  /** What happens first when a server stops. */
  void endStreams() {
    live.close();
  }

  int port() {
    return server.port();
  }

  URI uri(String path) {
    return URI.create("http://localhost:" + port() + path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30));
  }

  HttpRequest.Builder asAdmin(String path) {
    return request(path).header("Authorization", "Bearer " + ADMIN);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<String> get(String path) {
    return send(asAdmin(path).GET());
  }

  HttpResponse<String> post(String path, String body) {
    return send(asAdmin(path).POST(BodyPublishers.ofString(body)));
  }

  static byte[] gzip(byte[] plain) {
    try {
      var out = new ByteArrayOutputStream();
      try (var gzip = new GZIPOutputStream(out)) {
        gzip.write(plain);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] gzip(String plain) {
    return gzip(plain.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    client.shutdownNow();
    live.close();
    server.close();
    shippers.close();
    jobs.close();
    enricher.close();
    receipts.close();
    log.close();
    keys.close();
    database.close();
    deleteFolder();
  }

  private void deleteFolder() {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
