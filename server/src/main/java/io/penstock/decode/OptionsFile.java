package io.penstock.decode;

import io.penstock.event.Ip;
import io.penstock.exporters.ExporterId;
import io.penstock.wire.Template;
import io.penstock.wire.TemplateFile;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Options records on disk, beside the templates, so that a restarted collector knows at once what
 * the exporters call their interfaces and how they sample. Layout: a magic number, the format's
 * version, a count, the records (each with its template where that is another than the one before),
 * and a CRC-32C of all before it.
 */
final class OptionsFile {

  private static final int MAGIC = 0x50534f50;
  private static final int FORMAT = 3;
  private static final int CHECKSUM_LENGTH = 4;
  private static final int RECORD_LENGTH_MIN = 56;

  private OptionsFile() {}

  /** What reading a file gave. */
  sealed interface Loaded {

    /** The file's records. */
    record Records(List<SavedOptions> records) implements Loaded {}

    /** There is no such file. */
    record Absent() implements Loaded {}

    /** The file cannot be used, and why. */
    record Unusable(String why) implements Loaded {}
  }

  /**
   * Replaces the file as a whole: whenever this is interrupted, the old or the new one is there.
   */
  static void write(Path file, Collection<SavedOptions> records) throws IOException {
    var unfinished = file.resolveSibling(file.getFileName() + ".new");
    try (var channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      // Not closed: that would close the channel before the octets are safe.
      var out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
      encode(out, records);
      out.flush();
      channel.force(true);
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void encode(OutputStream to, Collection<SavedOptions> records) throws IOException {
    var checksum = new CRC32C();
    var out = new DataOutputStream(new CheckedOutputStream(to, checksum));
    out.writeInt(MAGIC);
    out.writeShort(FORMAT);
    out.writeInt(records.size());
    Template last = null;
    for (var record : records) {
      address(out, record.exporter().address());
      address(out, record.exporter().agent());
      out.writeBoolean(record.isEstablished());
      out.writeInt((int) record.domain());
      out.writeLong(record.exportSeconds());
      out.writeLong(record.refreshedNanos());
      boolean isSame = last != null && last.sameLayout(record.template());
      out.writeBoolean(isSame);
      if (!isSame) {
        encode(out, record.template());
      }
      last = record.template();
      out.writeShort(record.octets().length);
      out.write(record.octets());
    }
    out.writeInt((int) checksum.getValue());
  }

  private static void address(DataOutputStream out, Ip ip) throws IOException {
    out.writeLong(ip.high());
    out.writeLong(ip.low());
  }

  private static void encode(DataOutputStream out, Template template) throws IOException {
    out.writeByte(template.version().number());
    out.writeShort(template.id());
    TemplateFile.writeFields(out, template.fields());
  }

  /** Reads a file written by {@link #write}. Whatever is wrong with it is part of the answer. */
  static Loaded read(Path file) {
    try {
      var fault = fault(file);
      return fault == null ? records(file) : new Loaded.Unusable(fault);
    } catch (NoSuchFileException _) {
      return new Loaded.Absent();
    } catch (IOException e) {
      return new Loaded.Unusable("cannot be read: " + e);
    }
  }

  /** What is wrong with the file as a whole, before anything in it is believed; null if nothing. */
  private static @Nullable String fault(Path file) throws IOException {
    long body = Files.size(file) - CHECKSUM_LENGTH;
    var checksum = new CRC32C();
    try (var in = new DataInputStream(new CheckedInputStream(buffered(file), checksum))) {
      if (body < Integer.BYTES || in.readInt() != MAGIC) {
        return "not a file of options records";
      }
      in.skipNBytes(body - Integer.BYTES);
      int computed = (int) checksum.getValue();
      return in.readInt() == computed ? null : "its checksum does not match";
    }
  }

  private static InputStream buffered(Path file) throws IOException {
    return new BufferedInputStream(Files.newInputStream(file), 1 << 16);
  }

  private static Loaded records(Path file) throws IOException {
    long size = Files.size(file);
    try (var in = new DataInputStream(buffered(file))) {
      in.readInt();
      int format = in.readUnsignedShort();
      if (format != FORMAT) {
        return new Loaded.Unusable("its format is " + format + ", known is " + FORMAT);
      }
      int count = in.readInt();
      if (count < 0 || count > size / RECORD_LENGTH_MIN + 1) {
        return new Loaded.Unusable("its count of records is " + count);
      }
      var records = new ArrayList<SavedOptions>();
      Template last = null;
      for (int i = 0; i < count; i++) {
        var record = decode(in, last);
        records.add(record);
        last = record.template();
      }
      return new Loaded.Records(List.copyOf(records));
    }
  }

  private static SavedOptions decode(DataInputStream in, @Nullable Template last)
      throws IOException {
    var exporter = new ExporterId(address(in), address(in));
    boolean isEstablished = in.readBoolean();
    long domain = in.readInt() & 0xffff_ffffL;
    long exportSeconds = in.readLong();
    long refreshed = in.readLong();
    boolean isSame = in.readBoolean();
    if (isSame && last == null) {
      throw new IOException("the first record has no template");
    }
    var template = isSame && last != null ? last : template(in);
    var octets = in.readNBytes(in.readUnsignedShort());
    return new SavedOptions(
        exporter, domain, exportSeconds, refreshed, template, octets, isEstablished);
  }

  private static Ip address(DataInputStream in) throws IOException {
    return new Ip(in.readLong(), in.readLong());
  }

  private static Template template(DataInputStream in) throws IOException {
    var version = TemplateFile.version(in.readUnsignedByte());
    int id = in.readUnsignedShort();
    var fields = TemplateFile.readFields(in);
    return new Template(version, id, fields, true);
  }
}
