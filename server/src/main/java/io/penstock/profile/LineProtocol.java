package io.penstock.profile;

import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * InfluxDB's line protocol: {@code measurement,tag=value field="text",other=1i timestamp}, one a
 * line. A backslash takes the meaning of the comma, space or equals sign behind it.
 */
final class LineProtocol {

  private final String text;
  private final Tree tree;
  private int at;

  private LineProtocol(String text, Tree tree) {
    this.text = text;
    this.tree = tree;
  }

  static List<@Nullable Object> read(String text, Tree tree) {
    return new LineProtocol(text, tree).points();
  }

  private List<@Nullable Object> points() {
    var points = new ArrayList<@Nullable Object>();
    int number = 1;
    for (; at < text.length() && tree.hasRoom(); at++, number++) {
      if (isAt('#') || isAt('\n') || isAt('\r')) {
        skipLine();
        continue;
      }
      var point = point();
      if (point == null) {
        tree.note("line " + number + " is not line protocol");
      } else {
        points.add(point);
      }
      skipLine();
    }
    return points;
  }

  private @Nullable Object point() {
    var point = new LinkedHashMap<String, @Nullable Object>();
    point.put("measurement", tree.text(word(", ")));
    if (isAt(',')) {
      var tags = new LinkedHashMap<String, @Nullable Object>();
      point.put("tags", tags);
      if (!pairs(tags, false)) {
        return null;
      }
    }
    if (!isAt(' ')) {
      return null;
    }
    skipSpaces();
    at--;
    var fields = new LinkedHashMap<String, @Nullable Object>();
    point.put("fields", fields);
    if (!pairs(fields, true)) {
      return null;
    }
    skipSpaces();
    var time = word(" ");
    if (!time.isEmpty()) {
      point.put("time", value(time));
    }
    return point;
  }

  /** Reads {@code name=value}, separated by commas; stands at the separator before the first. */
  private boolean pairs(Map<String, @Nullable Object> into, boolean areFields) {
    do {
      at++;
      var name = tree.name(word("=, "));
      if (!isAt('=') || !tree.hasRoom()) {
        return false;
      }
      at++;
      tree.put(into, name, areFields && isAt('"') ? quoted() : bare(areFields));
    } while (isAt(','));
    return true;
  }

  private @Nullable Object bare(boolean isField) {
    var word = word(", ");
    return isField ? value(word) : tree.text(word);
  }

  private Object value(String word) {
    var digits =
        word.endsWith("i") || word.endsWith("u") ? word.substring(0, word.length() - 1) : word;
    return switch (word) {
      case "t", "T", "true", "True", "TRUE" -> true;
      case "f", "F", "false", "False", "FALSE" -> false;
      default ->
          FieldType.of(digits) == FieldType.TEXT || digits.length() > 1 && digits.startsWith("0")
              ? tree.text(word)
              : new Json.Raw(digits);
    };
  }

  private String quoted() {
    var out = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != '"') {
      boolean isEscape =
          text.charAt(at) == '\\'
              && at + 1 < text.length()
              && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\');
      at += isEscape ? 1 : 0;
      out.append(text.charAt(at++));
    }
    at++;
    return tree.text(out.toString());
  }

  private String word(String ends) {
    var out = new StringBuilder();
    while (at < text.length() && text.charAt(at) != '\n' && ends.indexOf(text.charAt(at)) < 0) {
      if (text.charAt(at) == '\\' && at + 1 < text.length() && text.charAt(at + 1) != '\n') {
        at++;
      }
      out.append(text.charAt(at++));
    }
    return out.toString().strip();
  }

  private boolean isAt(char c) {
    return at < text.length() && text.charAt(at) == c;
  }

  private void skipSpaces() {
    while (isAt(' ')) {
      at++;
    }
  }

  private void skipLine() {
    while (at < text.length() && text.charAt(at) != '\n') {
      at++;
    }
  }
}
