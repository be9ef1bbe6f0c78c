package io.penstock.enrich;

import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads autonomous systems from a MaxMind DB (ASN, ISP and Enterprise of MaxMind, DB-IP, IPinfo) or
 * from a CSV file: {@code ip_range,asn,organization}, where the range is a prefix or {@code
 * first-last}, or {@code first,last,asn,organization}.
 */
final class AsTable {

  private static final long AS_MAX = 0xffff_ffffL;

  private AsTable() {}

  static Loaded<RangeTable<AutonomousSystem>> load(Path file) throws IOException {
    var name = file.getFileName().toString();
    return name.endsWith(".csv") || name.endsWith(".txt")
        ? loadCsv(file)
        : MmdbFile.load(file, AsTable::autonomousSystem);
  }

  /** The system in a decoded record; null when it has none. */
  static @Nullable AutonomousSystem autonomousSystem(Object data) {
    if (!(data instanceof Map<?, ?> record)) {
      return null;
    }
    var traits = record.get("traits") instanceof Map<?, ?> nested ? nested : record;
    if (traits.get("autonomous_system_number") instanceof Number number) {
      return of(number.longValue(), traits.get("autonomous_system_organization"));
    }
    var name = record.get("as_name");
    return record.get("asn") instanceof String asn
        ? of(number(asn), name != null ? name : record.get("name"))
        : null;
  }

  private static @Nullable AutonomousSystem of(long number, @Nullable Object organization) {
    if (number <= 0 || number > AS_MAX) {
      return null;
    }
    return new AutonomousSystem(
        number, organization instanceof String text && !text.isBlank() ? text : null);
  }

  /** Reads {@code 64496} or {@code AS64496}; -1 when it is neither. */
  private static long number(String text) {
    int start = text.regionMatches(true, 0, "AS", 0, 2) ? 2 : 0;
    try {
      return Long.parseLong(text, start, text.length(), 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static Loaded<RangeTable<AutonomousSystem>> loadCsv(Path file) throws IOException {
    var table = new RangeTable.Builder<AutonomousSystem>();
    var problems = new ProblemLog();
    try (var lines = new BoundedLines(Files.newInputStream(file), StandardCharsets.UTF_8)) {
      for (var line = lines.next(); line != null; line = lines.next()) {
        boolean comment = line.isBlank() || line.startsWith("#");
        boolean header = lines.number() == 1 && !Character.isDigit(line.charAt(0));
        if (!comment && !add(table, CsvLine.split(line)) && !header) {
          problems.add(
              file, lines.number(), "neither ip_range,asn,organization nor first,last,...");
        }
      }
    }
    var built = table.build();
    if (built.size() == 0) {
      throw new BadTableException("no line of the form ip_range,asn,organization");
    }
    return new Loaded<>(built, "CSV", built.size(), null, problems.problems());
  }

  private static boolean add(RangeTable.Builder<AutonomousSystem> table, List<String> cells) {
    if (cells.size() < 2) {
      return false;
    }
    var last = cells.size() > 2 ? Ip.parse(cells.get(1)) : Optional.<Ip>empty();
    int asCell = last.isPresent() ? 2 : 1;
    var organization = cells.size() > asCell + 1 ? cells.get(asCell + 1) : null;
    var system = of(number(cells.get(asCell)), organization);
    if (system == null) {
      return false;
    }
    if (last.isPresent()) {
      return addRange(table, Ip.parse(cells.get(0)), last, system);
    }
    var range = cells.get(0);
    int dash = range.indexOf('-');
    if (dash > 0) {
      return addRange(
          table,
          Ip.parse(range.substring(0, dash).strip()),
          Ip.parse(range.substring(dash + 1).strip()),
          system);
    }
    var prefix = Prefix.parse(range);
    prefix.ifPresent(found -> table.spans().add(found, table.numberOf(system)));
    return prefix.isPresent();
  }

  private static boolean addRange(
      RangeTable.Builder<AutonomousSystem> table,
      Optional<Ip> first,
      Optional<Ip> last,
      AutonomousSystem system) {
    if (first.isEmpty() || last.isEmpty() || first.get().compareTo(last.get()) > 0) {
      return false;
    }
    var from = first.get();
    var to = last.get();
    if (from.isV4() != to.isV4()) {
      return false;
    }
    table.spans().add(from.high(), from.low(), to.high(), to.low(), table.numberOf(system));
    return true;
  }
}
