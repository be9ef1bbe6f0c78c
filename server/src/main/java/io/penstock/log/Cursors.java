package io.penstock.log;

import io.penstock.log.EventLog.Cursor;
import io.penstock.log.LogUnavailableException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The cursors of all consumers, one file each. */
final class Cursors implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Cursors.class);
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");
  private static final String SUFFIX = ".cursor";

  private final Path folder;
  private final Disk disk;
  private final ConcurrentSkipListMap<String, FileCursor> byConsumer =
      new ConcurrentSkipListMap<>();

  /** Told when a cursor has moved on or gone. */
  private final Consumer<Cursors> moved;

  /** Reads the cursors that exist. */
  Cursors(Path folder, Disk disk, Consumer<Cursors> moved) throws IOException {
    this.folder = folder;
    this.disk = disk;
    this.moved = moved;
    Files.createDirectories(folder);
    try (var paths = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (var path : paths) {
        var name = path.getFileName().toString();
        load(name.substring(0, name.length() - SUFFIX.length()), path);
      }
    }
  }

  private void load(String consumer, Path path) throws IOException {
    var file = CursorFile.open(path);
    var position = file.read();
    if (position.isEmpty()) {
      LOG.atError()
          .addKeyValue("consumer", consumer)
          .log("a cursor cannot be read, its consumer begins again at the log's start");
    }
    byConsumer.put(consumer, new FileCursor(consumer, path, file, position.orElse(0)));
  }

  /** The consumer's cursor, made at {@code start} when there is none. */
  synchronized Cursor cursor(String consumer, long start) {
    var known = byConsumer.get(consumer);
    if (known != null) {
      return known;
    }
    if (!NAME.matcher(consumer).matches()) {
      throw new IllegalArgumentException("not a name for a consumer: " + consumer);
    }
    try {
      var path = folder.resolve(consumer + SUFFIX);
      var file = CursorFile.open(path);
      file.create(start);
      disk.forceFolder(folder);
      var cursor = new FileCursor(consumer, path, file, start);
      byConsumer.put(consumer, cursor);
      return cursor;
    } catch (IOException e) {
      throw new LogUnavailableException(Reason.DISK_ERROR, e);
    }
  }

  List<Cursor> all() {
    return List.copyOf(byConsumer.values());
  }

  /** The position behind which nobody needs anything; empty without consumers. */
  OptionalLong slowest() {
    return byConsumer.values().stream().mapToLong(Cursor::position).min();
  }

  OptionalLong fastest() {
    return byConsumer.values().stream().mapToLong(Cursor::position).max();
  }

  void delete(String consumer) {
    if (remove(consumer)) {
      moved.accept(this);
    }
  }

  private synchronized boolean remove(String consumer) {
    var cursor = byConsumer.remove(consumer);
    if (cursor == null) {
      return false;
    }
    try {
      cursor.delete();
      disk.forceFolder(folder);
    } catch (IOException e) {
      throw new LogUnavailableException(Reason.DISK_ERROR, e);
    }
    return true;
  }

  @Override
  public void close() {
    for (var cursor : byConsumer.values()) {
      cursor.close();
    }
  }

  /** A cursor in its file. */
  private final class FileCursor implements Cursor {

    private final String consumer;
    private final Path path;
    private final CursorFile file;
    private volatile long position;
    private boolean closed;

    FileCursor(String consumer, Path path, CursorFile file, long position) {
      this.consumer = consumer;
      this.path = path;
      this.file = file;
      this.position = position;
    }

    @Override
    public String consumer() {
      return consumer;
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public void commit(long to) {
      if (write(to)) {
        moved.accept(Cursors.this);
      }
    }

    private synchronized boolean write(long to) {
      if (closed || to <= position) {
        return false;
      }
      try {
        file.write(to);
      } catch (IOException e) {
        throw new LogUnavailableException(Reason.DISK_ERROR, e);
      }
      position = to;
      return true;
    }

    synchronized void delete() throws IOException {
      close();
      Files.deleteIfExists(path);
    }

    synchronized void close() {
      closed = true;
      try {
        file.close();
      } catch (IOException e) {
        // Every position committed was forced; closing has nothing left to lose.
        LOG.atDebug().setCause(e).log("could not close a cursor");
      }
    }
  }
}
