package io.penstock.stub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stubs of a folder of YAML and JSON files, and of the bodies beside them. {@link #poll} looks
 * at sizes and times; a change is read once two looks found the same, so that files that are still
 * being written are left alone. One mistake in one file, and the stubs that were in use stay. One
 * thread polls; any may ask for the status.
 */
public final class StubFolder {

  private static final Logger LOG = LoggerFactory.getLogger(StubFolder.class);

  private static final int FILES_MAX = 20_000;
  private static final int DEPTH_MAX = 8;

  private record Stamp(long size, FileTime modified, @Nullable Object key) {}

  /**
   * What is in use.
   *
   * @param stubs how many
   * @param loaded when they were read; null when none ever were
   * @param problems why the latest files are not in use; empty when they are
   */
  public record Status(
      @Nullable Path folder, int stubs, @Nullable Instant loaded, List<Problem> problems) {}

  private final @Nullable Path folder;
  private final Stubs stubs;
  private final InstantSource clock;

  private @Nullable Map<Path, Stamp> seen;
  private @Nullable Map<Path, Stamp> read;

  private volatile Status status;

  /**
   * Reads the folder for the first time.
   *
   * @param folder null for none
   */
  public StubFolder(@Nullable Path folder, Stubs stubs, InstantSource clock) {
    this.folder = folder;
    this.stubs = stubs;
    this.clock = clock;
    this.status = new Status(folder, 0, null, List.of());
    if (folder != null) {
      seen = stamps(folder);
      read = seen;
      load(folder);
    }
  }

  public Status status() {
    return status;
  }

  /** Looks at the folder and reads it if something changed. Never throws. */
  public synchronized void poll() {
    if (folder == null) {
      return;
    }
    var now = stamps(folder);
    boolean isSettled = Objects.equals(now, seen);
    seen = now;
    if (!isSettled || Objects.equals(now, read)) {
      return;
    }
    read = now;
    load(folder);
  }

  /** The regular files below a folder; null when it cannot be looked at. */
  private static @Nullable Map<Path, Stamp> stamps(Path folder) {
    var stamps = new TreeMap<Path, Stamp>();
    try (var walk =
        Files.find(
            folder,
            DEPTH_MAX,
            (_, attributes) -> attributes.isRegularFile(),
            FileVisitOption.FOLLOW_LINKS)) {
      for (var file : (Iterable<Path>) walk.limit(FILES_MAX + 1L)::iterator) {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.put(
            file,
            new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey()));
      }
      return stamps;
    } catch (IOException | UncheckedIOException _) {
      // Not there, or changing right now: reading it will say which, or the next look sees it.
      return null;
    }
  }

  private void load(Path from) {
    Stub.Parsed parsed;
    try {
      parsed = read(from);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("folder", from).setCause(e).log("stubs not understood");
      parsed = problem("cannot be read because of a bug: " + e);
    }
    var problems =
        parsed.isValid() ? stubs.replace(Stubs.Layer.FILES, parsed.stubs()) : parsed.problems();
    if (!problems.isEmpty()) {
      refuse(from, problems);
      return;
    }
    status = new Status(from, parsed.stubs().size(), clock.instant(), List.of());
    LOG.atInfo()
        .addKeyValue("folder", from)
        .addKeyValue("stubs", parsed.stubs().size())
        .log("stubs loaded");
  }

  private void refuse(Path from, List<Problem> problems) {
    stubs.metrics().refused.inc();
    status = new Status(from, status.stubs(), status.loaded(), problems);
    LOG.atWarn()
        .addKeyValue("folder", from)
        .addKeyValue("problems", problems.size())
        .addKeyValue("first", problems.getFirst().toString())
        .addKeyValue("stubs", status.stubs())
        .log("stubs refused");
  }

  private static Stub.Parsed problem(String what) {
    return new Stub.Parsed(List.of(), List.of(new Problem("", 0, "", what)));
  }

  /** Reads a folder once, without using what is in it: what {@code check} does. */
  public static Stub.Parsed read(Path folder) {
    var stamps = stamps(folder);
    if (stamps == null) {
      return problem("the folder " + folder + " cannot be read");
    }
    if (stamps.size() > FILES_MAX) {
      return problem("more than " + FILES_MAX + " files in " + folder);
    }
    var all = new ArrayList<Stub>();
    var problems = new ArrayList<Problem>();
    var names = new HashMap<String, String>();
    var bodies = new BodyFolder(folder);
    for (var file : stamps.keySet()) {
      var relative = folder.relativize(file).toString();
      if (isDocument(relative)) {
        var parsed = document(file, bodies);
        parsed.problems().forEach(problem -> problems.add(problem.in(relative)));
        for (var stub : parsed.stubs()) {
          var other = names.putIfAbsent(stub.name(), relative);
          if (other != null) {
            problems.add(
                new Problem(
                    relative,
                    0,
                    "",
                    "a stub in " + other + " is called '" + stub.name() + "' too"));
          }
          all.add(stub);
        }
      }
    }
    return problems.isEmpty()
        ? new Stub.Parsed(all, List.of())
        : new Stub.Parsed(
            List.of(), problems.subList(0, Math.min(problems.size(), StubReader.PROBLEMS_MAX)));
  }

  /** Bodies in JSON stand in folders that begin with two underscores, as WireMock's do. */
  private static boolean isDocument(String name) {
    return name.matches("(?i).*\\.(yaml|yml|json)") && !name.contains("__");
  }

  private static Stub.Parsed document(Path file, BodyFolder bodies) {
    try {
      if (Files.size(file) > YamlForm.CHARACTERS_MAX) {
        return problem("larger than " + YamlForm.CHARACTERS_MAX + " octets");
      }
      var beside = Objects.requireNonNull(file.getParent());
      return StubReader.read(Files.readString(file), name -> bodies.read(beside, name));
    } catch (CharacterCodingException e) {
      return problem("not UTF-8");
    } catch (IOException e) {
      return problem("cannot be read: " + e.getMessage());
    }
  }
}
