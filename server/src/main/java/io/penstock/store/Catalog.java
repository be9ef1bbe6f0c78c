package io.penstock.store;

import io.penstock.store.Part.Partition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of the store as everyone sees them: all shared state of this package. A reader works on
 * a {@link Snapshot}; a part that was replaced or expired is deleted from the disk when no snapshot
 * shows it any more. Safe for use by many threads.
 */
final class Catalog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

  private final Path folder;
  private final Manifest manifest;
  private final Set<Snapshot> readers = new HashSet<>();
  private final Deque<Retired> retired = new ArrayDeque<>();
  private List<Part> parts;
  private long version;
  private long fileNumber;

  private record Retired(Part part, long version) {}

  /** Opens the store of a folder and removes files that a crash left without a line. */
  Catalog(Path folder) throws IOException {
    this.folder = folder.toAbsolutePath();
    this.manifest = new Manifest(folder);
    this.parts = List.copyOf(manifest.parts());
    this.fileNumber = parts.stream().mapToLong(Catalog::number).max().orElse(0);
    removeStrays();
  }

  /** The parts at one moment. Their files stay until it is closed. */
  final class Snapshot implements AutoCloseable {
    private final List<Part> seen;
    private final long seenVersion;

    private Snapshot(List<Part> seen, long seenVersion) {
      this.seen = seen;
      this.seenVersion = seenVersion;
    }

    List<Part> parts() {
      return seen;
    }

    /** Absolute path of a part's file. */
    Path file(Part part) {
      return folder.resolve(part.path());
    }

    @Override
    public void close() {
      release(this);
    }
  }

  synchronized Snapshot snapshot() {
    var snapshot = new Snapshot(parts, version);
    readers.add(snapshot);
    return snapshot;
  }

  private synchronized void release(Snapshot snapshot) {
    readers.remove(snapshot);
    deleteUnseen();
  }

  synchronized List<Part> parts() {
    return parts;
  }

  /** Position in the log behind the last indexed event, -1 for a new store. */
  synchronized long position() {
    return manifest.position();
  }

  /** A file for a new part of a partition; its folder exists and is durable. */
  Path newFile(Partition partition) throws IOException {
    long number;
    synchronized (this) {
      number = ++fileNumber;
    }
    var directory = folder.resolve(partition.folder());
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      Manifest.syncFolder(folder);
      Manifest.syncFolder(directory.resolve(".."));
    }
    return directory.resolve("part-%012d.parquet".formatted(number));
  }

  private static long number(Part part) {
    var digits = part.name().replaceAll("[^0-9]", "");
    return digits.isEmpty() ? 0 : Long.parseLong(digits);
  }

  /** Adds parts and moves on in the log, in one step. Their files must be durable. */
  void add(long position, List<Part> added) throws IOException {
    syncFolders(added);
    synchronized (this) {
      change(position, added, List.of());
    }
  }

  /**
   * Replaces parts by others that hold the same events.
   *
   * @return false when one of the old parts is gone; then nothing has changed
   */
  boolean replace(List<Part> old, List<Part> replacement) throws IOException {
    syncFolders(replacement);
    synchronized (this) {
      if (!new HashSet<>(parts).containsAll(old)) {
        return false;
      }
      change(manifest.position(), replacement, old);
      return true;
    }
  }

  /** Removes the parts that match; how many. */
  synchronized int removeIf(Predicate<Part> condition) throws IOException {
    var old = parts.stream().filter(condition).toList();
    if (!old.isEmpty()) {
      change(manifest.position(), List.of(), old);
    }
    return old.size();
  }

  private void syncFolders(List<Part> added) throws IOException {
    for (var partition : added.stream().map(Part::partition).distinct().toList()) {
      Manifest.syncFolder(folder.resolve(partition.folder()));
    }
  }

  private void change(long position, List<Part> added, List<Part> removed) throws IOException {
    manifest.commit(position, added, removed);
    parts = List.copyOf(manifest.parts());
    version++;
    removed.forEach(part -> retired.add(new Retired(part, version)));
    deleteUnseen();
  }

  private void deleteUnseen() {
    long oldestSeen = readers.stream().mapToLong(r -> r.seenVersion).min().orElse(version);
    for (var next = retired.peek();
        next != null && next.version() <= oldestSeen;
        next = retired.peek()) {
      retired.remove();
      delete(folder.resolve(next.part().path()));
    }
  }

  /** Deletes a file and the partition's folder when it was the last one in it. */
  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
      var partition = file.getParent();
      if (partition != null && isEmpty(partition)) {
        Files.deleteIfExists(partition);
      }
    } catch (IOException e) {
      // The next start removes it: the manifest no longer names it.
      LOG.atWarn().addKeyValue("file", file).setCause(e).log("cannot delete a retired part");
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var rest = Files.newDirectoryStream(directory)) {
      return !rest.iterator().hasNext();
    }
  }

  private void removeStrays() throws IOException {
    var known = new HashSet<Path>();
    parts.forEach(part -> known.add(folder.resolve(part.path())));
    var strays = new ArrayList<Path>();
    try (var files = Files.find(folder, 3, (path, a) -> a.isRegularFile())) {
      files
          .filter(path -> path.toString().endsWith(".parquet") && !known.contains(path))
          .forEach(strays::add);
    }
    strays.forEach(Catalog::delete);
    if (!strays.isEmpty()) {
      LOG.atInfo().addKeyValue("files", strays.size()).log("removed parts of unfinished work");
    }
    dropUnreadable();
  }

  /**
   * A part whose file is gone or damaged would fail every query: give it up, loudly. What is left
   * of the file is kept under another name.
   */
  private void dropUnreadable() throws IOException {
    var unreadable = new ArrayList<Part>();
    for (var part : parts) {
      var file = folder.resolve(part.path());
      if (isWhole(file, part.bytes())) {
        continue;
      }
      LOG.atError()
          .addKeyValue("file", part.path())
          .addKeyValue("rows", part.rows())
          .log("a part of the store is missing or damaged");
      if (Files.exists(file)) {
        Files.move(
            file,
            file.resolveSibling(part.name() + ".damaged"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      unreadable.add(part);
    }
    if (!unreadable.isEmpty()) {
      change(manifest.position(), List.of(), unreadable);
    }
  }

  /** As far as its ends show, which is what the engine asks first. */
  private static boolean isWhole(Path file, long bytes) throws IOException {
    int length = ParquetFormat.MAGIC.length;
    var magic = ByteBuffer.allocate(length);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.size() == bytes
          && bytes > length
          && channel.read(magic, bytes - length) == length
          && Arrays.equals(magic.array(), ParquetFormat.MAGIC);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    manifest.close();
  }
}
