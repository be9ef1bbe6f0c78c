package io.penstock.stub;

import io.penstock.config.NearMiss;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A mapping whose members are taken one after another; {@link #end} reports those that nobody took.
 * What is not as expected is noted, and read as if it were not there. For one thread.
 */
final class Section {

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m)");

  private final Form form;
  private final List<Problem> problems;
  private final Map<String, Form> left;
  private final TreeSet<String> known = new TreeSet<>();

  Section(Form form, List<Problem> problems) {
    this.form = form;
    this.problems = problems;
    var members = form.members();
    if (members == null) {
      problems.add(form.problem("expected a mapping, not " + form.kind()));
    }
    this.left = members == null ? new LinkedHashMap<>() : new LinkedHashMap<>(members);
  }

  Form form() {
    return form;
  }

  void problem(String what) {
    problems.add(form.problem(what));
  }

  void problem(Form at, String what) {
    problems.add(at.problem(what));
  }

  List<Problem> problems() {
    return problems;
  }

  /** Takes a member; null when it is not there, or nothing. */
  @Nullable Form take(String key) {
    known.add(key);
    var member = left.remove(key);
    return member == null || member.value() == null ? null : member;
  }

  /** Takes a member that may be null. */
  @Nullable Form takeEvenNull(String key) {
    known.add(key);
    return left.remove(key);
  }

  /** Takes a mapping; null when it is not there. */
  @Nullable Section section(String key) {
    var member = take(key);
    return member == null ? null : new Section(member, problems);
  }

  /** Takes a scalar as it was written; null when it is not there. */
  @Nullable String text(String key) {
    var member = take(key);
    return member == null ? null : text(member);
  }

  /** A scalar as it was written; null, with the problem noted, when it is none. */
  @Nullable String text(Form member) {
    if (!member.isScalar()) {
      problem(member, "expected a text, not " + member.kind());
      return null;
    }
    return member.text();
  }

  /** Takes one scalar or a list of them; empty when it is not there. */
  List<Form> scalars(String key) {
    var member = take(key);
    return member == null ? List.of() : scalars(member);
  }

  List<Form> scalars(Form member) {
    var elements = member.elements();
    var all = elements == null ? List.of(member) : elements;
    var scalars = new ArrayList<Form>();
    for (var element : all) {
      if (text(element) != null) {
        scalars.add(element);
      }
    }
    return scalars;
  }

  /** Takes a whole number; null when it is not there. */
  @Nullable Long number(String key, long min, long max) {
    var member = take(key);
    if (member == null) {
      return null;
    }
    if (member.value() instanceof Long number && number >= min && number <= max) {
      return number;
    }
    problem(
        member, "expected a whole number from " + min + " to " + max + ", not " + member.kind());
    return null;
  }

  /** Takes a number; null when it is not there. */
  @Nullable Double decimal(String key, double min, double max) {
    var member = take(key);
    if (member == null) {
      return null;
    }
    double number =
        switch (member.value()) {
          case Long whole -> whole.doubleValue();
          case BigDecimal decimal -> decimal.doubleValue();
          case null, default -> Double.NaN;
        };
    if (number >= min && number <= max) {
      return number;
    }
    problem(member, "expected a number from " + min + " to " + max + ", not " + member.kind());
    return null;
  }

  boolean flag(String key, boolean otherwise) {
    var member = take(key);
    if (member == null) {
      return otherwise;
    }
    if (member.value() instanceof Boolean truth) {
      return truth;
    }
    problem(member, "expected true or false, not " + member.kind());
    return otherwise;
  }

  Optional<Duration> duration(String key, Duration max) {
    var member = take(key);
    return member == null ? Optional.empty() : duration(member, max);
  }

  /** Milliseconds as a number, or such as {@code 250ms}, {@code 5s}, {@code 2m}. */
  Optional<Duration> duration(Form member, Duration max) {
    var duration = duration(member.text());
    if (!member.isScalar() || duration == null || duration.compareTo(max) > 0) {
      problem(
          member,
          "expected a time such as 250ms, 5s or 2m of at most "
              + max.toSeconds()
              + "s, not "
              + member.kind());
      return Optional.empty();
    }
    return Optional.of(duration);
  }

  private static @Nullable Duration duration(String text) {
    var parts = DURATION.matcher(text.matches("[0-9]{1,9}") ? text + "ms" : text);
    if (!parts.matches()) {
      return null;
    }
    long number = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      default -> Duration.ofMinutes(number);
    };
  }

  /** The members that nobody took, for mappings with keys of the operator's own; takes them. */
  Map<String, Form> rest() {
    var rest = new LinkedHashMap<>(left);
    left.clear();
    return rest;
  }

  /** Reports what nobody took. */
  void end() {
    left.forEach(
        (key, member) -> {
          var hint = NearMiss.of(key, known).map(near -> ", did you mean '" + near + "'?");
          var keys = hint.orElseGet(() -> "; known here: " + String.join(", ", known));
          problem(member, "is not known" + keys);
        });
  }
}
