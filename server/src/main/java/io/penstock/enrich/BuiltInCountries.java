package io.penstock.enrich;

import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Ip;
import io.penstock.prefix.RangeBuilder;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * The country table that is part of the product, so that a flow shows geography before anyone has
 * brought a database. Countries only: it knows no cities and no coordinates, and makes none up.
 *
 * <p>The resource is a gzip stream of: the name of the source and when it was built; the country
 * codes; then for IPv4 and for the upper halves of IPv6 the ranges in order, column by column
 * because columns compress better: how many addresses lie between a range and the one before it,
 * the size as an odd factor and a power of two, the country. Numbers are LEB128.
 */
final class BuiltInCountries {

  static final String RESOURCE = "countries.bin.gz";
  static final int MAGIC = 0x50534354;
  static final int VERSION = 1;

  private static final int RANGES_MAX = 10_000_000;
  private static final int FAMILY_V4 = 4;

  private BuiltInCountries() {}

  static Loaded<RangeTable<Geo>> load() {
    try (var resource = BuiltInCountries.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar");
      }
      return read(new GZIPInputStream(resource, 1 << 16).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + RESOURCE, e);
    }
  }

  static Loaded<RangeTable<Geo>> read(byte[] content) throws IOException {
    var in = new DataInputStream(new ByteArrayInputStream(content));
    if (in.readInt() != MAGIC || in.readInt() != VERSION) {
      throw new IOException("not a country table of version " + VERSION);
    }
    var source = in.readUTF();
    var built = Instant.ofEpochSecond(in.readLong());
    var table = new RangeTable.Builder<Geo>();
    var numbers = readCountries(in, table);
    readFamily(in, FAMILY_V4, numbers, table.spans());
    readFamily(in, 6, numbers, table.spans());
    var ranges = table.build();
    return new Loaded<>(ranges, source, ranges.size(), built, Loaded.Problems.NONE);
  }

  private static List<Integer> readCountries(DataInputStream in, RangeTable.Builder<Geo> table)
      throws IOException {
    int count = in.readUnsignedByte();
    var numbers = new ArrayList<Integer>(count);
    for (int i = 0; i < count; i++) {
      var code = "" + (char) in.readUnsignedByte() + (char) in.readUnsignedByte();
      numbers.add(table.numberOf(new Geo(code, null, Double.NaN, Double.NaN, null)));
    }
    return numbers;
  }

  private static void readFamily(
      DataInputStream in, int family, List<Integer> numbers, RangeBuilder spans)
      throws IOException {
    int count = in.readInt();
    if (count < 0 || count > RANGES_MAX) {
      throw new IOException("country table of " + count + " ranges");
    }
    var gaps = new long[count];
    for (int i = 0; i < count; i++) {
      gaps[i] = readNumber(in);
    }
    var powers = in.readNBytes(count);
    var sizes = new long[count];
    for (int i = 0; i < count; i++) {
      sizes[i] = (readNumber(in) << 1 | 1) << powers[i];
    }
    var countries = in.readNBytes(count);
    long next = 0;
    for (int i = 0; i < count; i++) {
      long first = next + gaps[i];
      next = first + sizes[i];
      int number = numbers.get(countries[i] & 0xff);
      if (family == FAMILY_V4) {
        spans.add(0, Ip.v4Low((int) first), 0, Ip.v4Low((int) (next - 1)), number);
      } else {
        spans.add(first, 0, next - 1, -1L, number);
      }
    }
  }

  private static long readNumber(DataInputStream in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int octet = in.readUnsignedByte();
      value |= (octet & 0x7fL) << shift;
      if (octet < 0x80) {
        return value;
      }
    }
    throw new IOException("number longer than 64 bits");
  }
}
