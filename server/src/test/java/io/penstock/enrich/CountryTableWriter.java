package io.penstock.enrich;

import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * Makes the resource of {@link BuiltInCountries} from any country database in MaxMind DB format.
 * How to run it stands in {@code NOTICE.md} beside the resource.
 */
final class CountryTableWriter {

  /**
   * Special-purpose blocks (RFC 6890): registries say who got them, which is not where they are.
   */
  private static final List<Prefix> SPECIAL =
      Stream.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.0.2.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "198.51.100.0/24",
              "203.0.113.0/24",
              "224.0.0.0/3",
              "64:ff9b::/96",
              "100::/64",
              "2001::/23",
              "2001:db8::/32",
              "2002::/16",
              "3fff::/20",
              "fc00::/7",
              "fe80::/10",
              "ff00::/8")
          .map(text -> Prefix.parse(text).orElseThrow())
          .toList();

  /** A range of one country; addresses are IPv4 bits or the upper half of IPv6. */
  private record Range(long first, long last, String country) {}

  private CountryTableWriter() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: CountryTableWriter DATABASE.mmdb SOURCE-NAME OUTPUT.gz");
      System.exit(2);
    }
    var loaded = GeoTable.load(Path.of(arguments[0]));
    var built = loaded.built() == null ? Instant.EPOCH : loaded.built();
    var bytes = write(loaded.table(), arguments[1], built);
    try (var out = new GZIPOutputStream(Files.newOutputStream(Path.of(arguments[2])))) {
      out.write(bytes);
    }
    System.out.println(arguments[2] + ": " + Files.size(Path.of(arguments[2])) + " bytes");
  }

  /** The content before compression. */
  static byte[] write(RangeTable<Geo> table, String source, Instant built) throws IOException {
    var v4 = new ArrayList<Range>();
    var v6 = new ArrayList<Range>();
    withoutSpecial(table)
        .forEach(
            (first, last, country) -> {
              if (first.isV4()) {
                append(v4, first.low() & 0xffff_ffffL, last.low() & 0xffff_ffffL, country);
              } else {
                append(v6, first.high(), last.high(), country);
              }
            });
    var countries = countries(v4, v6);
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(BuiltInCountries.MAGIC);
    out.writeInt(BuiltInCountries.VERSION);
    out.writeUTF(source);
    out.writeLong(built.getEpochSecond());
    out.writeByte(countries.size());
    for (var country : countries) {
      out.writeBytes(country);
    }
    writeFamily(out, v4, countries);
    writeFamily(out, v6, countries);
    return bytes.toByteArray();
  }

  private static RangeTable<String> withoutSpecial(RangeTable<Geo> table) {
    var kept = new RangeTable.Builder<String>();
    table.forEach(
        (first, last, geo) -> {
          if (SPECIAL.stream().noneMatch(block -> block.contains(first) && block.contains(last))) {
            kept.spans()
                .add(
                    first.high(),
                    first.low(),
                    last.high(),
                    last.low(),
                    kept.numberOf(geo.country()));
          }
        });
    SPECIAL.forEach(block -> kept.spans().add(block, 0));
    return kept.build();
  }

  /**
   * Adds a range behind the others. Where several countries share one /64, the first of them has
   * it: nothing smaller is routed.
   */
  private static void append(List<Range> ranges, long first, long last, String country) {
    if (ranges.isEmpty()) {
      ranges.add(new Range(first, last, country));
      return;
    }
    var before = ranges.getLast();
    long free = Math.max(first, before.last() + 1);
    if (free > last) {
      return;
    }
    if (free == before.last() + 1 && before.country().equals(country)) {
      ranges.set(ranges.size() - 1, new Range(before.first(), last, country));
      return;
    }
    ranges.add(new Range(free, last, country));
  }

  /** Codes by frequency, so that common ones have small numbers. */
  private static List<String> countries(List<Range> v4, List<Range> v6) {
    Map<String, Integer> counts = new HashMap<>();
    Stream.concat(v4.stream(), v6.stream())
        .forEach(range -> counts.merge(range.country(), 1, Integer::sum));
    return counts.keySet().stream()
        .sorted(
            Comparator.comparingInt((String code) -> -counts.getOrDefault(code, 0))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private static void writeFamily(DataOutputStream out, List<Range> ranges, List<String> countries)
      throws IOException {
    out.writeInt(ranges.size());
    long next = 0;
    for (var range : ranges) {
      writeNumber(out, range.first() - next);
      next = range.last() + 1;
    }
    for (var range : ranges) {
      out.writeByte(Long.numberOfTrailingZeros(sizeOf(range)));
    }
    for (var range : ranges) {
      long size = sizeOf(range);
      writeNumber(out, size >>> Long.numberOfTrailingZeros(size) >>> 1);
    }
    for (var range : ranges) {
      out.writeByte(countries.indexOf(range.country()));
    }
  }

  private static long sizeOf(Range range) {
    return range.last() - range.first() + 1;
  }

  private static void writeNumber(DataOutputStream out, long number) throws IOException {
    long rest = number;
    for (; rest >>> 7 != 0; rest >>>= 7) {
      out.writeByte((int) (rest & 0x7f | 0x80));
    }
    out.writeByte((int) rest);
  }

  /** For tests: whether a table answers with a country. */
  static String countryOf(RangeTable<Geo> table, String address) {
    var geo = table.find(Ip.parse(address).orElseThrow());
    return geo == null ? "" : geo.country();
  }
}
