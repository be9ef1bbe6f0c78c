package io.penstock.control;

import io.penstock.json.Json;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a key may do, in words: the known ones, and how sets of them are written. */
public final class Scopes {

  public static final String ADMIN = "admin";
  public static final String ALL = "*";

  /** What a key may do when nobody said. */
  public static final Set<String> STANDARD = Set.of("ingest");

  /** What a user's key of the configuration may do: give data in and see what became of it. */
  static final Set<String> USER = Set.of("ingest", "read_metrics", "read_requests", "read_sources");

  private static final SequencedMap<String, String> KNOWN = known();

  private Scopes() {}

  private static SequencedMap<String, String> known() {
    var known = new LinkedHashMap<String, String>();
    known.put("ingest", "Ingest data (zeek, netflow, bulk)");
    known.put("manage_indicators", "Manage threat intelligence indicators");
    known.put("export", "Export data to external systems");
    known.put("read_requests", "Read request audit logs");
    known.put("read_metrics", "Read system metrics");
    known.put("read_sources", "Read the sources and how they are");
    known.put(ADMIN, "Full administrative access");
    known.put(ALL, "Everything, like admin");
    return Collections.unmodifiableSequencedMap(known);
  }

  /** Each scope with what it allows. */
  public static SequencedMap<String, String> descriptions() {
    return KNOWN;
  }

  /** The first word that is no scope. */
  public static Optional<String> unknown(Collection<String> scopes) {
    return scopes.stream().filter(scope -> !KNOWN.containsKey(scope)).findFirst();
  }

  /** Lower case, each once, sorted. */
  public static Set<String> of(Collection<String> words) {
    return words.stream()
        .map(word -> word.strip().toLowerCase(Locale.ROOT))
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Reads words between commas and blanks. */
  public static Set<String> split(String text) {
    return of(Stream.of(text.split("[\\s,]+")).toList());
  }

  static boolean areAdmin(Set<String> scopes) {
    return scopes.contains(ADMIN) || scopes.contains(ALL);
  }

  /**
   * Reads a column: a JSON array, or the words between commas that older products wrote. A JSON
   * array that was encoded twice, which one of them did, is still the array.
   */
  static Set<String> parse(@Nullable String column) {
    if (column == null) {
      return Set.of();
    }
    return switch (JsonColumn.parse(column)) {
      case List<?> words -> of(JsonColumn.texts(words));
      case String text when JsonColumn.parse(text) instanceof List<?> words ->
          of(JsonColumn.texts(words));
      case String text -> split(text);
      case null, default -> words(column);
    };
  }

  /** Words between commas; a column with anything else is damaged and allows nothing. */
  private static Set<String> words(String column) {
    var words = split(column);
    return words.stream().allMatch(word -> word.matches("[a-z_]{1,32}|\\*")) ? words : Set.of();
  }

  static String column(Collection<String> scopes) {
    return Json.text(scopes.stream().sorted().toList());
  }
}
