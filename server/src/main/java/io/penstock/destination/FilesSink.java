package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Sink;
import io.penstock.store.ParquetExport;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files in a folder: lines of documents, rotated by size and age, or Parquet with the columns of
 * the store, a file for each batch. What was taken is on the disk. A file has its final name once
 * it is finished; while it grows its name ends in {@code .part}, and what a crash left of it is
 * finished at the next start without the line that was cut off.
 */
public final class FilesSink implements Sink {

  private static final Logger LOG = LoggerFactory.getLogger(FilesSink.class);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss").withZone(ZoneOffset.UTC);
  private static final String UNFINISHED = ".part";
  private static final int PARQUET_EVENTS = 50_000;
  private static final int PARQUET_BYTES = 32 << 20;

  private final FilesConfig config;
  private final Path folder;
  private final Supplier<Shape> shapes;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition begun = lock.newCondition();
  private final Thread rotation;
  private @Nullable Growing growing;

  /**
   * @param folder of the tenant's files; the configured one is made below it
   * @param shapes writers of documents, one per thread
   */
  public FilesSink(FilesConfig config, Path folder, Supplier<Shape> shapes, InstantSource clock) {
    this.config = config;
    this.folder = folder.resolve(config.folder());
    this.shapes = shapes;
    this.clock = clock;
    this.rotation = Thread.ofVirtual().name("files-rotation").start(this::rotate);
    recover();
  }

  /** A file that lines are appended to. */
  private record Growing(Path path, FileChannel channel, long sinceNanos) {

    boolean isThere() {
      return Files.exists(path);
    }
  }

  @Override
  public Shape items() {
    if (config.format() == FilesConfig.Format.PARQUET) {
      // The columns are made of the events themselves; an item only stands for its size.
      return (_, event, out) -> count(event, out);
    }
    var shape = shapes.get();
    return (tenant, event, out) -> {
      shape.write(tenant, event, out);
      out.put('\n');
    };
  }

  private static void count(Event event, ByteOutput out) {
    out.reserve(64 + event.extra().length);
    out.skip(64 + event.extra().length);
  }

