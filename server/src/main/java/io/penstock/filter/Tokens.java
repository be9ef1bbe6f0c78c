package io.penstock.filter;

import io.penstock.filter.FilterParser.SyntaxException;
import io.penstock.filter.FilterParser.Token;
import java.util.ArrayList;
import java.util.List;

/** Cuts a filter into words, quoted texts and symbols. */
final class Tokens {

  private static final String SYMBOLS = "()<>=!~,&|";

  private Tokens() {}

  /** The tokens of a text, the last one {@link Token.Kind#END}. */
  static List<Token> of(String text) {
    var tokens = new ArrayList<Token>();
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c)) {
        i++;
      } else if (c == '"' || c == '\'') {
        i = quoted(text, i, tokens);
      } else if (SYMBOLS.indexOf(c) >= 0) {
        i = symbol(text, i, tokens);
      } else {
        i = word(text, i, tokens);
      }
    }
    tokens.add(new Token(Token.Kind.END, "", text.length()));
    return tokens;
  }

  private static int quoted(String text, int start, List<Token> tokens) {
    char quote = text.charAt(start);
    var value = new StringBuilder();
    for (int i = start + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == quote) {
        tokens.add(new Token(Token.Kind.QUOTED, value.toString(), start));
        return i + 1;
      }
      if (c == '\\' && i + 1 < text.length()) {
        c = text.charAt(++i);
      }
      value.append(c);
    }
    throw new SyntaxException(start, "the quote is not closed");
  }

  private static int symbol(String text, int start, List<Token> tokens) {
    for (var two : List.of("<=", ">=", "!=", "<>", "==", "&&", "||")) {
      if (text.startsWith(two, start)) {
        tokens.add(new Token(Token.Kind.SYMBOL, two, start));
        return start + 2;
      }
    }
    char c = text.charAt(start);
    if (c == '&' || c == '|') {
      throw new SyntaxException(start, "'" + c + "' stands alone", "write " + c + c);
    }
    tokens.add(new Token(Token.Kind.SYMBOL, String.valueOf(c), start));
    return start + 1;
  }

  private static int word(String text, int start, List<Token> tokens) {
    int end = start;
    while (end < text.length() && isWordPart(text.charAt(end))) {
      end++;
    }
    tokens.add(new Token(Token.Kind.WORD, text.substring(start, end), start));
    return end;
  }

  private static boolean isWordPart(char c) {
    return !Character.isWhitespace(c) && SYMBOLS.indexOf(c) < 0 && c != '"' && c != '\'';
  }
}
