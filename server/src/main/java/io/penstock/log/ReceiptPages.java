package io.penstock.log;

import io.penstock.event.EventBatch.Receipt;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of receipts that the log may have let go of. Each page holds what came since the page
 * before, so every receipt is written once; a page goes when its newest receipt has expired. A page
 * is there whole or not at all.
 */
final class ReceiptPages {

  /** A receipt and whose it is. */
  record Line(String tenant, Receipt receipt) {}

  private static final Logger LOG = LoggerFactory.getLogger(ReceiptPages.class);
  private static final int MAGIC = 0x50_4e_52_43;
  private static final int VERSION = 1;
  private static final int TEXT_BYTES_MAX = 64 << 20;
  private static final String SUFFIX = ".receipts";

  private final Path folder;
  private final Disk disk;

  /** The newest receipt on each page, by the page's number. */
  private final TreeMap<Long, Long> newestNanos = new TreeMap<>();

  private long nextNumber;

  ReceiptPages(Path folder) throws IOException {
    Files.createDirectories(folder);
    this.folder = folder;
    this.disk = Disk.of(folder);
  }

  /**
   * Reads all receipts that were taken after {@code oldestNanos}, in order; false when a page is
   * damaged.
   */
  boolean read(long oldestNanos, Consumer<Line> receipts) throws IOException {
    boolean whole = true;
    for (var page : list().entrySet()) {
      nextNumber = page.getKey() + 1;
      try {
        read(page.getKey(), page.getValue(), oldestNanos, receipts);
      } catch (IOException e) {
        whole = false;
        setAside(page.getValue());
        LOG.atError()
            .setCause(e)
            .addKeyValue("page", page.getValue().getFileName())
            .log("a page of receipts cannot be read");
      }
    }
    return whole;
  }

  /** A damaged page is kept for a person, but not met again at every start. */
  private static void setAside(Path page) throws IOException {
    Files.move(page, page.resolveSibling(page.getFileName() + ".unreadable"));
  }

  private SortedMap<Long, Path> list() throws IOException {
    var found = new TreeMap<Long, Path>();
    try (var paths = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (var path : paths) {
        var name = path.getFileName().toString();
        if (name.matches("\\d{1,18}\\.receipts")) {
          found.put(Long.parseLong(name.substring(0, name.indexOf('.'))), path);
        }
      }
    }
    return found;
  }

  private void read(long number, Path path, long oldestNanos, Consumer<Line> receipts)
      throws IOException {
    var bytes = Files.readAllBytes(path);
    int body = bytes.length - Integer.BYTES;
    if (body < 0 || ByteBuffer.wrap(bytes).getInt(body) != Frame.crc(bytes, 0, body)) {
      throw new IOException("checksum differs");
    }
    var in = new DataInputStream(new ByteArrayInputStream(bytes, 0, body));
    if (in.readInt() != MAGIC || in.readInt() != VERSION) {
      throw new IOException("not a page of version " + VERSION);
    }
    int count = in.readInt();
    long newest = Long.MIN_VALUE;
    for (int i = 0; i < count; i++) {
      var line = readLine(in);
      newest = Math.max(newest, line.receipt.atNanos());
      if (line.receipt.atNanos() >= oldestNanos) {
        receipts.accept(line);
      }
    }
    newestNanos.put(number, newest);
  }

  /** Writes a page, unless it would be empty, and removes those that have expired. */
  void write(List<Line> lines, long oldestNanos) throws IOException {
    if (!lines.isEmpty()) {
      long number = nextNumber;
      writePage(number, lines);
      nextNumber = number + 1;
      newestNanos.put(
          number, lines.stream().mapToLong(l -> l.receipt.atNanos()).max().orElseThrow());
    }
    for (var page : List.copyOf(newestNanos.entrySet())) {
      if (page.getValue() < oldestNanos) {
        Files.deleteIfExists(path(page.getKey()));
        newestNanos.remove(page.getKey());
      }
    }
  }

  private void writePage(long number, List<Line> lines) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(MAGIC);
    out.writeInt(VERSION);
    out.writeInt(lines.size());
    for (var line : lines) {
      writeLine(out, line);
    }
    out.writeInt(Frame.crc(bytes.toByteArray(), 0, bytes.size()));
    var unfinished = folder.resolve("unfinished");
    try (FileChannel channel =
        disk.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      Segment.writeFully(channel, ByteBuffer.wrap(bytes.toByteArray()), 0);
      channel.force(true);
    }
    Files.move(unfinished, path(number), StandardCopyOption.ATOMIC_MOVE);
    disk.forceFolder(folder);
  }

  private Path path(long number) {
    return folder.resolve("%012d%s".formatted(number, SUFFIX));
  }

  private static void writeLine(DataOutputStream out, Line line) throws IOException {
    var receipt = line.receipt;
    writeText(out, line.tenant);
    writeText(out, receipt.endpoint());
    writeText(out, receipt.key());
    writeBytes(out, receipt.fingerprint());
    out.writeLong(receipt.atNanos());
    out.writeInt(receipt.status());
    writeText(out, receipt.body());
  }

  private static Line readLine(DataInputStream in) throws IOException {
    var tenant = readText(in);
    return new Line(
        tenant,
        new Receipt(
            readText(in), readText(in), readBytes(in), in.readLong(), in.readInt(), readText(in)));
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > TEXT_BYTES_MAX) {
      throw new IOException("a text of %d bytes".formatted(length));
    }
    return in.readNBytes(length);
  }
}
