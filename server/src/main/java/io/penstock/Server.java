package io.penstock;

import io.penstock.admit.Admission;
import io.penstock.admit.AdmitConfig.FirewallSync;
import io.penstock.admit.AllowListFollower;
import io.penstock.admit.KernelAllowList;
import io.penstock.admit.LastSeen;
import io.penstock.admit.Nft;
import io.penstock.api.AdminAuditResource;
import io.penstock.api.AllowListResource;
import io.penstock.api.Api;
import io.penstock.api.DashboardResource;
import io.penstock.api.DeadLettersResource;
import io.penstock.api.DemoResource;
import io.penstock.api.EventExportResource;
import io.penstock.api.EventsResource;
import io.penstock.api.EvidenceResource;
import io.penstock.api.ExchangesResource;
import io.penstock.api.ExportersResource;
import io.penstock.api.FilterResource;
import io.penstock.api.FlagsResource;
import io.penstock.api.GeoChoices;
import io.penstock.api.GeoFolder;
import io.penstock.api.GeoResource;
import io.penstock.api.IndicatorsResource;
import io.penstock.api.IngestResource;
import io.penstock.api.InterceptionResource;
import io.penstock.api.InventoryResource;
import io.penstock.api.JobsResource;
import io.penstock.api.KeysResource;
import io.penstock.api.LogsResource;
import io.penstock.api.LookupResource;
import io.penstock.api.MetricsResource;
import io.penstock.api.OutputsResource;
import io.penstock.api.OverviewParts;
import io.penstock.api.OverviewResource;
import io.penstock.api.PageResource;
import io.penstock.api.RequestsResource;
import io.penstock.api.Resource;
import io.penstock.api.SessionResource;
import io.penstock.api.SignInLinks;
import io.penstock.api.SourcesResource;
import io.penstock.api.StatusResource;
import io.penstock.api.StubsResource;
import io.penstock.api.SystemState;
import io.penstock.api.TailResource;
import io.penstock.api.TenantsResource;
import io.penstock.api.ThreatsResource;
import io.penstock.api.UtilsResource;
import io.penstock.audit.RequestAudit;
import io.penstock.control.AdminAudit;
import io.penstock.control.AdminAuditRetention;
import io.penstock.control.Database;
import io.penstock.control.Flag;
import io.penstock.control.Flags;
import io.penstock.control.Follower;
import io.penstock.control.Indicators;
import io.penstock.control.Jobs;
import io.penstock.control.Keys;
import io.penstock.control.Outputs;
import io.penstock.control.Removals;
import io.penstock.control.Settings;
import io.penstock.control.Sources;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeMetrics;
import io.penstock.decode.ExporterDirectory;
import io.penstock.decode.OptionsKeeper;
import io.penstock.decode.TemplateKeeper;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.penstock.elements.ElementsFile;
import io.penstock.enrich.EnrichStatus;
import io.penstock.enrich.Enricher;
import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.forward.Forwarder;
import io.penstock.http.HttpServer;
import io.penstock.http.LiveStreams;
import io.penstock.http.Tickets;
import io.penstock.json.Json;
import io.penstock.log.Receipts;
import io.penstock.log.SegmentLog;
import io.penstock.logs.Logs;
import io.penstock.metrics.Meter;
import io.penstock.metrics.ProcessNumbers;
import io.penstock.outputs.Destinations;
import io.penstock.outputs.LogHold;
import io.penstock.outputs.Shippers;
import io.penstock.pipeline.Books;
import io.penstock.pipeline.EventTail;
import io.penstock.pipeline.FlowIntake;
import io.penstock.pipeline.Pipeline;
import io.penstock.pipeline.Redaction;
import io.penstock.pipeline.Step;
import io.penstock.pipeline.TenantQuotas;
import io.penstock.receive.SocketStatus;
import io.penstock.receive.UdpReceiver;
import io.penstock.registry.Registry;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.SinkMetrics;
import io.penstock.store.EventStore;
import io.penstock.store.Indexer;
import io.penstock.store.StoreConfig;
import io.penstock.stream.Lane;
import io.penstock.stream.StreamReceiver;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: builds every part by its constructor, in the order in which data flows back
 * from the disk to the network, and closes them the other way round, so that what was received
 * still finds its way to the disk.
 */
