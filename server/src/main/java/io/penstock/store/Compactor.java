package io.penstock.store;

import io.penstock.event.Event;
import io.penstock.store.Part.Partition;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the number of parts small: when a partition has eight parts of about the same size, they
 * become one. Small ones are read and written anew as one row group; large ones are joined, their
 * row groups copied as they are. An event is written once per power of eight, and big parts cost
 * next to nothing. What is left of a day that is over becomes one. One thread works at a time.
 */
final class Compactor {

  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);
  private static final int FAN_IN = 8;
  private static final int TIER_BITS = 3;

  private final Catalog catalog;
  private final Duck duck;
  private final StoreConfig config;
  private final InstantSource clock;
  private final Counter compactions;
  private final ColumnEncoder encoder = new ColumnEncoder();

  Compactor(
      Catalog catalog,
      Duck duck,
      StoreConfig config,
      InstantSource clock,
      PrometheusRegistry registry) {
    this.catalog = catalog;
    this.duck = duck;
    this.config = config;
    this.clock = clock;
    this.compactions =
        Counter.builder()
            .name("telemetry_store_compactions_total")
            .help("Parts of the store that replaced several smaller ones.")
            .labelNames("how")
            .register(registry);
    compactions.initLabelValues("rewritten");
    compactions.initLabelValues("joined");
  }

  /** Does one compaction if one is due; whether it did. */
  synchronized boolean compactOnce() throws IOException, SQLException {
    try (var snapshot = catalog.snapshot()) {
      var due = due(snapshot.parts());
      if (due.isEmpty()) {
        return false;
      }
      return compact(due.get(), snapshot);
    }
  }

  private Optional<List<Part>> due(List<Part> parts) {
    return crowdedTier(parts).or(() -> finishedDay(parts));
  }

  private Optional<List<Part>> crowdedTier(List<Part> parts) {
    Map<String, List<Part>> tiers =
        parts.stream()
            .filter(part -> part.rows() < config.partRowsMax())
            .collect(
                Collectors.groupingBy(
                    part -> part.partition().folder() + "/" + tier(part),
                    TreeMap::new,
                    Collectors.toList()));
    return tiers.values().stream()
        .filter(tier -> tier.size() >= FAN_IN)
        .findFirst()
        .map(
            tier ->
                tier.stream()
                    .sorted(Comparator.comparingLong(Part::oldestNanos))
                    .limit(FAN_IN)
                    .toList());
  }

  /** The small parts of a day to which nothing more will come, if they fit into one row group. */
  private Optional<List<Part>> finishedDay(List<Part> parts) {
    var today = Indexer.day(TimeUnit.MILLISECONDS.toNanos(clock.millis()));
    return parts.stream()
        .filter(part -> part.day().isBefore(today) && part.rows() < config.groupRows())
        .collect(Collectors.groupingBy(Part::partition))
        .values()
        .stream()
        .map(this::fitting)
        .filter(fitting -> fitting.size() > 1)
        .findFirst();
  }

  private List<Part> fitting(List<Part> parts) {
    var smallestFirst = new ArrayList<>(parts);
    smallestFirst.sort(Comparator.comparingLong(Part::rows));
    var fitting = new ArrayList<Part>();
    long rows = 0;
    for (var part : smallestFirst) {
      rows += part.rows();
      if (rows > config.groupRows()) {
        break;
      }
      fitting.add(part);
    }
    return fitting;
  }

  private static int tier(Part part) {
    return (63 - Long.numberOfLeadingZeros(Math.max(1, part.rows()))) / TIER_BITS;
  }

  private boolean compact(List<Part> old, Catalog.Snapshot snapshot)
      throws IOException, SQLException {
    var partition = old.getFirst().partition();
    long rows = old.stream().mapToLong(Part::rows).sum();
    boolean isRewrite = rows <= config.groupRows() && fitsIntoMemory(old, snapshot);
    var file = catalog.newFile(partition);
    try {
      var part = isRewrite ? rewrite(old, snapshot, partition, file) : join(old, snapshot, file);
      if (!catalog.replace(old, List.of(part))) {
        Files.deleteIfExists(file);
        return false;
      }
    } catch (IOException | SQLException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    compactions.labelValues(isRewrite ? "rewritten" : "joined").inc();
    LOG.atDebug()
        .addKeyValue("partition", partition.folder())
        .addKeyValue("rows", rows)
        .log("compacted parts");
    return true;
  }

  private boolean fitsIntoMemory(List<Part> parts, Catalog.Snapshot snapshot) throws IOException {
    long bytes = 0;
    for (var part : parts) {
      bytes += ParquetJoin.inflatedBytes(snapshot.file(part), Column.EXTRA);
    }
    return bytes <= config.groupExtraBytes();
  }

  private Part rewrite(List<Part> old, Catalog.Snapshot snapshot, Partition partition, Path file)
      throws IOException, SQLException {
    // A new one each time: most of the time nothing is rewritten, and its arrays are large.
    var group = new RowGroup();
    try (var connection = duck.connect();
        var statement = connection.createStatement()) {
      for (var part : old) {
        var path = snapshot.file(part).toString().replace("'", "''");
        try (var rows =
            statement.executeQuery(
                "SELECT " + EventRow.SELECT + " FROM read_parquet('" + path + "')")) {
          var row = new EventRow(rows);
          while (rows.next()) {
            Event event = row.event();
            group.add(event);
          }
        }
      }
      return group.write(file, encoder).part(partition, file);
    }
  }

  private static Part join(List<Part> old, Catalog.Snapshot snapshot, Path file)
      throws IOException {
    long bytes = ParquetJoin.join(old.stream().map(snapshot::file).toList(), file);
    var first = old.getFirst();
    return new Part(
        first.tenant(),
        first.day(),
        file.getFileName().toString(),
        old.stream().mapToLong(Part::rows).sum(),
        bytes,
        old.stream().mapToLong(Part::oldestNanos).min().orElseThrow(),
        old.stream().mapToLong(Part::newestNanos).max().orElseThrow());
  }

  synchronized void close() {
    encoder.close();
  }
}
