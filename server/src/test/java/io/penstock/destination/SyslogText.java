package io.penstock.destination;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Readers of syslog, LEEF and CEF for tests, written from the specifications alone: they throw
 * where a message is not exactly what those allow.
 */
final class SyslogText {

  private static final Pattern HEADER =
      Pattern.compile(
          "<(0|[1-9][0-9]{0,2})>1 (\\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128})"
              + " ([!-~]{1,32}) (.*)",
          Pattern.DOTALL);
  private static final Pattern TIME =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?(Z|[+-]\\d\\d:\\d\\d)");
  private static final Pattern OLD_HEADER =
      Pattern.compile(
          "<([1-9][0-9]{0,2})>((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 1-3]\\d"
              + " \\d\\d:\\d\\d:\\d\\d) ([!-~]+) (.*)",
          Pattern.DOTALL);
  private static final Pattern CEF_KEY = Pattern.compile("(?:^| )([A-Za-z0-9_]+)=");

  private SyslogText() {}

  /** A message of RFC 5424 with its one element of structured data. */
  record Message(
      int facility,
      int severity,
      OffsetDateTime time,
      String host,
      String application,
      String process,
      String id,
      String element,
      Map<String, String> parameters,
      String text) {}

  /**
   * A LEEF or CEF message behind a header of RFC 3164.
   *
   * @param head what stands between bars
   * @param attributes in their order
   */
  record Siem(
      int priority, String time, String host, List<String> head, Map<String, String> attributes) {}

  static Message rfc5424(String text) {
    var match = HEADER.matcher(text);
    demand(match.matches(), "header: " + text);
    int priority = Integer.parseInt(match.group(1));
    demand(priority <= 191, "priority");
    demand(TIME.matcher(match.group(2)).matches(), "time " + match.group(2));
    var parameters = new LinkedHashMap<String, String>();
    var rest = match.group(7);
    int end = structured(rest, parameters);
    demand(rest.length() > end && rest.charAt(end) == ' ', "no message behind structured data");
    return new Message(
        priority / 8,
        priority % 8,
        OffsetDateTime.parse(match.group(2)),
        match.group(3),
        match.group(4),
        match.group(5),
        match.group(6),
        rest.substring(1, rest.indexOf(' ')),
        parameters,
        rest.substring(end + 1));
  }

  /** Reads {@code [name@number key="value" ...]}; returns where it ends. */
  private static int structured(String text, Map<String, String> parameters) {
    demand(text.matches("(?s)\\[[!-~&&[^= \\]\"]]{1,32} .*"), "element: " + text);
    int at = text.indexOf(' ');
    while (text.charAt(at) == ' ') {
      int equals = text.indexOf('=', at);
      var name = text.substring(at + 1, equals);
      demand(name.matches("[!-~&&[^= \\]\"]]{1,32}"), "name " + name);
      demand(text.charAt(equals + 1) == '"', "no quote");
      var value = new StringBuilder();
      at = equals + 2;
      while (text.charAt(at) != '"') {
        demand(text.charAt(at) != ']', "an open bracket");
        if (text.charAt(at) == '\\' && "\"\\]".indexOf(text.charAt(at + 1)) >= 0) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      demand(parameters.put(name, value.toString()) == null, "twice: " + name);
      at++;
    }
    demand(text.charAt(at) == ']', "no end of an element");
    return at + 1;
  }

  /** A message behind the header of RFC 3164. */
  private static Siem behindOldHeader(String text, String mark, int fields) {
    var match = OLD_HEADER.matcher(text);
    demand(match.matches(), "header: " + text);
    var body = match.group(4);
    demand(body.startsWith(mark), "no " + mark);
    var head = new ArrayList<String>();
    int at = mark.length();
    for (int i = 0; i < fields; i++) {
      var field = new StringBuilder();
      while (body.charAt(at) != '|') {
        if (body.charAt(at) == '\\') {
          at++;
        }
        field.append(body.charAt(at++));
      }
      head.add(field.toString());
      at++;
    }
    var attributes = new LinkedHashMap<String, String>();
    attributes.put("", body.substring(at));
    return new Siem(
        Integer.parseInt(match.group(1)), match.group(2), match.group(3), head, attributes);
  }

  static Siem leef(String text) {
    var read = behindOldHeader(text, "LEEF:2.0|", 5);
    var delimiter = read.head.getLast();
    demand(delimiter.matches("x[0-9A-Fa-f]{2}"), "delimiter " + delimiter);
    var separator = String.valueOf((char) HexFormat.fromHexDigits(delimiter.substring(1)));
    var attributes = new LinkedHashMap<String, String>();
    for (var pair : read.attributes.getOrDefault("", "").split(Pattern.quote(separator), -1)) {
      int equals = pair.indexOf('=');
      demand(equals > 0, "no attribute: " + pair);
      demand(pair.chars().noneMatch(Character::isISOControl), "control character: " + pair);
      demand(
          attributes.put(pair.substring(0, equals), pair.substring(equals + 1)) == null,
          "twice: " + pair);
    }
    return new Siem(read.priority, read.time, read.host, read.head, attributes);
  }

  static Siem cef(String text) {
    var read = behindOldHeader(text, "CEF:0|", 6);
    demand(Integer.parseInt(read.head.getLast()) <= 10, "severity");
    var extension = read.attributes.getOrDefault("", "");
    demand(extension.chars().noneMatch(Character::isISOControl), "control character");
    var attributes = new LinkedHashMap<String, String>();
    var keys = CEF_KEY.matcher(extension);
    demand(keys.find() && keys.start() == 0, "no extension");
    boolean isMore = true;
    while (isMore) {
      var key = keys.group(1);
      int from = keys.end();
      isMore = keys.find();
      var value = extension.substring(from, isMore ? keys.start() : extension.length());
      demand(attributes.put(key, unescaped(value)) == null, "twice: " + key);
    }
    return new Siem(read.priority, read.time, read.host, read.head, attributes);
  }

  private static String unescaped(String value) {
    var plain = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      demand(c != '=', "a bare equals sign: " + value);
      if (c == '\\') {
        char next = value.charAt(++i);
        demand("\\=nr".indexOf(next) >= 0, "escape of " + next);
        plain.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  private static void demand(boolean isSo, String otherwise) {
    if (!isSo) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
