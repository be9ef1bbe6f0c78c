package io.penstock.inventory;

import io.penstock.exchange.Exchange;
import io.penstock.exchange.Verdict;
import io.penstock.inventory.Alert.Kind;
import io.penstock.profile.Explanation;
import io.penstock.profile.Explanation.Explained;
import io.penstock.profile.FieldType;
import io.penstock.profile.Identifier;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Accumulates what exchanges say. For any number of threads, one at a time; a call takes
 * microseconds for each field, and does not wait for anything else.
 */
public final class Inventory {

  /** Where versions beyond the bound are kept together. */
  static final String OTHER_VERSION = "(other)";

  private static final String NO_PROFILE = "host:";

  /** A key longer than this is cut: paths of nested objects can be long. */
  private static final int KEY_MAX = 300;

  private static final int HOSTS_OF_PRODUCT_MAX = 50;
  private static final int KEY_OCTETS_MIN = 16;
  private static final long DAY_SECONDS = 86_400;

  private final InventoryConfig config;
  private final Example example;
  private final long seed;
  private final InstantSource clock;
  private final Counter dropped;
  private final Counter alerts;

  private final Map<ProductKey, Product> products = new HashMap<>();
  private final Map<HostKey, Host> hosts = new HashMap<>();
  private final Map<String, Integer> hostsOfTenant = new HashMap<>();
  private int fieldsTotal;
  private Instant since;

  private record ProductKey(String tenant, String product) {}

  private record HostKey(String tenant, String host) {}

  private static final class Host {
    private long requests;
    private Instant first = Instant.MAX;
    private Instant last = Instant.MIN;
  }

  private static final class Product {
    private final Map<String, Version> versions = new HashMap<>();
    private final Rhythm rhythm = new Rhythm();
    private final Set<String> keys = new TreeSet<>();
    private final Set<String> identifiers = new TreeSet<>();
    private int fields;
  }

  private static final class Version {
    private long requests;
    private long octets;
    private Instant first = Instant.MAX;
    private Instant last = Instant.MIN;
    private Days days = Days.NONE;
    private final Set<String> hosts = new TreeSet<>();
    private final Map<String, Entry> fields = new HashMap<>();
  }

  private static final class Entry {
    private final Set<FieldType> types = EnumSet.noneOf(FieldType.class);
    private Identifier identifier = Identifier.NONE;
    private boolean isKnown;
    private String example = "";
    private Cardinality values = new Cardinality();
    private long count;
    private Instant first = Instant.MAX;
    private Instant last = Instant.MIN;
    private Days days = Days.NONE;
  }

  /**
   * @param key secret of the installation, at least 16 octets: examples of identifiers are hashed
   *     with it, so that they stay the same and cannot be guessed
   */
  public Inventory(
      InventoryConfig config, byte[] key, InstantSource clock, PrometheusRegistry registry) {
    if (key.length < KEY_OCTETS_MIN) {
      throw new IllegalArgumentException("a key of " + key.length + " octets");
    }
    this.config = config;
    this.example = new Example(key);
    this.seed = ByteBuffer.wrap(key).getLong();
    this.clock = clock;
    this.since = clock.instant();
    this.dropped =
        Counter.builder()
            .name("intercept_inventory_dropped_total")
            .help("What the inventory had no room for: product, version, field, host.")
            .labelNames("what")
            .register(registry);
    List.of("product", "version", "field", "host").forEach(dropped::initLabelValues);
    this.alerts =
        Counter.builder()
            .name("intercept_alerts_total")
            .help("Alerts that the inventory raised, by kind.")
            .labelNames("kind")
            .register(registry);
    for (var kind : Kind.values()) {
      alerts.initLabelValues(kind.name());
    }
    GaugeWithCallback.builder()
        .name("intercept_inventory_fields")
        .help("Fields that the inventory has, of all products and versions.")
        .callback(callback -> callback.call(fields()))
        .register(registry);
  }

  private synchronized int fields() {
    return fieldsTotal;
  }

