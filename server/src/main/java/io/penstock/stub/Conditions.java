package io.penstock.stub;

import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import io.penstock.policy.HostPattern;
import io.penstock.policy.PathPattern;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Reads the conditions of a request. What is wrong is noted, and left out. */
final class Conditions {

  private Conditions() {}

  /** Scheme, host, port and path. */
  static void place(Section section, List<Condition> conditions) {
    var scheme = section.text("scheme");
    if (scheme != null) {
      conditions.add(new Condition.Scheme(scheme));
    }
    var port = section.number("port", 1, 65_535);
    if (port != null) {
      conditions.add(new Condition.Port(port.intValue()));
    }
    hosts(section, conditions);
    paths(section, conditions);
  }

  private static void hosts(Section section, List<Condition> conditions) {
    var patterns = new ArrayList<HostPattern>();
    for (var host : section.scalars("host")) {
      HostPattern.parse(host.text())
          .ifPresentOrElse(
              patterns::add,
              () -> section.problem(host, "expected a host or *.name, not " + host.kind()));
    }
    if (!patterns.isEmpty() && !patterns.contains(HostPattern.ANY)) {
      conditions.add(new Condition.Host(patterns));
    }
  }

  private static void paths(Section section, List<Condition> conditions) {
    var exact = new HashSet<String>();
    for (var path : section.scalars("path")) {
      if (path.text().startsWith("/") && path.text().indexOf('?') < 0 || path.text().equals("*")) {
        exact.add(path.text());
      } else {
        section.problem(
            path, "expected a path that begins with / and has no query, not " + path.kind());
      }
    }
    if (!exact.isEmpty()) {
      conditions.add(new Condition.Path(exact));
    }
    var patterns = new ArrayList<PathPattern>();
    for (var path : section.scalars("pathPattern")) {
      PathPattern.parse(path.text())
          .ifPresentOrElse(
              patterns::add,
              () -> section.problem(path, "expected a path such as /a/*, not " + path.kind()));
    }
    if (!patterns.isEmpty()) {
      conditions.add(new Condition.PathLike(patterns));
    }
    target(section, "pathRegex", false, conditions);
    target(section, "targetRegex", true, conditions);
    var target = section.text("target");
    if (target != null) {
      conditions.add(new Condition.Target(new TextMatch.Equal(target, false), true));
    }
  }

  private static void target(
      Section section, String key, boolean hasQuery, List<Condition> conditions) {
    var form = section.take(key);
    var regex = form == null ? null : regex(form, section);
    if (regex != null) {
      conditions.add(new Condition.Target(new TextMatch.Matches(regex), hasQuery));
    }
  }

  private static @Nullable BoundedRegex regex(Form form, Section section) {
    var text = section.text(form);
    try {
      return text == null ? null : BoundedRegex.of(text);
    } catch (PatternSyntaxException e) {
      section.problem(form, "no regular expression: " + e.getDescription());
      return null;
    }
  }

  /**
   * A question about the values of a name: a text that one of them is, a list of what all of them
   * are, or a mapping.
   */
  static @Nullable ValuesMatch values(Form form, Section section) {
    if (form.elements() != null) {
      return new ValuesMatch.Exactly(texts(form, section));
    }
    if (form.members() == null) {
      return new ValuesMatch.Any(
          new TextMatch.Equal(form.value() == null ? "" : form.text(), false));
    }
    var mapping = new Section(form, section.problems());
    boolean isAbsent = mapping.flag("absent", false);
    boolean isPresent = mapping.flag("present", false);
    var list = mapping.take("values");
    int before = section.problems().size();
    var tests = tests(mapping);
    mapping.end();
    if (isAbsent || isPresent) {
      if (isAbsent == isPresent || list != null || !tests.isEmpty()) {
        mapping.problem("'absent' and 'present' stand alone");
      }
      return new ValuesMatch.Present(isPresent);
    }
    if (list != null) {
      return new ValuesMatch.Exactly(texts(list, section));
    }
    var test = all(tests);
    if (test == null && section.problems().size() > before) {
      return null;
    }
    if (test == null) {
      mapping.problem("expected a question such as {matches: '[0-9]+'}");
      return null;
    }
    return new ValuesMatch.Any(test);
  }

  private static List<String> texts(Form form, Section section) {
    return section.scalars(form).stream().map(Form::text).toList();
  }

  private static @Nullable TextMatch all(List<TextMatch> tests) {
    return switch (tests.size()) {
      case 0 -> null;
      case 1 -> tests.getFirst();
      default -> new TextMatch.All(tests);
    };
  }

