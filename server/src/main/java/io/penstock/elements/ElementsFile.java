package io.penstock.elements;

import io.penstock.elements.ElementsStatus.State;
import io.penstock.registry.Registry;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry in use: what ships, under what the operator's file says. {@link #poll} looks at the
 * file's size and time; a changed one is read once two looks found it the same, so a file that is
 * still being written is left alone. A file with mistakes, or one that went away, leaves the old
 * mapping in use and says so. One thread polls; any may read.
 */
public final class ElementsFile {

  /** What tells one state of the file from another. */
  private record Stamp(long size, FileTime modified, @Nullable Object key) {}

  private static final Logger LOG = LoggerFactory.getLogger(ElementsFile.class);

  private final @Nullable Path path;
  private final Registry shipped;
  private final InstantSource clock;
  private final Counter refusals;

  private @Nullable Stamp seen;
  private @Nullable Stamp read;

  private volatile Registry registry;
  private volatile ElementsStatus status;

  /**
   * Reads the file for the first time. When it is bad, what ships is in use until it is mended.
   *
   * @param path the file; null for none
   * @param shipped the registry without it
   */
  public ElementsFile(
      @Nullable Path path, Registry shipped, PrometheusRegistry metrics, InstantSource clock) {
    this.path = path;
    this.shipped = shipped;
    this.clock = clock;
    this.registry = shipped;
    var name = path == null ? null : path.toString();
    this.status = new ElementsStatus(State.NONE, name, 0, null, List.of());
    this.refusals =
        Counter.builder()
            .name("telemetry_elements_refused_total")
            .help("Elements files that were refused because of mistakes.")
            .register(metrics);
    GaugeWithCallback.builder()
        .name("telemetry_elements_entries")
        .help("Elements of the operator's file in use.")
        .callback(callback -> callback.call(status.entries()))
        .register(metrics);
    if (path != null) {
      seen = stamp(path);
      read = seen;
      load(path);
    }
  }

  /** Reads a file once. */
  public static Elements read(Path file, Registry shipped) {
    try {
      if (Files.size(file) > 4L * ElementsReader.CHARACTERS_MAX) {
        return Elements.unreadable("larger than " + ElementsReader.CHARACTERS_MAX + " characters");
      }
      return ElementsReader.read(Files.readString(file), shipped);
    } catch (NoSuchFileException e) {
      return Elements.unreadable("not found");
    } catch (CharacterCodingException e) {
      return Elements.unreadable("not UTF-8");
    } catch (IOException e) {
      return Elements.unreadable("cannot be read: " + e.getMessage());
    }
  }

  /** The registry in use, immutable. */
  public Registry registry() {
    return registry;
  }

  public ElementsStatus status() {
    return status;
  }

  /** Looks at the file and reads it if it changed. Never throws. */
  public synchronized void poll() {
    if (path == null) {
      return;
    }
    var now = stamp(path);
    boolean isSettled = Objects.equals(now, seen);
    seen = now;
    if (!isSettled || Objects.equals(now, read)) {
      return;
    }
    read = now;
    load(path);
  }

  private static @Nullable Stamp stamp(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    } catch (IOException e) {
      // Not there, or not to be looked at: reading it will say which.
      return null;
    }
  }

  private void load(Path file) {
    Elements loaded;
    try {
      loaded = read(file, shipped);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("file", file).setCause(e).log("elements file not understood");
      loaded = Elements.unreadable("cannot be read because of a bug: " + e);
    }
    if (!loaded.isValid()) {
      refuse(file, loaded.problems());
      return;
    }
    int entries = loaded.elements().size();
    registry = shipped.with(loaded.elements());
    status = new ElementsStatus(State.LOADED, file.toString(), entries, clock.instant(), List.of());
    LOG.atInfo()
        .addKeyValue("file", file)
        .addKeyValue("entries", entries)
        .log("elements file loaded");
  }

  private void refuse(Path file, List<Elements.Problem> problems) {
    var lines = problems.stream().map(problem -> problem.in(file.toString())).toList();
    refusals.inc();
    var old = status;
    status = new ElementsStatus(State.ERROR, file.toString(), old.entries(), old.loaded(), lines);
    LOG.atWarn()
        .addKeyValue("file", file)
        .addKeyValue("problems", lines.size())
        .addKeyValue("first", lines.getFirst())
        .addKeyValue("entries", old.entries())
        .log("elements file refused");
  }
}