  /**
   * Adds an exchange.
   *
   * @return what is worth telling
   */
  public synchronized List<Alert> record(Exchange exchange, Explanation explanation) {
    var raised = new ArrayList<Alert>();
    var at = Instant.ofEpochSecond(0, exchange.began());
    addHost(exchange, at, raised);
    if (exchange.verdict() == Verdict.TUNNEL || exchange.request().method().equals("CONNECT")) {
      // Nothing of it was read.
      return counted(raised);
    }
    var name = explanation.product();
    var key =
        new ProductKey(
            exchange.tenant(), name == null ? NO_PROFILE + exchange.request().host() : name);
    var product = product(key);
    if (product == null) {
      return counted(raised);
    }
    if (product.rhythm.isSpike(at, config)) {
      raised.add(
          new Alert(
              Kind.VOLUME_SPIKE,
              at,
              key.tenant,
              key.product,
              "",
              "",
              "usually about %.0f requests an hour".formatted(product.rhythm.usual())));
    }
    var said = explanation.version();
    var versionName = said == null ? "" : said;
    var version = version(product, versionName);
    count(version, exchange, at);
    for (var field : explanation.fields()) {
      add(key, product, version, versionName, field, at, raised);
    }
    return counted(raised);
  }

  private List<Alert> counted(List<Alert> raised) {
    raised.forEach(alert -> alerts.labelValues(alert.kind().name()).inc());
    return List.copyOf(raised);
  }

  private void addHost(Exchange exchange, Instant at, List<Alert> raised) {
    var key = new HostKey(exchange.tenant(), exchange.request().host());
    var host = hosts.get(key);
    if (host == null) {
      if (hostsOfTenant.getOrDefault(key.tenant, 0) >= config.hostsMax()) {
        dropped.labelValues("host").inc();
        return;
      }
      hostsOfTenant.merge(key.tenant, 1, Integer::sum);
      host = new Host();
      hosts.put(key, host);
      if (!isLearning(at)) {
        var product = exchange.product();
        raised.add(
            new Alert(
                Kind.NEW_HOST,
                at,
                key.tenant,
                product == null ? "" : product,
                "",
                key.host,
                "nobody asked for this host before"));
      }
    }
    host.requests++;
    host.first = earlier(host.first, at);
    host.last = later(host.last, at);
  }

  private boolean isLearning(Instant at) {
    return at.isBefore(since.plus(config.learning()));
  }

  private @Nullable Product product(ProductKey key) {
    var product = products.get(key);
    if (product == null) {
      if (products.size() >= config.productsMax()) {
        dropped.labelValues("product").inc();
        return null;
      }
      product = new Product();
      products.put(key, product);
    }
    return product;
  }

  private Version version(Product product, String name) {
    var version = product.versions.get(name);
    if (version != null) {
      return version;
    }
    boolean isFull = product.versions.size() >= config.versionsMax();
    if (isFull) {
      dropped.labelValues("version").inc();
    }
    return product.versions.computeIfAbsent(isFull ? OTHER_VERSION : name, _ -> new Version());
  }

  private static void count(Version version, Exchange exchange, Instant at) {
    version.requests++;
    version.octets += exchange.request().target().length() + exchange.request().body().length();
    version.first = earlier(version.first, at);
    version.last = later(version.last, at);
    version.days = version.days.with(day(at));
    if (version.hosts.size() < HOSTS_OF_PRODUCT_MAX) {
      version.hosts.add(exchange.request().host());
    }
  }

  private void add(
      ProductKey owner,
      Product product,
      Version version,
      String versionName,
      Explained explained,
      Instant at,
      List<Alert> raised) {
    var full = explained.field().key();
    var key = full.length() > KEY_MAX ? full.substring(0, KEY_MAX) : full;
    var entry = version.fields.get(key);
    if (entry == null) {
      if (product.fields >= config.fieldsMax() || fieldsTotal >= config.fieldsTotalMax()) {
        dropped.labelValues("field").inc();
        return;
      }
      entry = new Entry();
      entry.example = example.of(explained);
      version.fields.put(key, entry);
      product.fields++;
      fieldsTotal++;
      if (product.keys.add(key) && !isLearning(at)) {
        raised.add(alert(Kind.NEW_FIELD, at, owner, versionName, key, "not sent before"));
      }
    }
    if (explained.identifier() != Identifier.NONE && product.identifiers.add(key)) {
      // Whatever its first value was shown as: this one tells somebody apart.
      entry.example = example.of(explained);
      raised.add(
          alert(
              Kind.IDENTIFIER_SEEN,
              at,
              owner,
              versionName,
              key,
              "tells apart: " + Snapshot.word(explained.identifier())));
    }
    update(entry, explained, at);
  }

  private static Alert alert(
      Kind kind, Instant at, ProductKey owner, String version, String key, String detail) {
    return new Alert(kind, at, owner.tenant, owner.product, version, key, detail);
  }

  private void update(Entry entry, Explained explained, Instant at) {
    entry.types.add(explained.field().type());
    if (entry.identifier == Identifier.NONE && explained.identifier() != Identifier.NONE) {
      entry.identifier = explained.identifier();
      entry.example = example.of(explained);
    }
    entry.isKnown |= explained.isKnown();
    entry.values.add(explained.field().value(), seed);
    entry.count++;
    entry.first = earlier(entry.first, at);
    entry.last = later(entry.last, at);
    entry.days = entry.days.with(day(at));
  }

