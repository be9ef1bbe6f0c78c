package io.penstock.enrich;

import io.penstock.enrich.EnrichStatus.State;
import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Direction;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Enrichment.ThreatMatch.Side;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enrich stage. It adds to an event what the tables in memory know of its two ends; a look-up
 * never waits for anything but the first loading of the tables.
 *
 * <p>The tables in use are one immutable {@link Tables} in one volatile field: an event sees all of
 * one state. Few threads replace them, and rarely: the one that follows the files, and those that
 * set indicators or choose a database; all go through the lock of this object.
 */
public final class Enricher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Enricher.class);

  /** How long events wait for the first loading; after that they go with what there is. */
  private static final Duration FIRST_LOAD_MAX = Duration.ofSeconds(30);

  /** The tenant whose indicators hold for all tenants. */
  public static final String EVERYONE = "*";

  /** A state record describes an exporter, not traffic: it has no ends and no risk. */
  private static final Enrichment NOTHING =
      new Enrichment(null, null, null, null, List.of(), 0, List.of(), Direction.UNKNOWN);

  /** The tables of one moment. */
  private record Tables(
      @Nullable RangeTable<Geo> geo,
      @Nullable RangeTable<AutonomousSystem> as,
      ThreatTable feeds,
      ThreatTable global,
      Map<String, ThreatTable> tenants) {

    static final Tables NONE =
        new Tables(null, null, ThreatTable.EMPTY, ThreatTable.EMPTY, Map.of());

    @Nullable Geo geoOf(Endpoint end) {
      return geo == null || !end.hasIp() ? null : geo.find(end.ipHigh(), end.ipLow());
    }

    @Nullable AutonomousSystem asOf(Endpoint end) {
      return as == null || !end.hasIp() ? null : as.find(end.ipHigh(), end.ipLow());
    }

    ThreatTable of(String tenant) {
      return tenants.isEmpty()
          ? ThreatTable.EMPTY
          : tenants.getOrDefault(tenant, ThreatTable.EMPTY);
    }

    boolean isNamed(Endpoint end, ThreatTable own) {
      if (!end.hasIp()) {
        return false;
      }
      long high = end.ipHigh();
      long low = end.ipLow();
      return feeds.names(high, low)
          || global.names(high, low)
          || own != ThreatTable.EMPTY && own.names(high, low);
    }

    void match(
        long high,
        long low,
        Side side,
        ThreatTable own,
        long nowSeconds,
        List<ThreatMatch> matches) {
      feeds.match(high, low, side, nowSeconds, matches);
      global.match(high, low, side, nowSeconds, matches);
      own.match(high, low, side, nowSeconds, matches);
    }

    void matchDomain(String name, ThreatTable own, long nowSeconds, List<ThreatMatch> matches) {
      feeds.matchDomain(name, nowSeconds, matches);
      global.matchDomain(name, nowSeconds, matches);
      own.matchDomain(name, nowSeconds, matches);
    }

    boolean hasDomains(ThreatTable own) {
      return feeds.hasDomains() || global.hasDomains() || own.hasDomains();
    }
  }

  private final EnrichConfig config;
  private final InternalNetworks internal;
  private final InstantSource clock;
  private final ReloadingTable<ThreatTable> threats;
  private final EnrichMetrics metrics;
  private final CountDownLatch firstLoad = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile ReloadingTable<RangeTable<Geo>> geo;
  private volatile boolean geoEnabled;
  private volatile ReloadingTable<RangeTable<AutonomousSystem>> as;
  private volatile boolean asEnabled;

  /** Where systems come from when somebody chose so. Guarded by this. */
  private @Nullable Path asChosen;

  private volatile Tables tables = Tables.NONE;
  private volatile boolean started;
  private volatile boolean ready;

  public Enricher(EnrichConfig config, PrometheusRegistry registry, InstantSource clock) {
    this.config = config;
    this.clock = clock;
    this.internal = new InternalNetworks(config.internalNetworks());
    this.geo = geoTable(null);
    this.geoEnabled = config.geoEnabled();
    this.as = asTable(null);
    this.asEnabled = config.asEnabled();
    this.threats =
        new ReloadingTable<>(
            "threats",
            config.threatsAsked() ? join(config.threatRoots()) : null,
            new Feeds(config.threatRoots(), clock),
            null,
            clock);
    this.metrics = new EnrichMetrics(registry, this::status);
  }

  /**
   * @param file the database that was chosen while the server ran; null for what is configured
   */
  private ReloadingTable<RangeTable<Geo>> geoTable(@Nullable Path file) {
    var files = file == null ? config.geoFiles() : List.of(file);
    boolean asked = file != null || config.geoAsked();
    return new ReloadingTable<>(
        "geo",
        asked ? files.getFirst().toString() : null,
        new FirstFile<>(files, GeoTable::load),
        BuiltInCountries::load,
        clock);
  }

  /**
   * @param file the database that was chosen while the server ran; null for what is configured
   */
  private ReloadingTable<RangeTable<AutonomousSystem>> asTable(@Nullable Path file) {
    var files = file == null ? config.asFiles() : List.of(file);
    boolean asked = file != null || config.asAsked();
    return new ReloadingTable<>(
        "as",
        asked ? files.getFirst().toString() : null,
        new FirstFile<>(files, AsTable::load),
        null,
        clock);
  }

  private static String join(List<Path> paths) {
    return String.join(", ", paths.stream().map(Path::toString).toList());
  }

  /** Loads the tables in the background and follows their files from then on. */
  public void start() {
    started = true;
    // Flattening a city database takes a second of CPU: on a virtual thread it would hold a
    // carrier.
    Thread.ofPlatform().daemon().name("enrich-tables").start(this::follow);
  }

  private void follow() {
    try {
      do {
        look();
      } while (!closed.await(config.pollInterval().toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    try {
      poll();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("cannot look at the enrichment tables");
    } finally {
      // Whatever happened, events must not wait for a loading that is over.
      ready = true;
      firstLoad.countDown();
    }
  }

  /** Looks at the files once, as {@link #start} does again and again. */
  void poll() {
    boolean changed = geoEnabled && geo.poll();
    changed |= asEnabled && as.poll();
    changed |= config.threatsEnabled() && threats.poll();
    if (changed) {
      publish();
    }
  }

  /** Reads all files now, whether they changed or not, and waits for it. */
  public void reload() {
    started = true;
    if (geoEnabled) {
      geo.reload();
    }
    if (asEnabled) {
      as.reload();
    }
    reloadThreats();
    ready = true;
    firstLoad.countDown();
  }

  /** Reads the threat lists now, whether they changed or not; how they stand then. */
  public EnrichStatus.Table reloadThreats() {
    if (config.threatsEnabled()) {
      threats.reload();
    }
    publish();
    return status().threats();
  }

  private synchronized void publish() {
    publish(tables.global(), tables.tenants());
  }

  private synchronized void publish(ThreatTable global, Map<String, ThreatTable> tenants) {
    var feeds = threats.table();
    tables =
        new Tables(
            geoEnabled ? geo.table() : null,
            asEnabled ? as.table() : null,
            feeds == null ? ThreatTable.EMPTY : feeds,
            global,
            tenants);
  }

  /**
   * Replaces the indicators of a tenant that came through the API; they count beside those of the
   * files at once. While threat intelligence is switched off they are not used.
   *
   * @param tenant whose events they are for, {@link #EVERYONE} for all
   * @param indicators passes each of them on, once
   */
  public void useIndicators(String tenant, Consumer<Consumer<Indicator>> indicators) {
    var builder = new ThreatTable.Builder();
    if (config.threatsEnabled()) {
      indicators.accept(builder::add);
    }
    var table = builder.build();
    synchronized (this) {
      if (tenant.equals(EVERYONE)) {
        publish(table, tables.tenants());
        return;
      }
      var tenants = new HashMap<>(tables.tenants());
      if (table.size() == 0) {
        tenants.remove(tenant);
      } else {
        tenants.put(tenant, table);
      }
      publish(tables.global(), Map.copyOf(tenants));
    }
  }

  /**
   * What an operator chose while the server ran, in place of the configuration.
   *
   * @param enabled whether events get geography
   * @param file where from; null for what is configured
   * @param asFile where autonomous systems come from; null for what is configured
   */
  public record GeoChoice(boolean enabled, @Nullable Path file, @Nullable Path asFile) {

    /** The same with another database in the place of the one of its kind. */
    public GeoChoice with(Path other, GeoDatabase database) {
      return database.isOfSystems
          ? new GeoChoice(enabled, file, other)
          : new GeoChoice(true, other, asFile);
    }
  }

  /**
   * Says what geography and systems come from. Before {@link #start} this costs nothing; later it
   * waits until the databases are read.
   */
  public void useGeo(GeoChoice choice) {
    var next = geoTable(choice.file);
    if (started && choice.enabled) {
      next.reload();
    }
    useSystems(choice.asFile);
    synchronized (this) {
      geo = next;
      geoEnabled = choice.enabled;
      publish();
    }
  }

  private synchronized void useSystems(@Nullable Path file) {
    if (Objects.equals(file, asChosen)) {
      return;
    }
    var next = asTable(file);
    boolean isWanted = file != null || config.asEnabled();
    if (started && isWanted) {
      next.reload();
    }
    as = next;
    asEnabled = isWanted;
    asChosen = file;
  }

  /**
   * What a database is.
   *
   * @param kind what it calls itself
   * @param entries ranges of addresses of which it tells a country, or a system
   * @param isOfSystems whether it tells autonomous systems, and no countries
   */
  public record GeoDatabase(String kind, long entries, boolean isOfSystems) {}

  /**
   * Reads a database to see whether it can be used.
   *
   * @throws BadTableException when it is damaged, or knows neither countries nor systems
   */
  public static GeoDatabase check(Path file) throws IOException {
    try {
      var countries = GeoTable.load(file);
      return new GeoDatabase(countries.kind(), countries.entries(), false);
    } catch (BadTableException noCountries) {
      return checkSystems(file, noCountries);
    }
  }

  private static GeoDatabase checkSystems(Path file, BadTableException noCountries)
      throws IOException {
    try {
      var systems = AsTable.load(file);
      return new GeoDatabase(systems.kind(), systems.entries(), true);
    } catch (BadTableException e) {
      // It is neither; why it holds no countries says more.
      throw noCountries;
    }
  }

  /** Waits until the tables were loaded for the first time; whether they are. */
  public boolean awaitLoaded(Duration atMost) throws InterruptedException {
    return firstLoad.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The event of a tenant with what is known of it. */
  public Event enrich(String tenant, Event event) {
    return event.enriched(enrichmentOf(tenant, event));
  }

  /**
   * What is known of an event. Waits for the first loading of the tables, so {@link #start} or
   * {@link #reload} must have been called.
   */
  public Enrichment enrichmentOf(String tenant, Event event) {
    if (!ready) {
      awaitFirstLoad();
    }
    if (event.kind() == Event.Kind.OPTIONS || event.kind() == Event.Kind.COUNTERS) {
      return NOTHING;
    }
    var now = tables;
    var source = event.source();
    var destination = event.destination();
    var matches = threatsOf(now, now.of(tenant), event);
    long bytes = Math.max(source.bytes(), destination.bytes());
    var profile = config.riskProfile();
    return new Enrichment(
        now.geoOf(source),
        now.geoOf(destination),
        now.asOf(source),
        now.asOf(destination),
        matches,
        profile.score(matches, source.port(), destination.port(), bytes),
        profile.reasons(matches, source.port(), destination.port(), bytes),
        internal.direction(source, destination));
  }

  /**
   * What an event's risk score is made of; it adds up to the score. The score was made when the
   * event came, perhaps by another profile, and of what may have been redacted since: what cannot
   * be told any more is a part of its own.
   */
  public List<RiskPart> riskParts(Event event) {
    var found = event.enrichment();
    if (found == null || found.riskScore() == 0) {
      return List.of();
    }
    var configured = parts(config.riskProfile(), event, found);
    if (sum(configured) == found.riskScore()) {
      return configured;
    }
    for (var profile : RiskProfile.values()) {
      var parts = parts(profile, event, found);
      if (sum(parts) == found.riskScore()) {
        return parts;
      }
    }
    var parts = new ArrayList<>(configured);
    parts.add(new RiskPart("what is not known any more", found.riskScore() - sum(configured)));
    return List.copyOf(parts);
  }

  private static List<RiskPart> parts(RiskProfile profile, Event event, Enrichment found) {
    var source = event.source();
    var destination = event.destination();
    return profile.parts(
        found.threats(),
        source.port(),
        destination.port(),
        Math.max(source.bytes(), destination.bytes()));
  }

  private static int sum(List<RiskPart> parts) {
    return parts.stream().mapToInt(RiskPart::points).sum();
  }

  private void awaitFirstLoad() {
    try {
      if (!awaitLoaded(FIRST_LOAD_MAX)) {
        LOG.atWarn().log("enrichment tables are still loading, events go without");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ready = true;
  }

  /** The name that was asked for, or talked to. */
  private static @Nullable String domain(Event event) {
    return event.http() != null ? event.http().host() : DnsQuery.in(event.extra());
  }

  private List<ThreatMatch> threatsOf(Tables now, ThreatTable own, Event event) {
    var source = event.source();
    var destination = event.destination();
    var domain = now.hasDomains(own) ? domain(event) : null;
    boolean isSourceNamed = now.isNamed(source, own);
    boolean isDestinationNamed = now.isNamed(destination, own);
    if (domain == null && !isSourceNamed && !isDestinationNamed) {
      return List.of();
    }
    var matches = new ArrayList<ThreatMatch>(4);
    long nowSeconds = clock.instant().getEpochSecond();
    if (isSourceNamed) {
      now.match(source.ipHigh(), source.ipLow(), Side.SOURCE, own, nowSeconds, matches);
    }
    if (isDestinationNamed) {
      now.match(
          destination.ipHigh(), destination.ipLow(), Side.DESTINATION, own, nowSeconds, matches);
    }
    if (domain != null) {
      DomainName.of(domain).ifPresent(name -> now.matchDomain(name, own, nowSeconds, matches));
    }
    matches.forEach(metrics::matched);
    return List.copyOf(matches);
  }

  /** What is known of one address where a tenant's indicators hold. Not counted as a match. */
  public Lookup lookup(String tenant, Ip ip) {
    if (!ready) {
      awaitFirstLoad();
    }
    var now = tables;
    var matches = new ArrayList<ThreatMatch>();
    long nowSeconds = clock.instant().getEpochSecond();
    now.match(ip.high(), ip.low(), Side.DESTINATION, now.of(tenant), nowSeconds, matches);
    var profile = config.riskProfile();
    return new Lookup(
        ip,
        now.geo() == null ? null : now.geo().find(ip),
        now.as() == null ? null : now.as().find(ip),
        List.copyOf(matches),
        profile.score(matches, Event.ABSENT, Event.ABSENT, Event.ABSENT),
        profile.reasons(matches, Event.ABSENT, Event.ABSENT, Event.ABSENT),
        internal.contains(ip.high(), ip.low()));
  }

  /** Whether an address belongs to our networks. */
  public boolean isInternal(Ip ip) {
    return internal.contains(ip.high(), ip.low());
  }

  public EnrichStatus status() {
    var now = tables;
    return new EnrichStatus(
        status(geoEnabled, geo::status),
        status(asEnabled, as::status),
        status(config.threatsEnabled(), threats::status),
        now.feeds().feeds().stream().sorted().toList(),
        now.global().size() + now.tenants().values().stream().mapToInt(ThreatTable::size).sum());
  }

  /** The threat lists on disk, as they were when last read. */
  public List<EnrichStatus.File> threatFiles() {
    return config.threatsEnabled() ? threats.files() : List.of();
  }

  private static EnrichStatus.Table status(boolean enabled, Supplier<EnrichStatus.Table> status) {
    return enabled ? status.get() : EnrichStatus.Table.without(State.DISABLED, null, null);
  }

  /** Stops following files; look-ups still answer. */
  @Override
  public void close() {
    closed.countDown();
  }

  /** Reads one file. */
  private interface FileLoader<T> {

    Loaded<T> load(Path file) throws IOException;
  }

  /** The first of some files that exists. */
  private record FirstFile<T>(List<Path> candidates, FileLoader<T> loader)
      implements ReloadingTable.Source<T> {

    @Override
    public List<Path> files() {
      return candidates.stream().filter(Files::isRegularFile).limit(1).toList();
    }

    @Override
    public Loaded<T> load() throws IOException {
      var files = files();
      if (files.isEmpty()) {
        throw new NoSuchFileException(candidates.getFirst().toString());
      }
      return loader.load(files.getFirst());
    }
  }

  /** All threat lists at some places. */
  private record Feeds(List<Path> roots, InstantSource clock)
      implements ReloadingTable.Source<ThreatTable> {

    @Override
    public List<Path> files() {
      return ThreatFeeds.files(roots);
    }

    @Override
    public Loaded<ThreatTable> load() throws IOException {
      return ThreatFeeds.load(roots, clock.instant());
    }
  }
}
