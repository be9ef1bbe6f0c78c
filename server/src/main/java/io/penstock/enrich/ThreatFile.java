package io.penstock.enrich;

import io.penstock.enrich.Indicator.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One threat list on disk, in whatever format its publisher chose. The first line that is not a
 * comment decides: a brace or a bracket begins JSON or NDJSON, a comma means CSV, anything else is
 * a plain list.
 *
 * <ul>
 *   <li>CSV: a header names the columns ({@code ip_or_cidr,category,confidence} and the names that
 *       other publishers use for them); without one, they are these three. Some publishers put the
 *       header into a comment.
 *   <li>Plain list: an address, a prefix, an address with port, or {@code domain:name} a line; what
 *       follows after a blank, {@code ;} or {@code #} is comment.
 *   <li>JSON: an array, or an object with arrays in {@code ips}, {@code addresses}, {@code domains}
 *       and the like; elements are texts or objects with the columns of a CSV header as names.
 *   <li>NDJSON: such an object a line, as Spamhaus publishes DROP.
 * </ul>
 *
 * A line that makes no sense is a problem with its number, and the rest of the list still counts.
 */
final class ThreatFile {

  private static final long SIZE_MAX = 1L << 30;

  private static final List<String> TARGET_COLUMNS =
      List.of(
          "ip_or_cidr",
          "cidr",
          "ip",
          "ip_address",
          "ipaddress",
          "address",
          "network",
          "prefix",
          "ip_range",
          "indicator",
          "ioc_value",
          "ioc",
          "value",
          "dst_ip",
          "dstip",
          "src_ip",
          "srcip",
          "domain",
          "hostname",
          "host");
  private static final List<String> CATEGORY_COLUMNS =
      List.of("category", "malware", "malware_printable", "threat_type", "threat", "listingreason");
  private static final List<String> CONFIDENCE_COLUMNS =
      List.of("confidence", "confidence_level", "abuseconfidencescore", "score");
  private static final List<String> DEFAULT_HEADER =
      List.of("ip_or_cidr", "category", "confidence");

  private final Path file;
  private final String feed;
  private final boolean domainsOnly;
  private final ThreatTable.Builder table;
  private final ProblemLog problems;

  ThreatFile(Path file, ThreatTable.Builder table, ProblemLog problems) {
    this.file = file;
    this.feed = file.getFileName().toString();
    var folder = file.getParent();
    this.domainsOnly = folder != null && folder.endsWith("domains");
    this.table = table;
    this.problems = problems;
  }

  void read() throws IOException {
    if (Files.size(file) > SIZE_MAX) {
      throw new BadTableException("larger than 1 GiB");
    }
    try (var lines = new BoundedLines(Files.newInputStream(file), StandardCharsets.UTF_8)) {
      List<String> commentedHeader = null;
      for (var line = lines.next(); line != null; line = lines.next()) {
        var text = line.strip();
        if (isComment(text)) {
          var cells = header(text.substring(Math.min(1, text.length())));
          commentedHeader = cells == null ? commentedHeader : cells;
          continue;
        }
        if (text.startsWith("[") && !isBracketedAddress(text)) {
          readDocument();
          return;
        }
        if (text.startsWith("{")) {
          readObjects(lines, text);
          return;
        }
        if (text.indexOf(',') >= 0) {
          readCsv(lines, text, commentedHeader);
          return;
        }
        readList(lines, text);
        return;
      }
    }
  }

  private static boolean isComment(String text) {
    return text.isEmpty()
        || text.charAt(0) == '#'
        || text.charAt(0) == ';'
        || text.startsWith("//");
  }

  private static boolean isBracketedAddress(String text) {
    return text.indexOf(']') > 0 && Target.parse(text).isPresent();
  }

  private void readList(BoundedLines lines, String firstLine) throws IOException {
    boolean headed = TARGET_COLUMNS.contains(firstLine.toLowerCase(Locale.ROOT));
    for (var line = headed ? lines.next() : firstLine; line != null; line = lines.next()) {
      var text = line.strip();
      if (!isComment(text)) {
        add(word(text), null, null, lines.number());
      }
    }
  }

  /** What stands before the first blank or comment. */
  private static String word(String text) {
    int end = 0;
    while (end < text.length()
        && !Character.isWhitespace(text.charAt(end))
        && text.charAt(end) != ';'
        && text.charAt(end) != '#'
        && text.charAt(end) != ',') {
      end++;
    }
    return text.substring(0, end);
  }

  private void readCsv(BoundedLines lines, String firstLine, @Nullable List<String> commentedHeader)
      throws IOException {
    var own = header(firstLine);
    var names = own != null ? own : commentedHeader != null ? commentedHeader : DEFAULT_HEADER;
    var columns = new Columns(names);
    if (own == null) {
      addRow(columns, firstLine, lines.number());
    }
    for (var line = lines.next(); line != null; line = lines.next()) {
      var text = line.strip();
      if (!isComment(text)) {
        addRow(columns, text, lines.number());
      }
    }
  }

  /** The names of a header line in lower case; null when the line is no header. */
  private static @Nullable List<String> header(String text) {
    var names =
        CsvLine.split(text.strip()).stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    return names.size() > 1 && names.stream().anyMatch(TARGET_COLUMNS::contains) ? names : null;
  }

  private void addRow(Columns columns, String text, long line) {
    var cells = CsvLine.split(text);
    add(columns.target(cells), columns.category(cells), columns.confidence(cells), line);
  }

  private void readObjects(BoundedLines lines, String firstLine) throws IOException {
    long firstNumber = lines.number();
    for (var line = firstLine; line != null; line = lines.next()) {
      if (line.isBlank()) {
        continue;
      }
      try {
        addJson(JsonTree.parse(line), domainsOnly, lines.number());
      } catch (BadTableException e) {
        if (lines.number() == firstNumber) {
          // One object over several lines.
          readDocument();
          return;
        }
        problems.add(file, lines.number(), "not JSON");
      }
    }
  }

  private void readDocument() throws IOException {
    try (var in = Files.newInputStream(file)) {
      addJson(JsonTree.parse(in), domainsOnly, 1);
    }
  }

  private void addJson(@Nullable Object json, boolean domains, long line) {
    switch (json) {
      case String text -> add(domains ? "domain:" + text : text, null, null, line);
      case List<?> elements -> elements.forEach(element -> addJson(element, domains, line));
      case Map<?, ?> object -> addObject(object, domains, line);
      case null, default -> problems.add(file, line, "neither an indicator nor a list of them");
    }
  }

  private void addObject(Map<?, ?> object, boolean domains, long line) {
    if ("metadata".equals(object.get("type"))) {
      return;
    }
    var fields = new HashMap<String, String>();
    boolean nested = false;
    for (var member : object.entrySet()) {
      var name = String.valueOf(member.getKey()).toLowerCase(Locale.ROOT);
      if (member.getValue() instanceof List<?> elements && holdsIndicators(name)) {
        addJson(elements, domains || name.equals("domains"), line);
        nested = true;
      } else if (member.getValue() != null) {
        fields.putIfAbsent(name, member.getValue().toString());
      }
    }
    if (!nested) {
      var target = first(fields, TARGET_COLUMNS);
      add(
          domains && target != null ? "domain:" + target : target,
          first(fields, CATEGORY_COLUMNS),
          first(fields, CONFIDENCE_COLUMNS),
          line);
    }
  }

  private static boolean holdsIndicators(String name) {
    return switch (name) {
      case "ips", "addresses", "domains", "cidrs", "networks", "indicators", "data" -> true;
      default -> false;
    };
  }

  private static @Nullable String first(Map<String, String> fields, List<String> names) {
    for (var name : names) {
      var value = fields.get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private void add(
      @Nullable String target, @Nullable String category, @Nullable String confidence, long line) {
    var parsed = target == null ? Optional.<Target>empty() : parse(target);
    if (parsed.isEmpty()) {
      problems.add(file, line, "no address, prefix or domain: " + excerpt(target));
      return;
    }
    int percent = percent(confidence);
    if (percent < 0) {
      problems.add(file, line, "confidence is not 0 to 100: " + excerpt(confidence));
      return;
    }
    var known = category == null || category.isBlank() ? Indicator.UNKNOWN_CATEGORY : category;
    if (!table.add(new Indicator(parsed.get(), known, percent, feed))) {
      problems.add(file, line, "table is full");
    }
  }

  private Optional<Target> parse(String text) {
    if (!domainsOnly || text.startsWith("domain:")) {
      return Target.parse(text);
    }
    return Target.domain(text);
  }

  /** A percentage; fractions below 1 are shares. -1 when it is neither. */
  private static int percent(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return Indicator.UNKNOWN_CONFIDENCE;
    }
    try {
      double value = Double.parseDouble(text.endsWith("%") ? text.replace("%", "") : text);
      double percent = text.indexOf('.') >= 0 && value <= 1 ? value * 100 : value;
      return percent >= 0 && percent <= 100 ? (int) Math.round(percent) : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static String excerpt(@Nullable String text) {
    if (text == null) {
      return "(none)";
    }
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }

  /** Where in a row the three things stand; the first name that publishers use wins. */
  private static final class Columns {

    private final int target;
    private final int category;
    private final int confidence;

    private Columns(List<String> header) {
      this.target = find(header, TARGET_COLUMNS);
      this.category = find(header, CATEGORY_COLUMNS);
      this.confidence = find(header, CONFIDENCE_COLUMNS);
    }

    private static int find(List<String> header, List<String> names) {
      return names.stream().mapToInt(header::indexOf).filter(i -> i >= 0).findFirst().orElse(-1);
    }

    private static @Nullable String cell(List<String> cells, int column) {
      return column >= 0 && column < cells.size() ? cells.get(column) : null;
    }

    private @Nullable String target(List<String> cells) {
      return cell(cells, target);
    }

    private @Nullable String category(List<String> cells) {
      return cell(cells, category);
    }

    private @Nullable String confidence(List<String> cells) {
      return cell(cells, confidence);
    }
  }
}
