package io.penstock.enrich;

import io.penstock.enrich.Indicator.Target;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one threat list, from disk or as it was posted, in whatever format its publisher chose. The
 * first line that is not a comment decides: a brace or a bracket begins JSON or NDJSON, a comma
 * means CSV, anything else is a plain list.
 *
 * <ul>
 *   <li>CSV: a header names the columns ({@code ip_or_cidr,category,confidence,expires_at} and the
 *       names that other publishers use for them); without one, they are the first three. Some
 *       publishers put the header into a comment.
 *   <li>Plain list: an address, a prefix, an address with port, or {@code domain:name} a line; what
 *       follows after a blank, {@code ;} or {@code #} is comment. FireHOL, the text form of
 *       Spamhaus DROP and OTX's reputation data are such.
 *   <li>JSON: an array, or an object with arrays in {@code ips}, {@code addresses}, {@code domains}
 *       and the like; elements are texts or objects with the columns of a CSV header as names.
 *   <li>NDJSON: such an object a line, as Spamhaus publishes DROP.
 *   <li>Within JSON, an object says by its members what it is: an indicator of STIX 2.1, an
 *       attribute of MISP, an indicator of an OTX pulse. What these say of other things than
 *       addresses and domains is skipped, as is what they have withdrawn or what has expired.
 * </ul>
 *
 * A line that makes no sense is a problem with its number (in a JSON document, the number of the
 * entry), and the rest of the list still counts. For one list and one thread.
 */
public final class FeedReader {

  /** A list that can be opened, and opened again: JSON over several lines is read twice. */
  @FunctionalInterface
  public interface Content {
    InputStream open() throws IOException;
  }

  /** Takes what is read; false when there is no room for it. */
  @FunctionalInterface
  public interface Sink {
    boolean add(Indicator indicator);
  }

  /** What a publisher's list is known to look like. */
  public enum Format {
    /** Whatever it looks like. */
    AUTO(true, true, true),
    FEODO(true, false, true),
    SPAMHAUS_DROP(false, true, true),
    FIREHOL(false, true, false),
    MISP(false, false, true),
    STIX(false, false, true),
    OTX(false, true, true),
    ABUSEIPDB(true, true, true),
    CSV(true, false, false),
    TXT(false, true, false);

    private final boolean csv;
    private final boolean plain;
    private final boolean json;

    Format(boolean csv, boolean plain, boolean json) {
      this.csv = csv;
      this.plain = plain;
      this.json = json;
    }

    /** The format of a name such as {@code spamhaus_drop}. */
    public static Optional<Format> named(String name) {
      for (var format : values()) {
        if (format.word().equals(name)) {
          return Optional.of(format);
        }
      }
      return Optional.empty();
    }

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What is to be read.
   *
   * @param feed what its indicators say where they are from
   * @param domainsOnly whether its bare words are domains and nothing else
   */
  public record Feed(String feed, Format format, boolean domainsOnly) {}

  /**
   * What became of a list.
   *
   * @param read entries that were passed on
   * @param skipped entries that are well-formed and say nothing that counts here
   * @param bad entries that make no sense, or found no room
   * @param errors the first of these, {@code feed:line: text}
   */
  public record Report(long read, long skipped, long bad, List<String> errors) {}

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
  private static final List<String> EXPIRY_COLUMNS =
      List.of("expires_at", "expires", "expiration", "expiration_date", "expiry", "valid_until");
  private static final List<String> DEFAULT_HEADER =
      List.of("ip_or_cidr", "category", "confidence");

  private static final int CATEGORY_LENGTH_MAX = 64;

  private final Content content;
  private final Feed feed;
  private final Instant now;
  private final Sink sink;
  private final ProblemLog problems;
  private long read;
  private long skipped;

  private FeedReader(Content content, Feed feed, Instant now, Sink sink, ProblemLog problems) {
    this.content = content;
    this.feed = feed;
    this.now = now;
    this.sink = sink;
    this.problems = problems;
  }

  /**
   * Reads a list.
   *
   * @param now what has expired by then is skipped
   * @throws BadTableException when it is not of the format it should be of; entries before that
   *     were passed on
   */
  public static Report read(Content content, Feed feed, Instant now, Sink sink) throws IOException {
    var problems = new ProblemLog();
    var reader = new FeedReader(content, feed, now, sink, problems);
    reader.read();
    var found = problems.problems();
    return new Report(reader.read, reader.skipped, found.count(), found.first());
  }

  /** Reads a list among others, whose problems are collected in one place. */
  static void read(Content content, Feed feed, Instant now, Sink sink, ProblemLog problems)
      throws IOException {
    new FeedReader(content, feed, now, sink, problems).read();
  }

  private void read() throws IOException {
    try (var lines = new BoundedLines(content.open(), StandardCharsets.UTF_8)) {
      List<String> commentedHeader = null;
      for (var line = lines.next(); line != null; line = lines.next()) {
        var text = line.strip();
        if (isComment(text)) {
          var cells = header(text.substring(Math.min(1, text.length())));
          commentedHeader = cells == null ? commentedHeader : cells;
          continue;
        }
        boolean isArray = text.startsWith("[") && !isBracketedAddress(text);
        if (isArray || text.startsWith("{")) {
          readJson(lines, text, isArray);
          return;
        }
        if (isCsv(text)) {
          readCsv(lines, text, commentedHeader);
          return;
        }
        readList(lines, text);
        return;
      }
    }
  }

  private boolean isCsv(String firstLine) throws BadTableException {
    if (!feed.format.csv && !feed.format.plain) {
      throw new BadTableException("not JSON, which a list of " + feed.format.word() + " is");
    }
    return feed.format.csv && (firstLine.indexOf(',') >= 0 || !feed.format.plain);
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
        add(word(text), Entry.BARE, feed.domainsOnly, lines.number());
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
    add(columns.target(cells), columns.entry(cells), feed.domainsOnly, line);
  }

  private void readJson(BoundedLines lines, String firstLine, boolean isArray) throws IOException {
    if (!feed.format.json) {
      throw new BadTableException("JSON, which a list of " + feed.format.word() + " is not");
    }
    if (isArray || !FeedJson.isWhole(firstLine)) {
      try (var in = content.open()) {
        FeedJson.read(in, feed.domainsOnly, new Document());
      }
      return;
    }
    for (var line = firstLine; line != null; line = lines.next()) {
      if (!line.isBlank()) {
        readObject(line, lines.number());
      }
    }
  }

  private void readObject(String line, long number) {
    try {
      FeedJson.read(line, feed.domainsOnly, new Document(number));
    } catch (BadTableException e) {
      problem(number, "not JSON");
    }
  }

  /** Entries of a JSON document, told apart by their members. */
  private final class Document implements FeedJson.Entries {

    private final boolean isLine;
    private long number;

    Document() {
      this.isLine = false;
    }

    Document(long line) {
      this.isLine = true;
      this.number = line;
    }

    private void next() {
      number += isLine ? 0 : 1;
    }

    @Override
    public void text(String text, boolean isDomain) {
      next();
      if (isPlain()) {
        add(text, Entry.BARE, isDomain, number);
      }
    }

    @Override
    public void object(String container, Map<String, String> fields, boolean isDomain) {
      next();
      if (container.equals("attribute")) {
        attribute(fields);
      } else if (fields.containsKey("pattern") || container.equals("objects")) {
        stixObject(fields);
      } else if (container.equals("indicators") && fields.containsKey("type") && isPulse(fields)) {
        pulseIndicator(fields);
      } else if (isEmptyContainer(container) || "metadata".equals(fields.get("type"))) {
        skipped++;
      } else if (isPlain()) {
        var target = first(fields, TARGET_COLUMNS);
        add(target, Entry.of(fields), isDomain, number);
      }
    }

    private static boolean isPulse(Map<String, String> fields) {
      return fields.containsKey("indicator");
    }

    /** An event of MISP without attributes, a pulse without indicators. */
    private static boolean isEmptyContainer(String container) {
      return switch (container) {
        case "event", "object", "response", "results", "pulses" -> true;
        default -> false;
      };
    }

    @Override
    public void neither() {
      next();
      problem(number, "neither an indicator nor a list of them");
    }

    /** Whether an entry without a publisher's own form may stand here. */
    private boolean isPlain() {
      return switch (feed.format) {
        case MISP, STIX, OTX -> is(Format.AUTO);
        default -> true;
      };
    }

    private boolean is(Format found) {
      if (feed.format == found || feed.format == Format.AUTO) {
        return true;
      }
      problem(number, "not what " + feed.format.word() + " publishes");
      return false;
    }

    /** STIX 2.1 §4.7. */
    private void stixObject(Map<String, String> fields) {
      var pattern = fields.get("pattern");
      if (pattern == null || "true".equals(fields.get("revoked"))) {
        skipped++;
        return;
      }
      var language = fields.getOrDefault("pattern_type", "stix");
      if (!is(Format.STIX)) {
        return;
      }
      var begin = FeedTime.parse(fields.getOrDefault("valid_from", ""));
      if (!language.equals("stix") || begin.isPresent() && begin.get().isAfter(now)) {
        skipped++;
        return;
      }
      var targets = StixPattern.targets(pattern);
      if (targets.isEmpty()) {
        problem(number, "no address or domain that counts by itself: " + excerpt(pattern));
        return;
      }
      var kind = fields.get("indicator_types");
      var entry =
          new Entry(
              kind == null ? fields.get("labels") : kind,
              fields.get("confidence"),
              fields.get("valid_until"));
      targets.forEach(target -> add(target, entry, number));
    }

    /** An attribute of MISP; only those that are {@code to_ids} are meant to be acted on. */
    private void attribute(Map<String, String> fields) {
      if (!is(Format.MISP)) {
        return;
      }
      var value = fields.get("value");
      var type = fields.getOrDefault("type", "");
      if (value == null || isNo(fields.get("to_ids")) || isYes(fields.get("deleted"))) {
        skipped++;
        return;
      }
      int bar = value.indexOf('|');
      var head = bar < 0 ? value : value.substring(0, bar);
      var entry = new Entry(fields.get("category"), fields.get("confidence"), null);
      switch (type) {
        case "ip-src", "ip-dst", "ip-src|port", "ip-dst|port" -> add(head, entry, false, number);
        case "domain", "hostname", "hostname|port" -> add(head, entry, true, number);
        case "domain|ip" -> {
          add(head, entry, true, number);
          add(value.substring(bar + 1), entry, false, number);
        }
        default -> skipped++;
      }
    }

    /** An indicator of an OTX pulse. */
    private void pulseIndicator(Map<String, String> fields) {
      if (!is(Format.OTX)) {
        return;
      }
      var type = fields.getOrDefault("type", "").toLowerCase(Locale.ROOT);
      var entry = new Entry(fields.get("role"), null, fields.get("expiration"));
      if (isNo(fields.get("is_active"))) {
        skipped++;
        return;
      }
      switch (type) {
        case "ipv4", "ipv6", "cidr" -> add(fields.get("indicator"), entry, false, number);
        case "domain", "hostname" -> add(fields.get("indicator"), entry, true, number);
        default -> skipped++;
      }
    }

    private static boolean isNo(@Nullable String flag) {
      return "false".equals(flag) || "0".equals(flag);
    }

    private static boolean isYes(@Nullable String flag) {
      return "true".equals(flag) || "1".equals(flag);
    }
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

  /** What a list says of an entry, as it is written there; null where it says nothing. */
  private record Entry(
      @Nullable String category, @Nullable String confidence, @Nullable String expiry) {

    static final Entry BARE = new Entry(null, null, null);

    static Entry of(Map<String, String> fields) {
      return new Entry(
          first(fields, CATEGORY_COLUMNS),
          first(fields, CONFIDENCE_COLUMNS),
          first(fields, EXPIRY_COLUMNS));
    }
  }

  private void add(@Nullable String text, Entry entry, boolean isDomain, long line) {
    var target = text == null ? Optional.<Target>empty() : target(text.strip(), isDomain);
    if (target.isEmpty()) {
      problem(line, "no address, prefix or domain: " + excerpt(text));
      return;
    }
    add(target.get(), entry, line);
  }

  private static Optional<Target> target(String text, boolean isDomain) {
    return isDomain && !text.startsWith("domain:") ? Target.domain(text) : Target.parse(text);
  }

  private void add(Target target, Entry entry, long line) {
    int percent = percent(entry.confidence);
    if (percent < 0) {
      problem(line, "confidence is not 0 to 100: " + excerpt(entry.confidence));
      return;
    }
    Instant expires = null;
    if (entry.expiry != null && !entry.expiry.isBlank()) {
      expires = FeedTime.parse(entry.expiry).orElse(null);
      if (expires == null) {
        problem(line, "expiry is no time: " + excerpt(entry.expiry));
        return;
      }
      if (!expires.isAfter(now)) {
        skipped++;
        return;
      }
    }
    if (!sink.add(new Indicator(target, category(entry.category), percent, feed.feed, expires))) {
      problem(line, "table is full");
      return;
    }
    read++;
  }

  private static String category(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return Indicator.UNKNOWN_CATEGORY;
    }
    var known = new StringBuilder(CATEGORY_LENGTH_MAX);
    // Lists come from strangers: NUL is nothing that PostgreSQL keeps, and half a character (their
    // escapes can say it, and a cut can make it) is nothing that UTF-8 can say.
    text.strip()
        .codePoints()
        .limit(CATEGORY_LENGTH_MAX)
        .map(c -> Character.isISOControl(c) || isSurrogate(c) ? '\ufffd' : c)
        .takeWhile(c -> known.length() + Character.charCount(c) <= CATEGORY_LENGTH_MAX)
        .forEach(known::appendCodePoint);
    return known.toString();
  }

  private static boolean isSurrogate(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE;
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

  private void problem(long line, String what) {
    problems.add(feed.feed, line, what);
  }

  private static String excerpt(@Nullable String text) {
    if (text == null) {
      return "(none)";
    }
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }

  /** Where in a row the things stand; the first name that publishers use wins. */
  private static final class Columns {

    private final int target;
    private final int category;
    private final int confidence;
    private final int expiry;

    private Columns(List<String> header) {
      this.target = find(header, TARGET_COLUMNS);
      this.category = find(header, CATEGORY_COLUMNS);
      this.confidence = find(header, CONFIDENCE_COLUMNS);
      this.expiry = find(header, EXPIRY_COLUMNS);
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

    private Entry entry(List<String> cells) {
      return new Entry(cell(cells, category), cell(cells, confidence), cell(cells, expiry));
    }
  }
}
