package io.penstock.admit;

import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Flag;
import io.penstock.control.Flags;
import io.penstock.control.Source;
import io.penstock.control.Sources;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A control plane of a test's own, with the tenants {@code default} and {@code acme}. */
public final class Plane implements AutoCloseable {

  public final PrometheusRegistry registry = new PrometheusRegistry();
  public final Database database;
  public final Sources sources;
  public final Flags flags;
  public final InstantSource clock;

  public Plane(Path folder, InstantSource clock) {
    this.clock = clock;
    database = Database.open(new DatabaseConfig.Sqlite(folder.resolve("control.db")), registry);
    var tenants = new Tenants(database, 7, clock);
    tenants.add(new Tenant("acme", "ACME", 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));
    sources = new Sources(database, clock);
    flags = new Flags(database, Map.of(), clock);
  }

  public Admission admission(UnknownExporters unknown) {
    return new Admission(sources, flags, unknown, registry, clock);
  }

  public void turnOn(Flag... wanted) {
    for (var flag : wanted) {
      flags.set(Map.of(flag, true), "test");
    }
  }

  public void turnOff(Flag flag) {
    flags.set(Map.of(flag, false), "test");
  }

  /** Adds an enabled source, or changes it. */
  public Source put(String tenant, String id, Source.Type type, int maxEps, String... networks) {
    return put(source(tenant, id, type, true, maxEps, networks));
  }

  /** Adds a disabled source, or changes it. */
  public Source putDisabled(String tenant, String id, Source.Type type, String... networks) {
    return put(source(tenant, id, type, false, 0, networks));
  }

  private Source put(Source source) {
    if (!sources.add(source)) {
      sources.change(source.key(), _ -> source);
    }
    return source;
  }

  private static Source source(
      String tenant,
      String id,
      Source.Type type,
      boolean isEnabled,
      int maxEps,
      String... networks) {
    return new Source(
        new Source.Key(tenant, id),
        type,
        id,
        "collector",
        null,
        List.of(),
        null,
        isEnabled,
        List.of(networks),
        maxEps,
        true,
        Instant.EPOCH,
        Instant.EPOCH);
  }

  /** The sum of a counter's points that have all of these label values. */
  public double counter(String name, String... labelValues) {
    return registry.scrape(name.replaceAll("_total$", "")::equals).stream()
        .map(CounterSnapshot.class::cast)
        .flatMap(counter -> counter.getDataPoints().stream())
        .filter(
            point ->
                point.getLabels().stream()
                    .map(label -> label.getValue())
                    .toList()
                    .containsAll(List.of(labelValues)))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Override
  public void close() {
    database.close();
  }
}
