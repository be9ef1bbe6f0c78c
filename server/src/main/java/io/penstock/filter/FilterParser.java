package io.penstock.filter;

import io.penstock.filter.Filter.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the filter language by recursive descent: {@code or} binds weaker than {@code and}, {@code
 * and} weaker than {@code not}. Length and nesting are bounded. For one text; never throws past
 * {@link #parse}.
 */
public final class FilterParser {

  public static final int LENGTH_MAX = 4000;
  static final int DEPTH_MAX = 50;

  private final List<Token> tokens;
  private int next;
  private int depth;

  private FilterParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** What became of a text. */
  public sealed interface Parsed {

    /** A condition. */
    record Accepted(Filter filter) implements Parsed {}

    /**
     * No condition.
     *
     * @param position index of the character at which it went wrong
     * @param message what is wrong
     * @param hint what to write instead; null when there is nothing to say
     */
    record Rejected(int position, String message, @Nullable String hint) implements Parsed {}
  }

  /** Leaves the descent; the parser's own, caught in {@link #parse}. */
  static final class SyntaxException extends RuntimeException {
    private final int position;
    private final @Nullable String hint;

    SyntaxException(int position, String message, @Nullable String hint) {
      super(message, null, false, false);
      this.position = position;
      this.hint = hint;
    }

    SyntaxException(int position, String message) {
      this(position, message, null);
    }
  }

  /** Reads a condition. */
  public static Parsed parse(String text) {
    if (text.length() > LENGTH_MAX) {
      return new Parsed.Rejected(
          LENGTH_MAX, "the filter is longer than " + LENGTH_MAX + " characters", null);
    }
    try {
      var parser = new FilterParser(Tokens.of(text));
      return new Parsed.Accepted(parser.whole());
    } catch (SyntaxException e) {
      return new Parsed.Rejected(e.position, String.valueOf(e.getMessage()), e.hint);
    }
  }

  private Filter whole() {
    if (peek().isEnd()) {
      throw new SyntaxException(0, "the filter is empty", "for example: dst_port = 443");
    }
    var filter = either();
    if (!peek().isEnd()) {
      throw new SyntaxException(
          peek().position(),
          "expected 'and', 'or' or the end, found " + peek().shown(),
          "quote a value that has spaces or symbols");
    }
    return filter;
  }

  private Filter either() {
    var parts = new ArrayList<Filter>();
    parts.add(both());
    while (takeWord("or", "||")) {
      parts.add(both());
    }
    return parts.size() == 1 ? parts.getFirst() : new Filter.Or(parts);
  }

  private Filter both() {
    var parts = new ArrayList<Filter>();
    parts.add(negated());
    while (takeWord("and", "&&")) {
      parts.add(negated());
    }
    return parts.size() == 1 ? parts.getFirst() : new Filter.And(parts);
  }

  private Filter negated() {
    if (++depth > DEPTH_MAX) {
      throw new SyntaxException(
          peek().position(), "the filter is nested deeper than " + DEPTH_MAX + " levels");
    }
    try {
      if (takeWord("not", "!")) {
        return new Filter.Not(negated());
      }
      if (takeSymbol("(")) {
        var inner = either();
        expectSymbol(")");
        return inner;
      }
      return predicate();
    } finally {
      depth--;
    }
  }

  private Filter predicate() {
    if (takeWord("exists", null)) {
      boolean isWrapped = takeSymbol("(");
      var field = field();
      if (isWrapped) {
        expectSymbol(")");
      }
      return new Filter.Exists(field);
    }
    var field = field();
    var token = peek();
    boolean isAlone = !token.isOperator() && !token.isWord("in") && !token.isWord("not");
    if (field.kind() == Field.Kind.FLAG && isAlone) {
      return new Filter.Compare(field, Operator.EQUAL, new Operand.Numbers(1, 1));
    }
    if (takeWord("not", null)) {
      expectWord("in");
      return new Filter.Not(in(field));
    }
    if (takeWord("in", null)) {
      return in(field);
    }
    if (takeWord("like", "~") || takeWord("contains", null)) {
      return contains(field, token);
    }
    return compare(field);
  }

  private Filter contains(Field field, Token operator) {
    if (!field.kind().hasParts()) {
      throw new SyntaxException(
          operator.position(), "'~' needs a text field; " + field.title() + " is none");
    }
    return new Filter.Contains(field, value().text());
  }

  private Filter compare(Field field) {
    var token = peek();
    var operator = operator(token.text());
    if (!token.isOperator() || operator == null) {
      throw new SyntaxException(
          token.position(),
          "expected a comparison after " + field.title() + ", found " + token.shown(),
          "one of = != < <= > >= in ~");
    }
    next++;
    var value = value();
    var operand = Values.read(field, value);
    boolean isOrder = operator.isOrder();
    if (isOrder && !field.kind().isOrdered()) {
      throw new SyntaxException(
          token.position(), field.title() + " has no order", "use = or != or ~");
    }
    if (isOrder && value.text().contains(Values.RANGE)) {
      throw new SyntaxException(value.position(), "a range has no order", "use 'in' or =");
    }
    return new Filter.Compare(field, operator, isOrder ? Values.end(operand, operator) : operand);
  }

  private static @Nullable Operator operator(String symbol) {
    return switch (symbol) {
      case "=", "==" -> Operator.EQUAL;
      case "!=", "<>" -> Operator.NOT_EQUAL;
      case "<" -> Operator.LESS;
      case "<=" -> Operator.LESS_OR_EQUAL;
      case ">" -> Operator.GREATER;
      case ">=" -> Operator.GREATER_OR_EQUAL;
      default -> null;
    };
  }

  private Filter in(Field field) {
    var operands = new ArrayList<Operand>();
    if (!takeSymbol("(")) {
      operands.add(Values.read(field, value()));
      return new Filter.In(field, operands);
    }
    do {
      operands.add(Values.read(field, value()));
    } while (takeSymbol(","));
    expectSymbol(")");
    return new Filter.In(field, operands);
  }

  private Field field() {
    var token = peek();
    if (token.kind() != Token.Kind.WORD) {
      throw new SyntaxException(
          token.position(), "expected a field, found " + token.shown(), "for example: src_ip");
    }
    var field = Field.named(token.text());
    if (field.isEmpty()) {
      throw new SyntaxException(
          token.position(), "unknown field '" + token.text() + "'", Names.nearest(token.text()));
    }
    next++;
    return field.get();
  }

  private Token value() {
    var token = peek();
    if (token.kind() != Token.Kind.WORD && token.kind() != Token.Kind.QUOTED) {
      throw new SyntaxException(token.position(), "expected a value, found " + token.shown());
    }
    next++;
    return token;
  }

  private Token peek() {
    return tokens.get(next);
  }

  private boolean takeWord(String word, @Nullable String symbol) {
    var token = peek();
    if (token.isWord(word) || (symbol != null && token.isSymbol(symbol))) {
      next++;
      return true;
    }
    return false;
  }

  private boolean takeSymbol(String symbol) {
    if (peek().isSymbol(symbol)) {
      next++;
      return true;
    }
    return false;
  }

  private void expectSymbol(String symbol) {
    if (!takeSymbol(symbol)) {
      throw new SyntaxException(
          peek().position(), "expected '" + symbol + "', found " + peek().shown());
    }
  }

  private void expectWord(String word) {
    if (!takeWord(word, null)) {
      throw new SyntaxException(
          peek().position(), "expected '" + word + "', found " + peek().shown());
    }
  }

  /** A piece of the text. */
  record Token(Kind kind, String text, int position) {

    enum Kind {
      WORD,
      QUOTED,
      SYMBOL,
      END
    }

    boolean isEnd() {
      return kind == Kind.END;
    }

    boolean isWord(String word) {
      return kind == Kind.WORD && text.toLowerCase(Locale.ROOT).equals(word);
    }

    boolean isSymbol(String symbol) {
      return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isOperator() {
      return kind == Kind.SYMBOL && "=!<>~".indexOf(text.charAt(0)) >= 0 && !text.equals("!");
    }

    String shown() {
      return isEnd() ? "the end" : "'" + text + "'";
    }
  }
}
