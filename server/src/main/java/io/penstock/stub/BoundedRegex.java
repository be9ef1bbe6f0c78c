package io.penstock.stub;

import io.penstock.stub.Effort.SpentException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of the JDK over text that a client chose. The matcher backtracks, for some
 * expressions exponentially: each character that it looks at costs a step of the request's {@link
 * Effort}, and what is left without steps does not match.
 */
record BoundedRegex(Pattern pattern) {

  static final int PATTERN_MAX = 4_000;

  /** What is longer does not match: no header, path or field of telemetry is. */
  static final int INPUT_MAX = 1 << 20;

  /** The text as the matcher sees it: each look at a character is counted. */
  private record Watched(CharSequence text, Effort effort) implements CharSequence {

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      effort.step();
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Watched(text.subSequence(start, end), effort);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  /**
   * Compiles an expression.
   *
   * @throws PatternSyntaxException when it is none
   */
  static BoundedRegex of(String expression) {
    if (expression.length() > PATTERN_MAX) {
      throw new PatternSyntaxException("longer than " + PATTERN_MAX, "", -1);
    }
    try {
      return new BoundedRegex(Pattern.compile(expression));
    } catch (StackOverflowError e) {
      // Its compiler recurses for each group within another: the stack is whole again here.
      var tooDeep = new PatternSyntaxException("nested too deep", "", -1);
      tooDeep.initCause(e);
      throw tooDeep;
    }
  }

  /** Whether the whole text matches. */
  boolean matches(String text, Effort effort) {
    return holds(text, effort, true);
  }

  /** Whether some part of the text matches. */
  boolean finds(String text, Effort effort) {
    return holds(text, effort, false);
  }

  private boolean holds(String text, Effort effort, boolean isWhole) {
    if (text.length() > INPUT_MAX) {
      return false;
    }
    try {
      var matcher = pattern.matcher(new Watched(text, effort));
      return isWhole ? matcher.matches() : matcher.find();
    } catch (SpentException _) {
      return false;
    } catch (StackOverflowError _) {
      // The JDK's matcher recurses for each round of (a|b)*: the stack is whole again here.
      effort.giveUp();
      return false;
    }
  }

  @Override
  public String toString() {
    return pattern.pattern();
  }
}