  @Override
  public Delivery send(Batch batch) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (config.format() == FilesConfig.Format.PARQUET) {
        return Delivery.all(new Answer(null, "written to " + writeParquet(batch).getFileName()));
      }
      return Delivery.all(new Answer(null, "written to " + append(batch).getFileName()));
    } catch (ClosedByInterruptException e) {
      abandon();
      Thread.interrupted();
      throw new InterruptedException("interrupted while writing a file");
    } catch (IOException e) {
      abandon();
      return new Later(Cause.UNREACHABLE, new Answer(null, "cannot write: " + e), null);
    } finally {
      lock.unlock();
    }
  }

  private Path writeParquet(Batch batch) throws IOException {
    Files.createDirectories(folder);
    var file = folder.resolve(name() + ".parquet");
    var unfinished = folder.resolve(file.getFileName() + UNFINISHED);
    var events = new ArrayList<Event>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      events.add(batch.event(i));
    }
    try {
      ParquetExport.write(unfinished, events);
      finish(unfinished, file);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    return file;
  }

  private Path append(Batch batch) throws IOException {
    var file = growing();
    long before = file.channel.size();
    try {
      var bytes =
          ByteBuffer.wrap(
              batch.bytes(), batch.start(0), batch.end(batch.size() - 1) - batch.start(0));
      if (bytes.remaining() == batch.byteCount()) {
        writeAll(file.channel, bytes);
      } else {
        for (int i = 0; i < batch.size(); i++) {
          writeAll(
              file.channel,
              ByteBuffer.wrap(batch.bytes(), batch.start(i), batch.end(i) - batch.start(i)));
        }
      }
      file.channel.force(false);
    } catch (IOException e) {
      takeBack(file, before);
      throw e;
    }
    if (file.channel.size() >= config.rotateBytes()) {
      finishGrowing();
    }
    return file.path;
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Half of a batch must not stay: it comes again. */
  private static void takeBack(Growing file, long size) {
    try {
      if (file.channel.isOpen()) {
        file.channel.truncate(size);
      }
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("could not take back half of a batch");
    }
  }

  /** The file that grows; another one when somebody took it away. */
  private Growing growing() throws IOException {
    var present = growing;
    if (present != null && present.isThere()) {
      return present;
    }
    abandon();
    Files.createDirectories(folder);
    var path = folder.resolve(name() + ".ndjson" + UNFINISHED);
    var channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.APPEND);
    var made = new Growing(path, channel, System.nanoTime());
    growing = made;
    begun.signalAll();
    return made;
  }

  /** By time, so that names sort, and by chance, so that none exists. */
  private String name() {
    var chance = UUID.randomUUID().toString().substring(0, 8);
    return "events-" + TIME.format(clock.instant()) + "-" + chance;
  }

  /** Finishes the file that grows when it has the configured age, whether or not more comes. */
  private void rotate() {
    lock.lock();
    try {
      while (true) {
        var file = growing;
        if (file == null) {
          begun.await();
          continue;
        }
        long left = config.rotateAfter().toNanos() - (System.nanoTime() - file.sinceNanos);
        if (left > 0) {
          var _ = begun.awaitNanos(left);
        } else {
          tryToFinish();
        }
      }
    } catch (InterruptedException e) {
      // close() asks this thread to end.
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void tryToFinish() {
    try {
      finishGrowing();
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("folder", folder).setCause(e).log("cannot finish a file of events");
      abandon();
    }
  }

  private void finishGrowing() throws IOException {
    var file = growing;
    if (file == null) {
      return;
    }
    growing = null;
    file.channel.close();
    finishLines(file.path);
  }

  private void finishLines(Path unfinished) throws IOException {
    var name = String.valueOf(unfinished.getFileName());
    var finished = folder.resolve(name.substring(0, name.length() - UNFINISHED.length()));
    if (config.format() != FilesConfig.Format.NDJSON_GZ) {
      finish(unfinished, finished);
      return;
    }
    var packed = folder.resolve(finished.getFileName() + ".gz");
    var half = folder.resolve(packed.getFileName() + ".tmp");
    try (var out = new GZIPOutputStream(Files.newOutputStream(half))) {
      Files.copy(unfinished, out);
    }
    try (var channel = FileChannel.open(half, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    finish(half, packed);
    Files.delete(unfinished);
  }

  private void finish(Path unfinished, Path finished) throws IOException {
    Files.move(unfinished, finished, StandardCopyOption.ATOMIC_MOVE);
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Goes on with another file; this one is finished at the next start. */
  private void abandon() {
    var file = growing;
    growing = null;
    if (file != null) {
      try {
        file.channel.close();
      } catch (IOException e) {
        LOG.atDebug().setCause(e).log("could not close a file of events");
      }
    }
  }

  /** Finishes what the last run left. */
  private void recover() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    lock.lock();
    try {
      for (var path : leftovers()) {
        if (path.toString().endsWith(".ndjson" + UNFINISHED)) {
          cutLastLine(path);
          finishLines(path);
        } else {
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("folder", folder).setCause(e).log("cannot finish files of events");
    } finally {
      lock.unlock();
    }
  }

  private List<Path> leftovers() throws IOException {
    var found = new ArrayList<Path>();
    try (var paths = Files.newDirectoryStream(folder, "events-*{" + UNFINISHED + ",.tmp}")) {
      paths.forEach(found::add);
    }
    return found;
  }

  private static void cutLastLine(Path path) throws IOException {
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      long end = file.length();
      while (end > 0) {
        file.seek(end - 1);
        if (file.read() == '\n') {
          break;
        }
        end--;
      }
      file.setLength(end);
    }
  }

  @Override
  public Limits limits() {
    return config.format() == FilesConfig.Format.PARQUET
        ? new Limits(PARQUET_EVENTS, PARQUET_BYTES, 1)
        : new Limits(10_000, 4 << 20, 1);
  }

  @Override
  public void close() {
    rotation.interrupt();
    try {
      rotation.join(TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lock.lock();
    try {
      tryToFinish();
    } finally {
      lock.unlock();
    }
  }
}
