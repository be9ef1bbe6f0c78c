package io.penstock.enrich;

import io.penstock.enrich.EnrichStatus.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table that follows its files. {@link #poll} looks at their sizes and times; what changed is
 * read once it has stayed the same between two looks, so a file that is still being written is left
 * alone. A file that turns out bad, or goes away, leaves the old table in use and says so.
 *
 * <p>Polling works on every file system, network mounts and Kubernetes' symbolic links included,
 * where change notification does not. One thread polls; any may read.
 */
final class ReloadingTable<T> {

  /** Reads a table from its files. */
  interface Source<T> {

    /** The files that make the table, those that exist. */
    List<Path> files();

    Loaded<T> load() throws IOException;
  }

  /** What tells one state of a file from another. */
  private record Stamp(Path file, long size, FileTime modified, @Nullable Object key) {}

  private static final Logger LOG = LoggerFactory.getLogger(ReloadingTable.class);

  private final String name;
  private final @Nullable String path;
  private final Source<T> source;
  private final InstantSource clock;
  private final @Nullable Supplier<Loaded<T>> fallback;

  private List<Stamp> seen = List.of();
  private volatile List<Stamp> read = List.of();
  private boolean started;

  private volatile @Nullable T table;
  private volatile EnrichStatus.Table status;

  /**
   * @param name what to call it in logs
   * @param path where it comes from, for people; null when nothing is configured
   * @param fallback the table to use while there is no file, null for none
   */
  ReloadingTable(
      String name,
      @Nullable String path,
      Source<T> source,
      @Nullable Supplier<Loaded<T>> fallback,
      InstantSource clock) {
    this.name = name;
    this.path = path;
    this.source = source;
    this.fallback = fallback;
    this.clock = clock;
    this.status = EnrichStatus.Table.without(State.MISSING, path, null);
  }

  /** The table in use, null while there is none. */
  @Nullable T table() {
    return table;
  }

  EnrichStatus.Table status() {
    return status;
  }

  /** The files as they were when last read. */
  List<EnrichStatus.File> files() {
    return read.stream()
        .map(
            stamp ->
                new EnrichStatus.File(
                    stamp.file().getFileName().toString(),
                    stamp.size(),
                    stamp.modified().toInstant()))
        .toList();
  }

  /** Looks at the files and reads them if they changed; whether the table is another one now. */
  synchronized boolean poll() {
    var now = stamps();
    boolean first = !started;
    boolean settled = first || now.equals(seen);
    started = true;
    seen = now;
    if (!settled || !first && now.equals(read)) {
      return false;
    }
    read = now;
    if (now.isEmpty()) {
      return gone(first);
    }
    return load();
  }

  /** Reads the files whether they changed or not. */
  synchronized boolean reload() {
    started = true;
    seen = stamps();
    read = seen;
    return seen.isEmpty() ? gone(table == null) : load();
  }

  private List<Stamp> stamps() {
    var stamps = new ArrayList<Stamp>();
    for (var file : source.files()) {
      try {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add(
            new Stamp(
                file, attributes.size(), attributes.lastModifiedTime(), attributes.fileKey()));
      } catch (IOException e) {
        // It went away between being listed and looked at: the next look will not list it.
        LOG.atDebug().addKeyValue("file", file).log("table file went away");
      }
    }
    return stamps;
  }

  private boolean load() {
    long started = System.nanoTime();
    try {
      var loaded = source.load();
      use(loaded, path == null ? join(seen) : path, started);
      return true;
    } catch (IOException | UncheckedIOException e) {
      return refuse(describe(e));
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("table", name).setCause(e).log("cannot read a table");
      return refuse(describe(e));
    }
  }

  private void use(Loaded<T> loaded, @Nullable String from, long startedNanos) {
    long millis = (System.nanoTime() - startedNanos) / 1_000_000;
    table = loaded.table();
    status = EnrichStatus.Table.of(loaded, from, clock.instant(), millis);
    LOG.atInfo()
        .addKeyValue("table", name)
        .addKeyValue("from", from == null ? "built-in" : from)
        .addKeyValue("kind", loaded.kind())
        .addKeyValue("entries", loaded.entries())
        .addKeyValue("millis", millis)
        .log("table loaded");
    if (loaded.problems().count() > 0) {
      LOG.atWarn()
          .addKeyValue("table", name)
          .addKeyValue("lines", loaded.problems().count())
          .addKeyValue("first", loaded.problems().first().getFirst())
          .log("lines of a table were skipped");
    }
  }

  private static String join(List<Stamp> stamps) {
    return String.join(", ", stamps.stream().map(stamp -> stamp.file().toString()).toList());
  }

  private boolean gone(boolean first) {
    if (!first && table != null) {
      return refuse("file is gone");
    }
    boolean changed = useFallback();
    if (path != null) {
      LOG.atWarn().addKeyValue("table", name).addKeyValue("path", path).log("table file not found");
      status =
          changed
              ? status.withError("not found: " + path)
              : EnrichStatus.Table.without(State.MISSING, path, "not found: " + path);
    }
    return changed;
  }

  /** Keeps what is in use, else takes the fallback, and says why. */
  private boolean refuse(String why) {
    LOG.atWarn().addKeyValue("table", name).addKeyValue("why", why).log("table file refused");
    if (table != null) {
      status = status.withError(why);
      return false;
    }
    boolean changed = useFallback();
    status = changed ? status.withError(why) : EnrichStatus.Table.without(State.ERROR, path, why);
    return changed;
  }

  private boolean useFallback() {
    if (fallback == null || table != null) {
      return false;
    }
    long started = System.nanoTime();
    use(fallback.get(), null, started);
    return true;
  }

  private static String describe(Exception e) {
    if (e instanceof NoSuchFileException) {
      return "not found: " + e.getMessage();
    }
    var message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
