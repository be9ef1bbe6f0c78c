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
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enrich stage. It adds to an event what the tables in memory know of its two ends; a look-up
 * never waits for anything but the first loading of the tables.
 *
 * <p>The tables in use are one immutable {@link Tables} in one volatile field: an event sees all of
 * one state. Two threads touch them, both rarely: the one that follows the files and whoever sets
 * dynamic indicators; both go through {@link #publish}.
 */
public final class Enricher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Enricher.class);

  /** How long events wait for the first loading; after that they go with what there is. */
  private static final Duration FIRST_LOAD_MAX = Duration.ofSeconds(30);

  /** A state record describes an exporter, not traffic: it has no ends and no risk. */
  private static final Enrichment NOTHING =
      new Enrichment(null, null, null, null, List.of(), 0, List.of(), Direction.UNKNOWN);

  /** The tables of one moment. */
  private record Tables(
      @Nullable RangeTable<Geo> geo,
      @Nullable RangeTable<AutonomousSystem> as,
      ThreatTable feeds,
      ThreatTable dynamic) {

    @Nullable Geo geoOf(Endpoint end) {
      return geo == null || !end.hasIp() ? null : geo.find(end.ipHigh(), end.ipLow());
    }

    @Nullable AutonomousSystem asOf(Endpoint end) {
      return as == null || !end.hasIp() ? null : as.find(end.ipHigh(), end.ipLow());
    }

    boolean isNamed(Endpoint end) {
      return end.hasIp()
          && (feeds.names(end.ipHigh(), end.ipLow()) || dynamic.names(end.ipHigh(), end.ipLow()));
    }

    void match(Endpoint end, Side side, List<ThreatMatch> matches) {
      if (end.hasIp()) {
        feeds.match(end.ipHigh(), end.ipLow(), side, matches);
        dynamic.match(end.ipHigh(), end.ipLow(), side, matches);
      }
    }

    boolean hasDomains() {
      return feeds.hasDomains() || dynamic.hasDomains();
    }
  }

  private final EnrichConfig config;
  private final InternalNetworks internal;
  private final ReloadingTable<RangeTable<Geo>> geo;
  private final ReloadingTable<RangeTable<AutonomousSystem>> as;
  private final ReloadingTable<ThreatTable> threats;
  private final EnrichMetrics metrics;
  private final CountDownLatch firstLoad = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Tables tables = new Tables(null, null, ThreatTable.EMPTY, ThreatTable.EMPTY);
  private volatile boolean ready;

  public Enricher(EnrichConfig config, PrometheusRegistry registry, InstantSource clock) {
    this.config = config;
    this.internal = new InternalNetworks(config.internalNetworks());
    this.geo =
        new ReloadingTable<>(
            "geo",
            config.geoAsked() ? config.geoFiles().getFirst().toString() : null,
            new FirstFile<>(config.geoFiles(), GeoTable::load),
            BuiltInCountries::load,
            clock);
    this.as =
        new ReloadingTable<>(
            "as",
            config.asAsked() ? config.asFiles().getFirst().toString() : null,
            new FirstFile<>(config.asFiles(), AsTable::load),
            null,
            clock);
    this.threats =
        new ReloadingTable<>(
            "threats",
            config.threatsAsked() ? join(config.threatRoots()) : null,
            new Feeds(config.threatRoots()),
            null,
            clock);
    this.metrics = new EnrichMetrics(registry, this::status);
  }

  private static String join(List<Path> paths) {
    return String.join(", ", paths.stream().map(Path::toString).toList());
  }

  /** Loads the tables in the background and follows their files from then on. */
  public void start() {
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
    boolean changed = config.geoEnabled() && geo.poll();
    changed |= config.asEnabled() && as.poll();
    changed |= config.threatsEnabled() && threats.poll();
    if (changed) {
      publish(null);
    }
  }

  /** Reads all files now, whether they changed or not, and waits for it. */
  public void reload() {
    if (config.geoEnabled()) {
      geo.reload();
    }
    if (config.asEnabled()) {
      as.reload();
    }
    if (config.threatsEnabled()) {
      threats.reload();
    }
    publish(null);
    ready = true;
    firstLoad.countDown();
  }

  private synchronized void publish(@Nullable ThreatTable dynamic) {
    var feeds = threats.table();
    tables =
        new Tables(
            geo.table(),
            as.table(),
            feeds == null ? ThreatTable.EMPTY : feeds,
            dynamic == null ? tables.dynamic() : dynamic);
  }

  /**
   * Replaces the indicators that came through the API; they count beside those of the files at
   * once.
   */
  public void useDynamicIndicators(Collection<Indicator> indicators) {
    var table = new ThreatTable.Builder();
    indicators.forEach(table::add);
    publish(table.build());
  }

  /** Waits until the tables were loaded for the first time; whether they are. */
  public boolean awaitLoaded(Duration atMost) throws InterruptedException {
    return firstLoad.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The event with what is known of it. */
  public Event enrich(Event event) {
    return event.enriched(enrichmentOf(event));
  }

  /**
   * What is known of an event. Waits for the first loading of the tables, so {@link #start} or
   * {@link #reload} must have been called.
   */
  public Enrichment enrichmentOf(Event event) {
    if (!ready) {
      awaitFirstLoad();
    }
    if (event.kind() == Event.Kind.OPTIONS || event.kind() == Event.Kind.COUNTERS) {
      return NOTHING;
    }
    var now = tables;
    var source = event.source();
    var destination = event.destination();
    var matches = threatsOf(now, event);
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

  private List<ThreatMatch> threatsOf(Tables now, Event event) {
    var domain = now.hasDomains() ? DnsQuery.in(event.extra()) : null;
    if (domain == null && !now.isNamed(event.source()) && !now.isNamed(event.destination())) {
      return List.of();
    }
    var matches = new ArrayList<ThreatMatch>(4);
    now.match(event.source(), Side.SOURCE, matches);
    now.match(event.destination(), Side.DESTINATION, matches);
    if (domain != null) {
      var name = DomainName.of(domain);
      name.ifPresent(
          found -> {
            now.feeds().matchDomain(found, matches);
            now.dynamic().matchDomain(found, matches);
          });
    }
    matches.forEach(metrics::matched);
    return List.copyOf(matches);
  }

  /** What is known of one address. Not counted as a match. */
  public Lookup lookup(Ip ip) {
    if (!ready) {
      awaitFirstLoad();
    }
    var now = tables;
    var matches = new ArrayList<ThreatMatch>();
    now.feeds().match(ip.high(), ip.low(), Side.DESTINATION, matches);
    now.dynamic().match(ip.high(), ip.low(), Side.DESTINATION, matches);
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
        status(config.geoEnabled(), geo::status),
        status(config.asEnabled(), as::status),
        status(config.threatsEnabled(), threats::status),
        now.feeds().feeds().stream().sorted().toList(),
        now.dynamic().size());
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
  private record Feeds(List<Path> roots) implements ReloadingTable.Source<ThreatTable> {

    @Override
    public List<Path> files() {
      return ThreatFeeds.files(roots);
    }

    @Override
    public Loaded<ThreatTable> load() throws IOException {
      return ThreatFeeds.load(roots);
    }
  }
}
