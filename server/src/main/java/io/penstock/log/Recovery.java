package io.penstock.log;

import io.penstock.log.FrameScanner.Damaged;
import io.penstock.log.FrameScanner.Found;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out at start which frames the folder holds.
 *
 * <p>A sealed segment is taken as it is. One without its seal, which is the last one after a crash,
 * is read: damage with sound frames behind it is reported and stays, for readers to skip; damage up
 * to the end of the file is a torn tail, frames that were never acknowledged, and is cut off. Then
 * the segment is sealed. Recovered segments are never appended to.
 */
final class Recovery {

  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Path folder;
  private final Disk disk;
  private final LogMetrics metrics;
  private final Damage damage;
  private final List<Segment> segments = new ArrayList<>();

  Recovery(Path folder, Disk disk, LogMetrics metrics, Damage damage) {
    this.folder = folder;
    this.disk = disk;
    this.metrics = metrics;
    this.damage = damage;
  }

  /**
   * What was found.
   *
   * @param segments those that hold frames, in order
   * @param end position behind the last frame
   * @param nextBase where the next segment begins
   * @param salt of this log
   */
  record Recovered(List<Segment> segments, long end, long nextBase, long salt) {}

  Recovered run() throws IOException {
    var files = files();
    long salt = salt(files);
    long nextBase = 0;
    for (var file : files.entrySet()) {
      var following = files.higherKey(file.getKey());
      long limit = following == null ? Long.MAX_VALUE : following;
      nextBase = recover(file.getValue(), file.getKey(), limit, salt);
    }
    long end = segments.isEmpty() ? 0 : segments.getLast().dataEnd();
    return new Recovered(List.copyOf(segments), end, nextBase, salt);
  }

  private NavigableMap<Long, Path> files() throws IOException {
    var files = new TreeMap<Long, Path>();
    try (var paths = Files.newDirectoryStream(folder)) {
      for (var path : paths) {
        Segment.baseOf(path).ifPresent(base -> files.put(base, path));
      }
    }
    return files;
  }

  /** The newest salt that can be read: all segments of a log share it. */
  private long salt(NavigableMap<Long, Path> files) throws IOException {
    for (var path : files.descendingMap().values()) {
      var salt = saltOf(path);
      if (salt.isPresent()) {
        return salt.getAsLong();
      }
    }
    return new SecureRandom().nextLong();
  }

  private OptionalLong saltOf(Path path) throws IOException {
    try (var channel = disk.open(path, StandardOpenOption.READ)) {
      return Segment.readSalt(channel, path);
    }
  }

  /** Adds the segment when it holds frames; returns where the next one may begin. */
  private long recover(Path path, long base, long limit, long logSalt) throws IOException {
    try (var channel = disk.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      var ownSalt = Segment.readSalt(channel, path);
      var segment = new Segment(path, base, ownSalt.orElse(logSalt), base + Segment.HEADER_BYTES);
      long fileEnd = base + channel.size();
      if (fileEnd <= limit && isSealed(channel, segment, fileEnd)) {
        segment.dataEnd(fileEnd - Frame.HEADER_BYTES);
        segments.add(segment);
        return fileEnd;
      }
      scan(channel, segment, Math.min(fileEnd, limit));
      if (segment.dataEnd() > segment.dataStart()) {
        segments.add(segment);
        cutAndSeal(channel, segment, fileEnd, limit);
        return base + channel.size();
      }
      if (ownSalt.isPresent() || fileEnd <= segment.dataStart()) {
        removeEmpty(path, Math.max(0, fileEnd - segment.dataStart()));
        return base;
      }
      setAside(path, fileEnd - base);
      return fileEnd;
    }
  }

  private static boolean isSealed(FileChannel channel, Segment segment, long fileEnd)
      throws IOException {
    long sealAt = fileEnd - Frame.HEADER_BYTES;
    if (sealAt < segment.dataStart()) {
      return false;
    }
    var seal = ByteBuffer.allocate(Frame.HEADER_BYTES);
    while (seal.hasRemaining()) {
      if (channel.read(seal, sealAt - segment.base() + seal.position()) < 0) {
        return false;
      }
    }
    var header = Frame.header(seal, 0, sealAt, segment.salt());
    return header != null && header.is(Frame.SEAL);
  }

  /** Reads all frames; the segment's end is then behind the last sound one. */
  // The scanner does not own the channel here: the caller closes it.
  @SuppressWarnings("resource")
  private void scan(FileChannel channel, Segment segment, long limit) throws IOException {
    var scanner = new FrameScanner(channel, segment.base(), segment.salt());
    var suspects = new ArrayList<Damaged>();
    long position = segment.dataStart();
    while (position < limit) {
      var step = scanner.step(position, limit, 0);
      position = step.next();
      if (step instanceof Damaged damaged) {
        suspects.add(damaged);
      }
      if (step instanceof Found found && !found.header().is(Frame.SEAL)) {
        suspects.forEach(d -> damage.found(segment, d.position(), d.next(), "found at start"));
        suspects.clear();
        segment.dataEnd(position);
      }
    }
  }

  private void cutAndSeal(FileChannel channel, Segment segment, long fileEnd, long limit)
      throws IOException {
    long end = segment.dataEnd();
    if (fileEnd > end) {
      reportTorn(segment.path(), fileEnd - end);
    }
    try {
      channel.truncate(end - segment.base());
      // Where a failed write was hidden by the next segment, there is no room for a seal.
      if (end + Frame.HEADER_BYTES <= limit) {
        Segment.writeFully(channel, Frame.seal(end, segment.salt()), end - segment.base());
      }
      channel.force(true);
    } catch (IOException e) {
      // Without its seal the segment is only read again at the next start.
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("segment", segment.path().getFileName())
          .log("could not seal a recovered segment");
    }
  }

  private void reportTorn(Path path, long bytes) {
    metrics.tornBytes.inc(bytes);
    LOG.atWarn()
        .addKeyValue("segment", path.getFileName())
        .addKeyValue("bytes", bytes)
        .log("cut off the torn tail of the log");
  }

  private void removeEmpty(Path path, long tornBytes) throws IOException {
    if (tornBytes > 0) {
      reportTorn(path, tornBytes);
    }
    Files.delete(path);
    disk.forceFolder(folder);
  }

  /** A segment that cannot be read at all is kept for a person to look at. */
  private void setAside(Path path, long bytes) throws IOException {
    var aside = path.resolveSibling(path.getFileName() + ".unreadable");
    Files.move(path, aside);
    disk.forceFolder(folder);
    metrics.corruptFrames.inc();
    metrics.corruptBytes.inc(bytes);
    LOG.atError()
        .addKeyValue("segment", path.getFileName())
        .addKeyValue("kept", aside.getFileName())
        .addKeyValue("bytes", bytes)
        .log("a segment cannot be read, its frames are lost");
  }
}
