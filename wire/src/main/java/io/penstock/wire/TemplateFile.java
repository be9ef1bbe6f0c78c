package io.penstock.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Templates on disk, so that a restarted collector reads the first datagram instead of waiting for
 * the exporter's next template. Layout: a magic number, the format's version, a count, the
 * templates, and a CRC-32C of all before it.
 */
public final class TemplateFile {

  private static final int MAGIC = 0x50535450;
  private static final int FORMAT = 2;

  /** Did not say who was established. */
  private static final int FIRST_FORMAT = 1;

  private static final int CHECKSUM_LENGTH = 4;
  private static final long SIZE_MAX = 512L * 1024 * 1024;

  private TemplateFile() {}

  /** What reading a file gave. */
  public sealed interface Loaded {

    /** The file's templates. */
    record Templates(List<SavedTemplate> templates) implements Loaded {}

    /** There is no such file. */
    record Absent() implements Loaded {}

    /** The file cannot be used, and why. */
    record Unusable(String why) implements Loaded {}
  }

  /**
   * Replaces the file as a whole: whenever this is interrupted, the old or the new one is there.
   */
  public static void write(Path file, Collection<SavedTemplate> templates) throws IOException {
    var bytes = encode(templates);
    var unfinished = file.resolveSibling(file.getFileName() + ".new");
    try (var channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Reads a file written by {@link #write}. Whatever is wrong with it is part of the answer. */
  public static Loaded read(Path file) {
    try {
      if (Files.size(file) > SIZE_MAX) {
        return new Loaded.Unusable("larger than " + SIZE_MAX + " bytes");
      }
      return decode(Files.readAllBytes(file));
    } catch (NoSuchFileException _) {
      return new Loaded.Absent();
    } catch (IOException e) {
      return new Loaded.Unusable("cannot be read: " + e);
    }
  }

  private static byte[] encode(Collection<SavedTemplate> templates) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(MAGIC);
    out.writeShort(FORMAT);
    out.writeInt(templates.size());
    for (var template : templates) {
      encode(out, template);
    }
    var checksum = new CRC32C();
    checksum.update(bytes.toByteArray());
    out.writeInt((int) checksum.getValue());
    return bytes.toByteArray();
  }

  private static void encode(DataOutputStream out, SavedTemplate saved) throws IOException {
    var address = saved.exporter().address();
    byte[] ip = address.getAddress().getAddress();
    var template = saved.template();
    out.writeByte(ip.length);
    out.write(ip);
    out.writeShort(address.getPort());
    out.writeByte(template.version().number());
    out.writeInt((int) saved.domain());
    out.writeShort(template.id());
    out.writeBoolean(template.isOptions());
    out.writeLong(saved.refreshed().toEpochMilli());
    out.writeBoolean(saved.established());
    writeFields(out, template.fields());
  }

  private static Loaded decode(byte[] bytes) {
    int bodyLength = bytes.length - CHECKSUM_LENGTH;
    if (bodyLength < 0 || ByteBuffer.wrap(bytes).getInt() != MAGIC) {
      return new Loaded.Unusable("not a template file");
    }
    var checksum = new CRC32C();
    checksum.update(bytes, 0, bodyLength);
    if ((int) checksum.getValue() != ByteBuffer.wrap(bytes, bodyLength, 4).getInt()) {
      return new Loaded.Unusable("its checksum does not match");
    }
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes, 4, bodyLength - 4))) {
      int format = in.readUnsignedShort();
      if (format != FORMAT && format != FIRST_FORMAT) {
        return new Loaded.Unusable("its format is " + format + ", known is " + FORMAT);
      }
      int count = in.readInt();
      var templates = new ArrayList<SavedTemplate>();
      for (int i = 0; i < count; i++) {
        templates.add(decode(in, format));
      }
      return new Loaded.Templates(List.copyOf(templates));
    } catch (IOException e) {
      return new Loaded.Unusable("its content makes no sense: " + e);
    }
  }

  private static SavedTemplate decode(DataInputStream in, int format) throws IOException {
    var ip = InetAddress.getByAddress(in.readNBytes(in.readUnsignedByte()));
    var address = new InetSocketAddress(ip, in.readUnsignedShort());
    var version = version(in.readUnsignedByte());
    long domain = in.readInt() & 0xffff_ffffL;
    int id = in.readUnsignedShort();
    boolean isOptions = in.readBoolean();
    var refreshed = Instant.ofEpochMilli(in.readLong());
    boolean established = format != FIRST_FORMAT && in.readBoolean();
    var fields = readFields(in);
    var template = new Template(version, id, fields, isOptions);
    return new SavedTemplate(new Exporter(address), domain, refreshed, template, established);
  }

  /** Writes the fields of a template, for a file that keeps some. */
  public static void writeFields(DataOutputStream out, List<FieldSpecifier> fields)
      throws IOException {
    out.writeShort(fields.size());
    for (var field : fields) {
      out.writeInt((int) field.enterprise());
      out.writeShort(field.id());
      out.writeShort(field.length());
      out.writeBoolean(field.scope());
    }
  }

  /** Reads what {@link #writeFields} wrote. */
  public static List<FieldSpecifier> readFields(DataInputStream in) throws IOException {
    int count = in.readUnsignedShort();
    var fields = new ArrayList<FieldSpecifier>();
    for (int i = 0; i < count; i++) {
      fields.add(
          new FieldSpecifier(
              in.readInt() & 0xffff_ffffL,
              in.readUnsignedShort(),
              in.readUnsignedShort(),
              in.readBoolean()));
    }
    return fields;
  }

  /**
   * The version that a file names by its number on the wire.
   *
   * @throws IOException when it is none that has templates
   */
  public static ProtocolVersion version(int number) throws IOException {
    return switch (number) {
      case 9 -> ProtocolVersion.NETFLOW_V9;
      case 10 -> ProtocolVersion.IPFIX;
      default -> throw new IOException("no protocol has version " + number);
    };
  }
}
