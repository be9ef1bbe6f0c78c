package io.penstock.profile;

import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON (RFC 8259) as far as it goes: what was read before a mistake, before the end of a body
 * that was kept in part, or before the tree is full is kept, and a note says where it ended.
 * Numbers stay as they were written. Several texts one after the other become a list.
 */
final class JsonReading {

  private static final int NUMBER_MAX = 64;

  private final String text;
  private final Tree tree;
  private int at;
  private boolean isStopped;

  private JsonReading(String text, Tree tree) {
    this.text = text;
    this.tree = tree;
  }

  /** One text, or a list of several; null for an empty one. */
  static @Nullable Object read(String text, Tree tree) {
    var values = new JsonReading(text, tree).values();
    return values.size() == 1 ? values.getFirst() : values.isEmpty() ? null : values;
  }

  /** A list with the value of each line; a line that is no JSON is noted and kept as a text. */
  static List<@Nullable Object> lines(String text, Tree tree) {
    var values = new ArrayList<@Nullable Object>();
    int start = 0;
    for (int number = 1; start < text.length(); number++) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      var line = text.substring(start, end).strip();
      start = end + 1;
      if (line.isEmpty()) {
        continue;
      }
      var reading = new JsonReading(line, tree);
      var value = reading.value(0);
      if (reading.isFull) {
        break;
      }
      if (reading.isStopped) {
        tree.note("line " + number + " is not JSON");
        values.add(value == null ? tree.text(line) : value);
      } else {
        values.add(value);
      }
    }
    return values;
  }

  private boolean isFull;

  private List<@Nullable Object> values() {
    var values = new ArrayList<@Nullable Object>();
    skipSpace();
    while (at < text.length() && !isStopped) {
      int before = at;
      var value = value(0);
      if (!isStopped || value != null) {
        values.add(value);
      }
      if (isStopped && !isFull) {
        tree.note("not JSON from character " + at + " on");
      }
      skipSpace();
      if (at == before) {
        break;
      }
    }
    return values;
  }

  private @Nullable Object value(int depth) {
    skipSpace();
    if (at >= text.length()) {
      isStopped = true;
      return null;
    }
    if (!tree.hasRoom()) {
      isFull = true;
      isStopped = true;
      return null;
    }
    if (depth > Tree.DEPTH_MAX) {
      tree.note("stopped at a depth of " + Tree.DEPTH_MAX);
      isFull = true;
      isStopped = true;
      return null;
    }
    return switch (text.charAt(at)) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string(Tree.KEPT_MAX);
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, @Nullable Object> object(int depth) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    at++;
    skipSpace();
    if (take('}')) {
      return members;
    }
    do {
      skipSpace();
      if (at >= text.length() || text.charAt(at) != '"') {
        isStopped = true;
        return members;
      }
      var name = tree.name(string(Tree.TEXT_MAX));
      skipSpace();
      if (isStopped || !take(':')) {
        isStopped = true;
        return members;
      }
      var value = value(depth + 1);
      if (!isStopped || value != null) {
        tree.put(members, name, value);
      }
      skipSpace();
    } while (!isStopped && take(','));
    end('}');
    return members;
  }

  private List<@Nullable Object> array(int depth) {
    var items = new ArrayList<@Nullable Object>();
    at++;
    skipSpace();
    if (take(']')) {
      return items;
    }
    do {
      var value = value(depth + 1);
      if (!isStopped || value != null) {
        items.add(value);
      }
      skipSpace();
    } while (!isStopped && take(','));
    end(']');
    return items;
  }

  private void end(char bracket) {
    if (!isStopped && !take(bracket)) {
      isStopped = true;
    }
  }

  private String string(int most) {
    int start = ++at;
    while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') {
      at++;
    }
    if (at < text.length() && text.charAt(at) == '"') {
      return kept(text.substring(start, at++), most);
    }
    return escaped(new StringBuilder().append(text, start, at), most);
  }

  private String escaped(StringBuilder out, int most) {
    while (at < text.length() && text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c == '\\' && at < text.length()) {
        c = unescaped(text.charAt(at++));
      }
      if (out.length() <= most) {
        out.append(c);
      }
    }
    if (at >= text.length()) {
      isStopped = true;
    }
    at++;
    return kept(out.toString(), most);
  }

  private String kept(String value, int most) {
    return most == Tree.KEPT_MAX ? tree.text(value) : value;
  }

  private char unescaped(char c) {
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'u' -> unicode();
      default -> c;
    };
  }

  private char unicode() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
      if (digit < 0) {
        isStopped = true;
        return '\uFFFD';
      }
      code = code << 4 | digit;
      at++;
    }
    return (char) code;
  }

  private @Nullable Object word(String word, @Nullable Boolean value) {
    if (text.startsWith(word, at)) {
      at += word.length();
      return value;
    }
    isStopped = true;
    return null;
  }

  private @Nullable Object number() {
    int start = at;
    take('-');
    boolean hasDigits = digits();
    if (hasDigits && take('.')) {
      hasDigits = digits();
    }
    if (hasDigits && at < text.length() && (text.charAt(at) | 0x20) == 'e') {
      at++;
      if (!take('+')) {
        take('-');
      }
      hasDigits = digits();
    }
    if (!hasDigits) {
      at = start;
      isStopped = true;
      return null;
    }
    var digits = text.substring(start, at);
    return digits.length() <= NUMBER_MAX ? new Json.Raw(digits) : tree.text(digits);
  }

  private boolean digits() {
    int start = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at > start;
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n\uFEFF".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }
}