final class Server implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  /** Time to hand on what was received before the stop; running requests have theirs meanwhile. */
  private static final Duration RECEIVE_STOP = Duration.ofSeconds(4);

  /** How long events may stay in the log when they are few and do not fill a segment. */
  private static final Duration SEGMENT_AGE = Duration.ofHours(1);

  /** Longer than a request's body, or a datagram, is on its way from admission to the log. */
  private static final Duration UNDER_WAY = Duration.ofSeconds(90);

  /** Idempotency keys remembered at a time, and the memory they may take. */
  private static final int RECEIPTS_MAX = 100_000;

  private static final long RECEIPT_BYTES_MAX = 32 << 20;

  private final ServerConfig config;
  private final Logs logs;
  private final InstantSource clock = InstantSource.system();
  private final PrometheusRegistry registry;
  private final Meter meter;

  /** What is to be closed, the part built last first. */
  private final Deque<Part> parts = new ArrayDeque<>();

  private final Database database;
  private final Tenants tenants;
  private final Keys keys;
  private final AdminAudit audit;
  private final AdminAuditRetention auditRetention;
  private final Sources sources;
  private final Flags flags;
  private final Indicators indicators;
  private final Settings settings;
  private final Outputs outputs;
  private final Admission admission;
  private final LastSeen lastSeen;
  private final KernelAllowList allowList;
  private final AllowListFollower allowListFollower;
  private final SegmentLog log;
  private final DeadLetters deadLetters;
  private final Shippers shippers;
  private final EventStore store;
  private final Indexer indexer;
  private final Enricher enricher;
  private final LiveIndicators liveIndicators;
  private final Jobs jobs;
  private final GeoFolder geoFolder;
  private final GeoChoices geoChoices;
  private final Receipts receipts;
  private final TenantQuotas quotas;
  private final TenantPurges purges;
  private final Follower follower;
  private final EventTail tail;
  private final Pipeline pipeline;
  private final ElementsFile elements;
  private final DecodeMetrics decodeMetrics;
  private final List<FlowIntake> intakes = new ArrayList<>();
  private final ExporterDirectory exporters;
  private final Forwarder forwarder;
  private final UdpReceiver receiver;
  private final StreamReceiver streams;
  private final RequestAudit requests;
  private final LiveStreams live;
  private final SignInLinks links = new SignInLinks(clock);
  private final Interception interception;
  private final HttpServer http;

  private record Part(String name, AutoCloseable closeable) {}

  private Server(
      ServerConfig config, Logs logs, PrintStream announcements, PrometheusRegistry registry)
      throws IOException {
    this.config = config;
    this.logs = logs;
    this.registry = registry;
    this.meter = new Meter(clock, registry);
    ProcessNumbers.register(registry);
    Files.createDirectories(config.data());
    this.database = part("database", Database.open(config.database(), registry));
    int days = (int) config.retention().toDays();
    this.tenants = new Tenants(database, days, clock);
    this.keys = part("keys", keys(announcements));
    this.audit = new AdminAudit(database, clock);
    this.auditRetention =
        part("audit retention", new AdminAuditRetention(audit, config.adminAuditLife(), clock));
    this.sources = new Sources(database, clock);
    this.flags = new Flags(database, config.admit().flags(), clock);
    this.indicators = new Indicators(database, config.intel().indicators(), clock);
    this.settings = new Settings(database, clock);
    this.outputs =
        new Outputs(database, config.outputs().vault(), config.outputs().outputs(), clock);
    this.admission =
        new Admission(sources, flags, config.admit().unknownExporters(), registry, clock);
    this.lastSeen = part("last seen", new LastSeen(admission, sources));
    this.allowList =
        new KernelAllowList(
            Nft.installed().orElse(null),
            admission::exporterNetworks,
            config.telemetryPorts(),
            clock);
    this.allowListFollower =
        part("firewall", new AllowListFollower(allowList, admission::exporterNetworks));
    this.log = part("log", SegmentLog.open(config.log(), registry, clock));
    var storeConfig = StoreConfig.of(config.data().resolve("store"));
    this.receipts = part("receipts", receipts());
    this.store =
        part("store", new EventStore(storeConfig, tenants::retentionDays, clock, registry));
    this.requests = new RequestAudit(config.audit(), clock, registry);
    this.deadLetters = deadLetters();
    this.shippers = part("sinks", shippers());
    this.indexer =
        part("indexer", new Indexer(log, store, storeConfig, requests::indexed, clock, registry));
    this.enricher = part("enricher", new Enricher(config.enrich(), registry, clock));
    this.liveIndicators = part("indicators", new LiveIndicators(indicators, enricher, clock));
    this.jobs = part("jobs", new Jobs(database, registry, clock));
    this.geoFolder =
        new GeoFolder(config.data(), config.enrich().geoFiles(), config.intel().uploadBytesMax());
    this.geoChoices = new GeoChoices(settings, geoFolder, enricher, config.enrich().geoEnabled());
    this.quotas =
        new TenantQuotas(
            tenant -> tenants.find(tenant).map(Tenant::quotas).orElse(Tenant.Quotas.NONE),
            registry);
    this.purges =
        new TenantPurges(
            new Removals(database),
            indexer::purge,
            this::forget,
            config.data().resolve("purges"),
            UNDER_WAY,
            registry);
    this.follower =
        part(
            "follower",
            new Follower(
                database,
                List.of(
                    purges,
                    tenants.snapshot(),
                    keys.snapshot(),
                    sources.snapshot(),
                    flags.snapshot(),
                    indicators.snapshot(),
                    settings.snapshot(),
                    outputs.snapshot())));
    this.tail = new EventTail(registry);
    this.pipeline = new Pipeline(steps(), quotas, log, meter, this::durable, clock, registry);
    this.elements =
        new ElementsFile(config.elements().orElse(null), Registry.load(), registry, clock);
    this.decodeMetrics = new DecodeMetrics(registry, config.decode().exporterLabelsMax());
    makeIntakes();
    var decoders = intakes.stream().map(FlowIntake::decoder).toList();
    part("templates", templates(decoders));
    this.exporters = new ExporterDirectory(decoders, elements::registry);
    this.forwarder = part("forwarding", new Forwarder(config.forward(), registry, clock));
    this.receiver =
        new UdpReceiver(
            config.receive(), worker -> forwarder.tap(intakes.get(worker)), registry, clock);
    this.streams = new StreamReceiver(config.stream(), this::lane, registry, clock);
    logs.register(registry);
    this.live = new LiveStreams(LiveStreams.Limits.DEFAULT, registry);
    this.interception = part("interception", interception(announcements));
    this.http = http();
    part("receiving", this::stopReceiving);
  }

  /**
   * Starts a server; when this returns it answers and receives.
   *
   * @param logs what was logged lately
   * @param announcements where the addresses, and a freshly made key, are told
   * @param registry where every part registers its metrics
   */
  static Server start(
      ServerConfig config, Logs logs, PrintStream announcements, PrometheusRegistry registry) {
    var began = System.nanoTime();
    try {
      var server = new Server(config, logs, announcements, registry);
      return server.open(announcements, began);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot use the data folder %s: %s"
              .formatted(config.data().toAbsolutePath(), e.getMessage()),
          e);
    }
  }

  private Server open(PrintStream announcements, long began) {
    try {
      purges.clear();
      follower.start();
      keys.start();
      auditRetention.start();
      lastSeen.start();
      if (config.admit().firewallSync() == FirewallSync.AUTO) {
        allowListFollower.start();
      }
      enricher.start();
      liveIndicators.start();
      indexer.start();
      store.start();
      forwarder.start(udpListeners());
      receiver.start();
      streams.start();
      http.start();
      interception.start();
      // Last: by then it is known which ports are our own, where no sink may send.
      shippers.start();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    announcements.println(
        ports().entrySet().stream()
            .map(port -> port.getKey() + " " + port.getValue())
            .collect(Collectors.joining(", ", "listening: ", "")));
    if (config.signInLink().isPrinted()) {
      announcements.printf(
          "Dashboard: http://127.0.0.1:%d/ui/#link=%s%n", http.port(), links.issue());
    }
    announcements.flush();
    LOG.atInfo()
        .addKeyValue("data", config.data().toAbsolutePath())
        .addKeyValue("millis", (System.nanoTime() - began) / 1_000_000)
        .log("started");
    return this;
  }

  private <T extends AutoCloseable> T part(String name, T part) {
    parts.push(new Part(name, part));
    return part;
  }

  /** Redaction comes last: what is derived may stay when what it was derived from must not. */
  private Step steps() {
    Step enrich = enricher::enrich;
    return enrich.then(
        new Redaction(tenant -> tenants.find(tenant).map(Tenant::redactedFields).orElse(Set.of())));
  }

  private void durable(EventBatch batch) {
    admission.durable(batch);
    tail.durable(batch);
  }

  /** Drops what is known of a tenant that is gone. */
  private void forget(String tenant) {
    meter.forget(tenant);
    quotas.forget(tenant);
    requests.forget(tenant);
    deadLetters.forget(tenant);
  }

  private Receipts receipts() throws IOException {
    var limits =
        new Receipts.Limits(
            config.receiptLife(),
            RECEIPTS_MAX,
            RECEIPT_BYTES_MAX,
            Receipts.Limits.DEFAULT.pageInterval());
    try {
      return new Receipts(log, config.data().resolve("receipts"), limits, registry, clock);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the server started", e);
    }
  }

  private DeadLetters deadLetters() {
    var limits =
        new DeadLetters.Limits(
            config.outputs().deadLettersBytesMax(),
            config.outputs().deadLettersAgeMax(),
            tenant ->
                tenants
                    .find(tenant)
                    .map(Tenant::quotas)
                    .orElse(Tenant.Quotas.NONE)
                    .deadLettersMax());
    return new DeadLetters(config.outputs().deadLetters(), limits, registry, clock);
  }

  private Shippers shippers() throws IOException {
    var disk = Files.getFileStore(config.log().folder());
    var hold =
        new LogHold(
            LogHold.Limits.of(config.log().reserveBytes(), config.log().segmentBytes()),
            log,
            () -> LogHold.freeBytes(disk),
            tenants::retentionDays,
            clock);
    return new Shippers(
        outputs,
        new Shippers.Parts(
            log,
            deadLetters,
            new SinkMetrics(registry),
            new Destinations(dialer(), config.data().resolve("exports"), Main.version(), clock),
            hold,
            new SinkAudit(requests),
            clock),
        registry);
  }

  /** No sink reaches what listens here: tenants choose where sinks send. */
  private Dialer dialer() {
    return new Dialer(
        config.dial(), Resolver.SYSTEM, this::isOwnPort, "penstock/" + Main.version());
  }

  private boolean isOwnPort(int port) {
    return port == http.port()
        || streams.status().ports().containsValue(port)
        || interception.ports().containsValue(port);
  }

  private Interception interception(PrintStream announcements) throws IOException {
    return new Interception(
        config.interception(),
        new Interception.Surroundings(
            config.data(),
            keys,
            settings,
            config.outputs().vault(),
            Resolver.SYSTEM,
            this::isOwnPort,
            pipeline::accept,
            announcements,
            clock,
            registry));
  }

  private void makeIntakes() {
    int workers = config.receive().workers();
    for (int i = 0; i < workers; i++) {
      intakes.add(
          new FlowIntake(
              pipeline,
              admission.gate(),
              sink ->
                  new DatagramDecoder(config.decode(), elements::registry, sink, decodeMetrics)));
    }
  }

  /** The worker of an address decodes what comes over its connections, too. */
  private Lane lane(InetAddress exporter) {
    int worker = UdpReceiver.workerOf(exporter, intakes.size());
    return new Lane(intakes.get(worker), task -> receiver.put(worker, task));
  }

  /**
   * Both at once: each may wait for as long as a stop allows it, and their sum would be too long.
   */
  private void stopReceiving() {
    var flows = CompletableFuture.runAsync(this::stopFlows);
    live.close();
    try {
      http.close();
    } finally {
      flows.join();
    }
  }

  /** Connections first, while there are workers to decode what was read from them. */
  private void stopFlows() {
    var streamStop = RECEIVE_STOP.dividedBy(2);
    streams.stop(streamStop);
    receiver.stop(RECEIVE_STOP.minus(streamStop));
  }

  /** Loads the templates and options of the last run and keeps them from now on. */
  private AutoCloseable templates(List<DatagramDecoder> decoders) {
    var keeper =
        new TemplateKeeper(
            config.data().resolve("templates"),
            decoders,
            (InetSocketAddress exporter) ->
                UdpReceiver.workerOf(exporter.getAddress(), decoders.size()));
    var options =
        new OptionsKeeper(
            config.data().resolve("options"),
            decoders,
            exporter -> UdpReceiver.workerOf(address(exporter), decoders.size()),
            config.decode().limits().templateLife(),
            clock);
    keeper.load();
    options.load();
    ScheduledExecutorService housekeeping =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("housekeeping").factory());
    var _ =
        housekeeping.scheduleWithFixedDelay(
            () -> keepHouse(keeper, options, decoders), 1, 1, TimeUnit.SECONDS);
    var _ = housekeeping.scheduleWithFixedDelay(elements::poll, 1, 1, TimeUnit.SECONDS);
    var _ =
        housekeeping.scheduleWithFixedDelay(() -> log.roll(SEGMENT_AGE), 1, 1, TimeUnit.MINUTES);
    return () -> {
      housekeeping.close();
      keeper.save();
      options.save();
    };
  }

  private static InetAddress address(Ip exporter) {
    try {
      return InetAddress.getByAddress(exporter.toBytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of neither 4 nor 16 octets", e);
    }
  }

  private void keepHouse(
      TemplateKeeper keeper, OptionsKeeper options, List<DatagramDecoder> decoders) {
    try {
      long now = Nanos.of(clock.instant());
      decoders.forEach(decoder -> decoder.expire(now));
      keeper.saveIfChanged();
      options.saveIfChanged();
    } catch (IOException | RuntimeException e) {
      // Tried again in a second; without the file a restart waits for the exporters' templates.
      LOG.atWarn().setCause(e).log("templates and options not saved");
    }
  }

  private Keys keys(PrintStream announcements) {
    var known = new Keys(database, config.keys(), clock, registry);
    known.importFile(config.data().resolve("keys"));
    known.firstAdmin().ifPresent(key -> announcements.println("API Key: " + key.text()));
    return known;
  }

  private HttpServer http() throws IOException {
    var api = new Api(resources(), config.api().version(), meter, registry);
    var routes = api.routes();
    if (config.keys().bypassesScopes()) {
      LOG.atWarn().log("every key may do everything: DEV_BYPASS_SCOPES is set");
      routes = routes.withoutScopes();
    }
    return new HttpServer(
        config.http(),
        routes,
        Api.authenticator(keys, tenants),
        () -> flags.isOn(Flag.HTTP_TRUST_XFF) || flags.isOn(Flag.TRUST_PROXY),
        registry,
        api.observer().andThen(requests));
  }

  /** The listener, for its port and its routes. */
  HttpServer listener() {
    return http;
  }

  /** The ports that it listens on, by name: what was asked for as 0 has a number here. */
  Map<String, Integer> ports() {
    var ports = new LinkedHashMap<String, Integer>();
    ports.put("http", http.port());
    for (var udp : List.of(ServerConfig.NETFLOW, ServerConfig.IPFIX, ServerConfig.SFLOW)) {
      ports.put(udp, receiver.port(udp));
    }
    ports.putAll(streams.status().ports());
    ports.putAll(interception.ports());
    return ports;
  }

  /**
   * Takes events of the past, as if they had come before the start.
   *
   * @return completes when they are durable
   */
  CompletableFuture<Long> acceptPast(EventBatch batch) {
    return pipeline.acceptPast(batch);
  }

  private List<Resource> resources() throws IOException {
    var tickets = new Tickets(clock);
    return List.of(
        new PageResource(),
        new DashboardResource(),
        new SessionResource(links, keys, audit, clock),
        new StatusResource(config.api().version(), this::state, meter, clock),
        new UtilsResource(),
        new DemoResource(config.demo(), pipeline::accept, quotas, clock),
        new MetricsResource(meter, this::state, registry, config.api().publicPrometheus()),
        new IngestResource(
            config.api(), admission, pipeline::accept, quotas, receipts, clock, meter, registry),
        new EventsResource(new StoredEvents(store), enricher::riskParts, clock),
        new FilterResource(new StoredEvents(store), clock),
        new EventExportResource(new StoredEvents(store), clock),
        new ExchangesResource(
            new StoredEvents(store),
            interception.reader(),
            interception::explain,
            Main.version(),
            clock),
        new TailResource(tail, live, tickets),
        overview(tickets),
        new LookupResource(enricher::lookup),
        new InterceptionResource(
            interception::status, interception.profiles(), interception::authority),
        new InventoryResource(interception::inventory),
        new StubsResource(
            interception.stubs(),
            interception.kept(),
            new StoredEvents(store),
            interception.reader(),
            audit,
            clock),
        new EvidenceResource(
            new StoredEvents(store), interception::status, interception::inventory, clock),
        new KeysResource(keys, tenants, audit, clock),
        new TenantsResource(tenants, purges, audit, clock),
        new ExportersResource(exporters, admission::tenantOf, receiver::status, clock),
        new SourcesResource(sources, tenants, admission, flags, audit, clock),
        new FlagsResource(flags, audit),
        new AdminAuditResource(audit),
        new AllowListResource(allowList, admission::enabledSources, audit),
        new IndicatorsResource(
            indicators,
            jobs,
            audit,
            liveIndicators::refresh,
            config.api(),
            config.data().resolve("imports"),
            clock),
        new ThreatsResource(indicators, enricher),
        new GeoResource(geoFolder, geoChoices, enricher, config.intel().geoDownload(), jobs, audit),
        new JobsResource(jobs),
        new OutputsResource(outputs, shippers, audit),
        new DeadLettersResource(outputs, shippers, deadLetters, audit, clock),
        new RequestsResource(requests, live, tickets, clock),
        new LogsResource(logs.ring(), live, tickets, clock));
  }

  private Resource overview(Tickets tickets) throws IOException {
    var disk = Files.getFileStore(config.log().folder());
    var parts =
        new OverviewParts(
            meter,
            exporters,
            admission::tenantOf,
            outputs::all,
            shippers::report,
            registry,
            () -> figures(LogHold.freeBytes(disk)));
    return new OverviewResource(parts, new StoredEvents(store), live, tickets, clock, registry);
  }

  private OverviewParts.ServerFigures figures(long diskFree) {
    var stored = store.totals();
    return new OverviewParts.ServerFigures(
        pipeline.books().inFlight(),
        log.sizeBytes(),
        log.oldest().orElse(null),
        log.waitingBytes(),
        diskFree,
        stored.bytes(),
        stored.events(),
        indexer.lagSeconds(),
        indexer.lagPositions());
  }

  private SystemState state() {
    var tables = enricher.status();
    return new SystemState(
        pipeline.books().inFlight(),
        Books.BEHIND_AT,
        intakes.size(),
        table(tables.geo(), List.of()),
        table(tables.as(), List.of()),
        table(tables.threats(), tables.feeds()),
        elementsState(),
        udp(),
        tcp(),
        receipts.count(),
        config.receiptLife().toHours(),
        log.unavailable().map(Enum::name).orElse("ok"),
        backlog(),
        deadLetterTotals(),
        database(),
        limits(),
        listeners(),
        logs.errors());
  }

  private SystemState.Backlog backlog() {
    return new SystemState.Backlog(
        indexer.lagSeconds(),
        indexer.lagPositions(),
        log.sizeBytes(),
        log.waitingBytes(),
        config.log().queueBytes());
  }

  private SystemState.DeadLetters deadLetterTotals() {
    var totals = deadLetters.totals();
    var oldest = totals.oldest();
    long hours = oldest == null ? 0 : Duration.between(oldest, clock.instant()).toHours();
    return new SystemState.DeadLetters(totals.files(), totals.events(), totals.bytes(), hours);
  }

  private SystemState.Database database() {
    var now = database.status();
    return new SystemState.Database(
        now.engine(), now.active(), now.idle(), now.awaited(), now.max());
  }

  private SystemState.Limits limits() {
    return new SystemState.Limits(
        config.api().wireBytesMax(),
        config.api().inflatedBytesMax(),
        config.api().recordsMax(),
        config.http().headerBytesMax(),
        config.http().connectionsMax(),
        config.http().bodyBytesInFlightMax());
  }

  private List<SystemState.Listener> listeners() {
    var open = new ArrayList<SystemState.Listener>();
    open.add(new SystemState.Listener("http", "http", http.port(), Map.of()));
    for (var socket : receiver.status()) {
      open.add(new SystemState.Listener(socket.listener(), "udp", socket.port(), numbers(socket)));
    }
    streams
        .status()
        .ports()
        .forEach((name, port) -> open.add(new SystemState.Listener(name, "tcp", port, Map.of())));
    return open;
  }

  /** Their names by port. */
  private Map<Integer, String> udpListeners() {
    return receiver.status().stream()
        .collect(Collectors.toMap(SocketStatus::port, SocketStatus::listener, (first, _) -> first));
  }

  private static Map<String, @Nullable Object> numbers(SocketStatus socket) {
    return Json.object(
        "address",
        socket.address(),
        "datagrams",
        socket.datagrams(),
        "bytes",
        socket.bytes(),
        "kernel_drops",
        socket.kernelDrops().isPresent() ? socket.kernelDrops().getAsLong() : null,
        "buffer_bytes",
        socket.bufferGranted(),
        "last_datagram",
        socket.lastReceived().map(Instant::toString).orElse(null));
  }

  private static SystemState.Table table(EnrichStatus.Table table, List<String> feeds) {
    var file = table.path() == null ? null : String.valueOf(Path.of(table.path()).getFileName());
    return new SystemState.Table(
        table.state().name().toLowerCase(Locale.ROOT),
        table.kind(),
        table.builtIn() ? "built-in" : file,
        table.entries(),
        feeds);
  }

  private SystemState.Elements elementsState() {
    var now = elements.status();
    return new SystemState.Elements(
        now.state().name().toLowerCase(Locale.ROOT), now.path(), now.entries(), now.problems());
  }

  private SystemState.Udp udp() {
    var sockets = receiver.status();
    return new SystemState.Udp(
        "ready",
        receiver.port(ServerConfig.NETFLOW),
        0,
        sockets.stream().mapToLong(SocketStatus::datagrams).sum(),
        decodeMetrics.records(),
        sockets.stream().mapToLong(SocketStatus::bytes).sum(),
        sockets.stream().mapToLong(socket -> socket.kernelDrops().orElse(0)).sum(),
        sockets.stream()
            .flatMap(socket -> socket.lastReceived().stream())
            .mapToLong(Instant::toEpochMilli)
            .max()
            .orElse(0));
  }

  private SystemState.Tcp tcp() {
    var status = streams.status();
    return new SystemState.Tcp(
        status.ports().getOrDefault(ServerConfig.IPFIX_TCP, 0),
        status.ports().getOrDefault(ServerConfig.IPFIX_TLS, 0),
        status.connections(),
        status.messages(),
        status.bytes());
  }

  /** Stops receiving, finishes what was taken, flushes and closes; within 10 seconds. */
  @Override
  public void close() {
    for (var part : parts) {
      try {
        part.closeable.close();
      } catch (Exception e) {
        LOG.atError().addKeyValue("part", part.name).setCause(e).log("part did not close");
      }
    }
    LOG.atInfo().log("stopped");
  }
}
