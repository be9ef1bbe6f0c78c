package io.penstock.api;

import io.penstock.enrich.BadTableException;
import io.penstock.enrich.Enricher;
import io.penstock.enrich.Enricher.GeoChoice;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The databases of geography that operators brought while the server ran: a folder of files named
 * after what is in them. A file gets its name when it was read as a database and found good, so
 * that nothing else is ever there under such a name. No path leads out of it, but to the files that
 * the configuration names.
 */
public final class GeoFolder {

  private static final String SUFFIX = ".mmdb";
  private static final String UNFINISHED = ".part";
  private static final int ID_DIGITS = 16;

  /** Databases that are kept beside the one in use. */
  private static final int KEPT = 4;

  /** Space on the disk that is left to others: ingest must go on. */
  private static final long FREE_BYTES_MIN = 256L << 20;

  private final Path data;
  private final Path folder;
  private final List<Path> configured;
  private final long bytesMax;

  /**
   * @param data the folder of all data; the databases are in {@code geo} below it
   * @param configured files that may be chosen although they are elsewhere
   * @param bytesMax size of a database at most
   */
  public GeoFolder(Path data, List<Path> configured, long bytesMax) throws IOException {
    this.data = data.toAbsolutePath().normalize();
    this.folder = this.data.resolve("geo");
    this.configured = configured.stream().map(path -> path.toAbsolutePath().normalize()).toList();
    this.bytesMax = bytesMax;
    Files.createDirectories(folder);
    removeUnfinished();
  }

  private void removeUnfinished() throws IOException {
    try (var files = Files.list(folder)) {
      for (var file : files.filter(path -> path.toString().endsWith(UNFINISHED)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  long bytesMax() {
    return bytesMax;
  }

  /**
   * A database that was taken.
   *
   * @param path relative to the data folder
   * @param checksum SHA-256 in hexadecimal
   */
  record Stored(String id, Path path, long size, String checksum, Enricher.GeoDatabase database) {}

  /** Writes a database to a stream. */
  @FunctionalInterface
  interface Writer {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Takes a database.
   *
   * @param inUse those that must be kept, whatever else goes to make room
   * @throws BadTableException when it cannot be used; nothing is left of it then
   */
  Stored store(Writer writer, GeoChoice inUse) throws IOException {
    var unfinished = folder.resolve(UUID.randomUUID() + UNFINISHED);
    try {
      var digest = sha256();
      try (var channel =
              FileChannel.open(
                  unfinished, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
          var out = new DigestOutputStream(Channels.newOutputStream(channel), digest)) {
        checkSpace();
        writer.writeTo(out);
        channel.force(true);
      }
      long size = Files.size(unfinished);
      var database = Enricher.check(unfinished);
      var checksum = HexFormat.of().formatHex(digest.digest());
      var id = checksum.substring(0, ID_DIGITS);
      var file = folder.resolve(id + SUFFIX);
      Files.setLastModifiedTime(unfinished, FileTime.fromMillis(System.currentTimeMillis()));
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      removeOldest(file, inUse);
      return new Stored(id, data.relativize(file), size, checksum, database);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** Before it is known how large the database is, so there must be room for the largest. */
  private void checkSpace() throws IOException {
    if (Files.getFileStore(folder).getUsableSpace() < FREE_BYTES_MIN + bytesMax) {
      throw new BadTableException("too little space is left on the disk");
    }
  }

  /**
   * The same of a database that is compressed with gzip (RFC 1952), as it is named by its owner.
   */
  Stored storeCompressed(Writer writer, GeoChoice inUse) throws IOException {
    var compressed = folder.resolve(UUID.randomUUID() + UNFINISHED);
    try {
      checkSpace();
      try (var out = Files.newOutputStream(compressed, StandardOpenOption.CREATE_NEW)) {
        writer.writeTo(out);
      }
      return store(out -> inflate(compressed, out), inUse);
    } finally {
      Files.deleteIfExists(compressed);
    }
  }

  private void inflate(Path compressed, OutputStream out) throws IOException {
    try (var in = new GZIPInputStream(Files.newInputStream(compressed), 64 * 1024)) {
      copy(in, out);
    } catch (ZipException | EOFException e) {
      throw new BadTableException("not what gzip makes: " + e.getMessage(), e);
    }
  }

  private void removeOldest(Path newest, GeoChoice inUse) throws IOException {
    try (var files = Files.list(folder)) {
      var old =
          files
              .filter(file -> file.toString().endsWith(SUFFIX))
              .filter(file -> !file.equals(newest) && !isUsed(file, inUse))
              .sorted(Comparator.comparing(GeoFolder::modified).reversed())
              .skip(KEPT)
              .toList();
      for (var file : old) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static boolean isUsed(Path file, GeoChoice inUse) {
    return file.equals(inUse.file()) || file.equals(inUse.asFile());
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      // It is gone already, which is as old as it gets.
      return FileTime.fromMillis(0);
    }
  }

  /**
   * The file that a text from outside means, if it may be used: the path or id of a database in
   * this folder, or a configured file. Links do not lead elsewhere.
   */
  Optional<Path> find(String text) {
    try {
      var path = data.resolve(Path.of(text)).normalize();
      if (configured.contains(path) && Files.isRegularFile(path)) {
        return Optional.of(path);
      }
      var named = isId(text) ? folder.resolve(text + SUFFIX) : path;
      if (!named.toString().endsWith(SUFFIX) || !Files.isRegularFile(named)) {
        return Optional.empty();
      }
      var real = named.toRealPath();
      return real.startsWith(folder.toRealPath()) ? Optional.of(named) : Optional.empty();
    } catch (InvalidPathException | IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isId(String text) {
    return text.length() == ID_DIGITS && text.chars().allMatch(c -> Character.digit(c, 16) >= 0);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Copies at most as much as a database may have. */
  void copy(InputStream in, OutputStream out) throws IOException {
    var buffer = new byte[64 * 1024];
    long count = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      count += n;
      if (count > bytesMax) {
        throw new BadTableException("larger than " + bytesMax + " bytes");
      }
      out.write(buffer, 0, n);
    }
  }
}
