package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The page of conformance is what the tests say: it lists, for each requirement of {@code
 * docs/conformance} and each decoding case, the tests that are tagged with it. {@code
 * -Dgolden.update=true} writes it anew, to be reviewed as a diff.
 */
class ConformanceTableTest {

  private static final Path DOCS = Path.of("..", "docs");
  private static final Path PAGE = DOCS.resolve("conformance.md");
  private static final List<Path> SOURCES =
      List.of(Path.of("..", "wire", "src", "test", "java"), Path.of("src", "test", "java"));
  private static final int CASES = 94;

  private static final Pattern TAG = Pattern.compile("^\\s*@Tag\\(\"([^\"]+)\"\\)");
  private static final Pattern CLASS = Pattern.compile("^(?:\\w+ )*class (\\w+)");
  private static final Pattern METHOD = Pattern.compile("^\\s+(?:\\w+ )*void (\\w+)\\(");
  private static final Pattern RUN =
      Pattern.compile("^\\s*@(?:Test|ParameterizedTest|RepeatedTest|FuzzTest|TestFactory)\\b");
  private static final Pattern CASE_BY_NAME = Pattern.compile("^case(\\d+)\\D");

  /** How a remark begins that says why no test of ours can prove a requirement. */
  private static final List<String> EXCUSES = List.of("exporter:", "not met:", "not applicable:");

  private static final Map<String, String> DOCUMENTS =
      Map.of(
          "rfc3954", "RFC 3954, NetFlow version 9",
          "rfc7011", "RFC 7011, the IPFIX protocol",
          "rfc5103", "RFC 5103, bidirectional flows",
          "rfc6313", "RFC 6313, structured data",
          "rfc5655", "RFC 5655, IPFIX files",
          "sflow5", "sFlow version 5");

  /** One line of {@code requirements.tsv}. */
  private record Requirement(
      String id, String document, String section, String level, String text, String remark) {

    /** Whether it is said why no test of ours can prove it. */
    boolean isExcused() {
      return EXCUSES.stream().anyMatch(remark::startsWith);
    }
  }

  /** Tag to the tests that carry it, {@code Class.method}. */
  private final Map<String, Set<String>> tests = tagged();

  @Test
  void thePageIsWhatTheTestsSay() throws IOException {
    var lines = page();

    if (Boolean.getBoolean("golden.update")) {
      Files.write(PAGE, lines);
    }
    assertThat(Files.readAllLines(PAGE)).isEqualTo(lines);
  }

  @Test
  void everyTagNamesARequirementOrACase() throws IOException {
    var known = requirements().stream().map(Requirement::id).collect(Collectors.toSet());
    cases().keySet().forEach(number -> known.add("case-" + number));

    assertThat(known).containsAll(tests.keySet());
  }

  @Test
  void requirementsAreUniqueAndOfKnownDocuments() throws IOException {
    var requirements = requirements();

    assertThat(requirements).extracting(Requirement::id).doesNotHaveDuplicates();
    assertThat(requirements)
        .allSatisfy(
            requirement -> {
              assertThat(DOCUMENTS).containsKey(requirement.document);
              assertThat(requirement.id)
                  .startsWith(requirement.document + "-" + requirement.section + "-");
              assertThat(requirement.level).isIn("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY");
            });
    assertThat(cases()).hasSize(CASES);
  }

  @Test
  void everyRequirementIsProvenOrItIsSaidWhyNot() throws IOException {
    assertThat(requirements())
        .filteredOn(requirement -> !tests.containsKey(requirement.id))
        .allMatch(Requirement::isExcused);
    assertThat(requirements())
        .filteredOn(requirement -> tests.containsKey(requirement.id))
        .noneMatch(requirement -> requirement.remark.startsWith("not "));
  }

  @Test
  void everyCaseHasATest() throws IOException {
    assertThat(cases().keySet())
        .allSatisfy(number -> assertThat(tests).containsKey("case-" + number));
  }

