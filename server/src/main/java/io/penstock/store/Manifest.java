package io.penstock.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The file that says which parts count and how far in the log they reach. Both change in one line
 * behind its checksum, synced before the change is taken for made: a crash leaves the line whole,
 * or torn and then ignored. That is what makes indexing exactly once.
 *
 * <p>A line reads {@code <crc32> <position> +<part> ... -<path> ...}. When most lines are history,
 * the file is rewritten aside and renamed. For one thread at a time.
 */
final class Manifest implements AutoCloseable {

  private static final String FILE = "manifest";
  private static final int HISTORY_MIN = 1000;

  private final Path folder;
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private FileChannel channel;
  private long position = -1;
  private long size;
  private int changes;

  /** Reads the manifest of a folder, drops a torn tail, and makes one where there is none. */
  Manifest(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    read();
    this.channel = rewrite();
  }

  /** Position in the log behind the last event that counts; -1 when nothing was indexed yet. */
  long position() {
    return position;
  }

  Collection<Part> parts() {
    return parts.values();
  }

  /**
   * Makes a change durable. When it throws, nothing has changed.
   *
   * @param newPosition how far the parts reach in the log now
   */
  void commit(long newPosition, List<Part> added, List<Part> removed) throws IOException {
    if (changes > HISTORY_MIN + 4 * parts.size()) {
      var old = channel;
      channel = rewrite();
      old.close();
    }
    append(line(newPosition, added, removed));
    apply(newPosition, added, removed.stream().map(Part::path).toList());
    changes += 1 + added.size() + removed.size();
  }

  private void append(String line) throws IOException {
    try {
      writeFully(channel, line);
      channel.force(false);
      size = channel.position();
    } catch (IOException e) {
      // A half line would swallow the next one.
      channel.truncate(size);
      channel.position(size);
      throw e;
    }
  }

  private void apply(long newPosition, List<Part> added, List<String> removed) {
    position = newPosition;
    removed.forEach(parts::remove);
    added.forEach(part -> parts.put(part.path(), part));
  }

  private static String line(long position, Collection<Part> added, List<Part> removed) {
    var body = new StringBuilder().append(position);
    added.forEach(part -> body.append(" +").append(part.toLine()));
    removed.forEach(part -> body.append(" -").append(part.path()));
    return checksum(body.toString()) + " " + body + "\n";
  }

  private static String checksum(String body) {
    var crc = new CRC32();
    crc.update(body.getBytes(UTF_8));
    return String.format("%08x", crc.getValue());
  }

  private void read() throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(folder.resolve(FILE));
    } catch (NoSuchFileException e) {
      refuseOrphans();
      return;
    }
    var lines = new String(bytes, UTF_8).split("\n", -1);
    // The first line came by a rename, so that it is whole: a crash can only tear the last one.
    if (lines.length < 2) {
      throw damaged(1);
    }
    for (int i = 0; i < lines.length - 1; i++) {
      boolean mayBeTorn = i > 0 && i == lines.length - 2;
      if (!read(lines[i]) && !mayBeTorn) {
        throw damaged(i + 1);
      }
    }
  }

  private IOException damaged(int line) {
    return new IOException(
        "line " + line + " of " + folder.resolve(FILE) + " is damaged; restore the file");
  }

  /**
   * Parts that no manifest knows would be taken for unfinished work and deleted: all that is kept.
   */
  private void refuseOrphans() throws IOException {
    try (var files = Files.find(folder, 3, (path, _) -> path.toString().endsWith(".parquet"))) {
      if (files.findAny().isPresent()) {
        throw new IOException(
            folder.resolve(FILE) + " is missing; restore it, or move the parts elsewhere");
      }
    }
  }

  private boolean read(String line) {
    int space = line.indexOf(' ');
    if (space < 0 || !checksum(line.substring(space + 1)).equals(line.substring(0, space))) {
      return false;
    }
    var words = line.substring(space + 1).split(" ", -1);
    var changed = List.of(words).subList(1, words.length);
    apply(
        Long.parseLong(words[0]),
        changed.stream()
            .filter(w -> w.startsWith("+"))
            .map(w -> Part.parse(w.substring(1)))
            .toList(),
        changed.stream().filter(w -> w.startsWith("-")).map(w -> w.substring(1)).toList());
    return true;
  }

  /** Writes the present state to a new file, renames it over the old one, and opens it. */
  private FileChannel rewrite() throws IOException {
    var aside = folder.resolve(FILE + ".new");
    var fresh =
        FileChannel.open(
            aside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    try {
      writeFully(fresh, line(position, parts.values(), List.of()));
      fresh.force(true);
      Files.move(aside, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
      syncFolder(folder);
    } catch (IOException e) {
      fresh.close();
      throw e;
    }
    size = fresh.position();
    changes = 0;
    return fresh;
  }

  private static void writeFully(FileChannel to, String line) throws IOException {
    var bytes = ByteBuffer.wrap(line.getBytes(UTF_8));
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  /** Makes names that were created or renamed in a folder durable. */
  static void syncFolder(Path folder) throws IOException {
    try (var directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