  /** Takes the questions about a text. */
  private static List<TextMatch> tests(Section mapping) {
    var tests = new ArrayList<TextMatch>();
    boolean ignoresCase = mapping.flag("ignoreCase", false);
    var equal = mapping.take("equals");
    if (equal != null && mapping.text(equal) != null) {
      tests.add(new TextMatch.Equal(equal.text(), ignoresCase));
    }
    for (var part : mapping.scalars("contains")) {
      tests.add(new TextMatch.Contains(part.text()));
    }
    var matches = mapping.take("matches");
    var regex = matches == null ? null : regex(matches, mapping);
    if (regex != null) {
      tests.add(new TextMatch.Matches(regex));
    }
    var not = mapping.section("not");
    if (not != null) {
      var inner = all(tests(not));
      not.end();
      if (inner == null) {
        not.problem("expected a question such as {equals: x}");
      } else {
        tests.add(new TextMatch.Not(inner));
      }
    }
    return tests;
  }

  /** Questions about a body: a text that it is, or a mapping. */
  static List<BodyMatch> body(Form form, Section section) {
    if (form.members() == null) {
      var text = section.text(form);
      return text == null
          ? List.of()
          : List.of(new BodyMatch.Text(new TextMatch.Equal(text, false)));
    }
    var mapping = new Section(form, section.problems());
    int before = section.problems().size();
    var tests = bodyTests(mapping);
    mapping.end();
    if (tests.isEmpty() && section.problems().size() == before) {
      mapping.problem("expected a question such as {contains: text}");
    }
    return tests;
  }

  private static List<BodyMatch> bodyTests(Section mapping) {
    var tests = new ArrayList<BodyMatch>();
    var octets = mapping.take("base64");
    if (octets != null && mapping.text(octets) != null) {
      try {
        tests.add(new BodyMatch.Octets(Base64.getDecoder().decode(octets.text())));
      } catch (IllegalArgumentException _) {
        mapping.problem(octets, "expected base64");
      }
    }
    sameJson(mapping, tests);
    jsonPaths(mapping, tests);
    var schema = mapping.take("schema");
    if (schema != null) {
      try {
        tests.add(new BodyMatch.Schema(JsonShape.of(schema.tree())));
      } catch (IllegalArgumentException e) {
        mapping.problem(schema, "no JSON schema: " + e.getMessage());
      }
    }
    notBody(mapping, tests);
    var text = all(tests(mapping));
    if (text != null) {
      tests.addFirst(new BodyMatch.Text(text));
    }
    return tests;
  }

  /**
   * A body's own kinds of question under {@code notBody}, since {@code not} asks about its text.
   */
  private static void notBody(Section mapping, List<BodyMatch> tests) {
    var not = mapping.section("notBody");
    if (not == null) {
      return;
    }
    var inner = bodyTests(not);
    not.end();
    if (inner.size() != 1) {
      not.problem("expected one question");
    } else {
      tests.add(new BodyMatch.Not(inner.getFirst()));
    }
  }

  private static void sameJson(Section mapping, List<BodyMatch> tests) {
    var json = mapping.takeEvenNull("json");
    boolean ignoresOrder = mapping.flag("ignoreOrder", false);
    boolean ignoresExtra = mapping.flag("ignoreExtra", false);
    if (json != null) {
      tests.add(new BodyMatch.SameJson(json.tree(), new JsonEquality(ignoresOrder, ignoresExtra)));
    }
  }

  /** Paths that must find something, or a mapping of paths to what they must find. */
  private static void jsonPaths(Section mapping, List<BodyMatch> tests) {
    var form = mapping.take("jsonPath");
    if (form == null) {
      return;
    }
    var members = form.members();
    if (members == null) {
      for (var path : mapping.scalars(form)) {
        jsonPath(path.text(), path, null, mapping, tests);
      }
      return;
    }
    for (var entry : members.entrySet()) {
      var value = entry.getValue();
      if (value.members() == null) {
        var test = new TextMatch.Equal(value.value() == null ? "null" : value.text(), false);
        jsonPath(entry.getKey(), value, test, mapping, tests);
      } else {
        var question = new Section(value, mapping.problems());
        boolean isPresent = question.flag("present", false);
        var test = all(tests(question));
        question.end();
        if (test == null && !isPresent) {
          question.problem("expected a question such as {equals: x} or {present: true}");
        }
        jsonPath(entry.getKey(), value, test, mapping, tests);
      }
    }
  }

  private static void jsonPath(
      String text, Form at, @Nullable TextMatch test, Section section, List<BodyMatch> tests) {
    JsonPath path;
    try {
      path = BodyMatch.Path.compiled(text);
    } catch (InvalidPathException | IllegalArgumentException e) {
      section.problem(at, "no JSON path: " + e.getMessage());
      return;
    }
    tests.add(new BodyMatch.Path(path, test));
  }
}