  private List<String> page() throws IOException {
    var requirements = requirements();
    var page = new ArrayList<String>();
    page.add("# Conformance");
    page.add("");
    page.add(
        "What the standards ask of a collector and of a reader of files, in our words, and the"
            + " tests that prove it.");
    page.add(
        "Written by `ConformanceTableTest` from the tags of the tests and from"
            + " [docs/conformance](conformance); run it with `-Dgolden.update=true`.");
    page.add(
        "What a document lays down without a key word of RFC 2119, like the whole of sFlow, counts"
            + " as MUST.");
    page.add("");
    page.add(
        "| document | requirements | with tests | not met, or not ours to meet | no test yet |");
    page.add("|---|---|---|---|---|");
    forEachDocument(requirements, (document, own) -> page.add(summary(document, own)));
    long proven = cases().keySet().stream().filter(n -> tests.containsKey("case-" + n)).count();
    page.add("| decoding cases | %d | %d | 0 | %d |".formatted(CASES, proven, CASES - proven));
    forEachDocument(requirements, (document, own) -> section(page, document, own));
    page.add("");
    page.add("## Decoding cases");
    page.add("");
    page.add("What devices send and collectors get wrong.");
    page.add("");
    page.add("| case | about | tests |");
    page.add("|---|---|---|");
    cases()
        .forEach(
            (number, about) ->
                page.add("| %d | %s | %s |".formatted(number, about, cell("case-" + number))));
    return page;
  }

  private interface Visitor {
    void visit(String document, List<Requirement> own);
  }

  private static void forEachDocument(List<Requirement> all, Visitor visitor) {
    all.stream()
        .map(Requirement::document)
        .distinct()
        .forEach(
            document ->
                visitor.visit(
                    document, all.stream().filter(r -> r.document.equals(document)).toList()));
  }

  private String summary(String document, List<Requirement> own) {
    long proven = own.stream().filter(r -> tests.containsKey(r.id)).count();
    long excused = own.stream().filter(r -> !tests.containsKey(r.id) && r.isExcused()).count();
    return "| %s | %d | %d | %d | %d |"
        .formatted(
            DOCUMENTS.get(document), own.size(), proven, excused, own.size() - proven - excused);
  }

  private void section(List<String> page, String document, List<Requirement> own) {
    page.add("");
    page.add("## " + DOCUMENTS.get(document));
    page.add("");
    page.add("| § | level | requirement | tests | remark |");
    page.add("|---|---|---|---|---|");
    for (var requirement : own) {
      var proof =
          tests.containsKey(requirement.id) || !requirement.isExcused()
              ? cell(requirement.id)
              : "–";
      page.add(
          "| %s | %s | %s | %s | %s |"
              .formatted(
                  requirement.section,
                  requirement.level,
                  requirement.text,
                  proof,
                  requirement.remark));
    }
  }

  private String cell(String tag) {
    var found = tests.getOrDefault(tag, Set.of());
    return found.isEmpty()
        ? "**no test yet**"
        : found.stream().map(test -> "`" + test + "`").collect(Collectors.joining(", "));
  }

  private static List<Requirement> requirements() throws IOException {
    return rows("requirements.tsv", 6)
        .map(row -> new Requirement(row[0], row[1], row[2], row[3], row[4], row[5]))
        .toList();
  }

  private static Map<Integer, String> cases() throws IOException {
    var cases = new TreeMap<Integer, String>();
    rows("cases.tsv", 2).forEach(row -> cases.put(Integer.parseInt(row[0]), row[1]));
    return cases;
  }

  private static Stream<String[]> rows(String file, int columns) throws IOException {
    return Files.readAllLines(DOCS.resolve("conformance").resolve(file)).stream()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("\t", -1))
        .peek(row -> assertThat(row).as(String.join(" ", row)).hasSize(columns));
  }

  private static Map<String, Set<String>> tagged() {
    var tests = new TreeMap<String, Set<String>>();
    for (var root : SOURCES) {
      try (var files = Files.walk(root)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(file -> readTags(file, tests));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return tests;
  }

  /** Reads a source as our formatter writes it: an annotation a line, a method's name behind it. */
  private static void readTags(Path file, Map<String, Set<String>> tests) {
    var name = file.getFileName().toString().replace(".java", "");
    var pending = new ArrayList<String>();
    boolean isTest = false;
    for (var line : lines(file)) {
      var tag = TAG.matcher(line);
      var method = METHOD.matcher(line);
      if (tag.find()) {
        pending.add(tag.group(1));
      } else if (RUN.matcher(line).find()) {
        isTest = true;
      } else if (method.find() || CLASS.matcher(line).find()) {
        var test = method.hasMatch() ? name + "." + method.group(1) : name;
        var byName = CASE_BY_NAME.matcher(method.hasMatch() ? method.group(1) : "");
        if (isTest && byName.find()) {
          pending.add("case-" + byName.group(1));
        }
        pending.forEach(id -> tests.computeIfAbsent(id, _ -> new TreeSet<>()).add(test));
        pending.clear();
        isTest = false;
      }
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
