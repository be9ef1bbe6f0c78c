package io.penstock.stub;

import java.util.List;

/** A question about one text. */
sealed interface TextMatch {

  boolean holds(String text, Effort effort);

  /** What it asks for, for people. */
  String expected();

  /** The very text. */
  record Equal(String text, boolean ignoresCase) implements TextMatch {

    @Override
    public boolean holds(String other, Effort effort) {
      return ignoresCase ? other.equalsIgnoreCase(text) : other.equals(text);
    }

    @Override
    public String expected() {
      return "'" + Problem.excerpt(text) + "'" + (ignoresCase ? " in any case" : "");
    }
  }

  /** A part of the text. */
  record Contains(String part) implements TextMatch {

    @Override
    public boolean holds(String text, Effort effort) {
      return effort.take(text.length()) && text.contains(part);
    }

    @Override
    public String expected() {
      return "something that contains '" + Problem.excerpt(part) + "'";
    }
  }

  /** The whole text against an expression. */
  record Matches(BoundedRegex regex) implements TextMatch {

    @Override
    public boolean holds(String text, Effort effort) {
      return regex.matches(text, effort);
    }

    @Override
    public String expected() {
      return "a match of " + regex;
    }
  }

  /** The opposite. */
  record Not(TextMatch test) implements TextMatch {

    @Override
    public boolean holds(String text, Effort effort) {
      return !test.holds(text, effort) && !effort.isSpent();
    }

    @Override
    public String expected() {
      return "not " + test.expected();
    }
  }

  /** All of several. */
  record All(List<TextMatch> tests) implements TextMatch {

    public All {
      tests = List.copyOf(tests);
    }

    @Override
    public boolean holds(String text, Effort effort) {
      for (var test : tests) {
        if (!test.holds(text, effort)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public String expected() {
      return String.join(" and ", tests.stream().map(TextMatch::expected).toList());
    }
  }
}
