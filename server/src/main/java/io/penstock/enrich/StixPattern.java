package io.penstock.enrich;

import io.penstock.enrich.Indicator.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The addresses and domains that a STIX pattern names, each of which fulfils the pattern by itself
 * (STIX 2.1 §9): comparisons of {@code ipv4-addr:value}, {@code ipv6-addr:value} and {@code
 * domain-name:value} by {@code =}, {@code IN} and {@code ISSUBSET}, joined by {@code OR}. A pattern
 * that wants more than one thing at once ({@code AND}, {@code FOLLOWEDBY}, a qualifier) names none:
 * one of its addresses alone would accuse the innocent. So does one with a negation.
 *
 * <p>Parentheses need no tree: where everything is joined by {@code OR}, they change nothing.
 */
final class StixPattern {

  private static final Set<String> MORE_THAN_ONE_THING =
      Set.of("AND", "FOLLOWEDBY", "NOT", "WITHIN", "REPEATS", "START", "STOP");
  private static final Set<String> PATHS =
      Set.of("ipv4-addr:value", "ipv6-addr:value", "domain-name:value");
  private static final String DOMAIN = "domain-name:value";

  private static final int TARGETS_MAX = 1_000;

  /** A word of the pattern; a string literal begins with its quote and lacks the closing one. */
  private final List<String> words;

  private int at;

  private StixPattern(List<String> words) {
    this.words = words;
  }

  /** What the pattern names, at most a thousand; empty when nothing counts by itself. */
  static List<Target> targets(String pattern) {
    var words = words(pattern);
    return words.stream().anyMatch(MORE_THAN_ONE_THING::contains)
        ? List.of()
        : new StixPattern(words).targets();
  }

  private static List<String> words(String pattern) {
    var words = new ArrayList<String>();
    int i = 0;
    while (i < pattern.length()) {
      char c = pattern.charAt(i);
      if (Character.isWhitespace(c)) {
        i++;
      } else if (c == '\'') {
        i = addLiteral(pattern, i, words);
      } else if ("[](),=".indexOf(c) >= 0) {
        words.add(String.valueOf(c));
        i++;
      } else {
        int start = i;
        while (i < pattern.length() && !isEndOfWord(pattern.charAt(i))) {
          i++;
        }
        words.add(pattern.substring(start, i));
      }
    }
    return words;
  }

  /** A path may hold brackets and quotes ({@code extensions.'x'[0]}), but not one that counts. */
  private static boolean isEndOfWord(char c) {
    return Character.isWhitespace(c) || "[](),='".indexOf(c) >= 0;
  }

  private static int addLiteral(String pattern, int quote, List<String> words) {
    var literal = new StringBuilder("'");
    int i = quote + 1;
    while (i < pattern.length() && pattern.charAt(i) != '\'') {
      if (pattern.charAt(i) == '\\' && i + 1 < pattern.length()) {
        i++;
      }
      literal.append(pattern.charAt(i++));
    }
    words.add(literal.toString());
    return i + 1;
  }

  private List<Target> targets() {
    var targets = new ArrayList<Target>();
    while (at < words.size() && targets.size() < TARGETS_MAX) {
      var path = words.get(at++);
      if (PATHS.contains(path)) {
        comparison(path.equals(DOMAIN), targets);
      }
    }
    return targets;
  }

  private void comparison(boolean isDomain, List<Target> targets) {
    switch (word()) {
      case "=", "ISSUBSET" -> add(word(), isDomain, targets);
      case "IN" -> {
        if (!word().equals("(")) {
          return;
        }
        var member = word();
        while (member.startsWith("'") && targets.size() < TARGETS_MAX) {
          add(member, isDomain, targets);
          member = word().equals(",") ? word() : "";
        }
      }
      default -> {
        // A comparison that names no single thing, such as LIKE.
      }
    }
  }

  private String word() {
    return at < words.size() ? words.get(at++) : "";
  }

  private static void add(String literal, boolean isDomain, List<Target> targets) {
    if (literal.startsWith("'")) {
      var value = literal.substring(1);
      (isDomain ? Target.domain(value) : Target.network(value)).ifPresent(targets::add);
    }
  }
}