  /** The products that have fallen silent since the last call. For a timer, every few minutes. */
  public synchronized List<Alert> silences() {
    var now = clock.instant();
    var raised = new ArrayList<Alert>();
    products.forEach(
        (key, product) -> {
          if (product.rhythm.fallsSilent(now, config)) {
            raised.add(alert(Kind.SILENCE, now, key, "", "", "last seen " + product.rhythm.last()));
          }
        });
    return counted(raised);
  }

  /** What there is now. */
  public synchronized Snapshot snapshot() {
    var seen = new ArrayList<SeenProduct>();
    products.forEach(
        (key, product) ->
            product.versions.forEach((name, version) -> seen.add(seen(key, name, version))));
    seen.sort(
        Comparator.comparing(SeenProduct::tenant)
            .thenComparing(SeenProduct::product)
            .thenComparing(SeenProduct::version));
    var seenHosts = new ArrayList<SeenHost>();
    hosts.forEach(
        (key, host) ->
            seenHosts.add(
                new SeenHost(key.tenant, key.host, host.requests, host.first, host.last)));
    seenHosts.sort(Comparator.comparing(SeenHost::tenant).thenComparing(SeenHost::host));
    return new Snapshot(since, clock.instant(), seen, seenHosts);
  }

  private static SeenProduct seen(ProductKey key, String name, Version version) {
    var fields = new ArrayList<SeenField>();
    version.fields.forEach((field, entry) -> fields.add(seen(field, entry)));
    fields.sort(Comparator.comparing(SeenField::key));
    return new SeenProduct(
        key.tenant,
        key.product,
        name,
        version.requests,
        version.octets,
        version.first,
        version.last,
        version.days,
        List.copyOf(version.hosts),
        fields);
  }

  private static SeenField seen(String key, Entry entry) {
    return new SeenField(
        key,
        entry.types,
        entry.identifier,
        entry.isKnown,
        entry.example,
        entry.values.estimate(),
        entry.values.text(),
        entry.count,
        entry.first,
        entry.last,
        entry.days);
  }

  /**
   * Continues an earlier inventory, within the bounds of this one. For the start, before anything
   * is recorded. Values count on only under the same key.
   */
  public synchronized void restore(Snapshot snapshot) {
    since = snapshot.since();
    for (var seen : snapshot.hosts()) {
      restore(seen);
    }
    for (var seen : snapshot.products()) {
      var product = product(new ProductKey(seen.tenant(), seen.product()));
      if (product != null) {
        restore(seen, product);
      }
    }
  }

  private void restore(SeenHost seen) {
    if (hostsOfTenant.getOrDefault(seen.tenant(), 0) >= config.hostsMax()) {
      dropped.labelValues("host").inc();
      return;
    }
    var host = new Host();
    host.requests = seen.requests();
    host.first = seen.first();
    host.last = seen.last();
    if (hosts.put(new HostKey(seen.tenant(), seen.host()), host) == null) {
      hostsOfTenant.merge(seen.tenant(), 1, Integer::sum);
    }
  }

  private void restore(SeenProduct seen, Product product) {
    var version = version(product, seen.version());
    version.requests += seen.requests();
    version.octets += seen.octets();
    version.first = earlier(version.first, seen.first());
    version.last = later(version.last, seen.last());
    version.days = seen.days();
    seen.hosts().stream().limit(HOSTS_OF_PRODUCT_MAX).forEach(version.hosts::add);
    for (var field : seen.fields()) {
      if (product.fields >= config.fieldsMax() || fieldsTotal >= config.fieldsTotalMax()) {
        dropped.labelValues("field").inc();
      } else if (version.fields.put(field.key(), entry(field)) == null) {
        product.fields++;
        fieldsTotal++;
        product.keys.add(field.key());
        if (field.identifier() != Identifier.NONE) {
          product.identifiers.add(field.key());
        }
      }
    }
  }

  private static Entry entry(SeenField field) {
    var entry = new Entry();
    entry.types.addAll(field.types());
    entry.identifier = field.identifier();
    entry.isKnown = field.isKnown();
    entry.example = field.example();
    entry.values = Cardinality.parse(field.sketch());
    entry.count = field.count();
    entry.first = field.first();
    entry.last = field.last();
    entry.days = field.days();
    return entry;
  }

  private static long day(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), DAY_SECONDS);
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
