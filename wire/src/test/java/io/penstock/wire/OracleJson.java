package io.penstock.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Reads the oracles' JSON. tshark writes names twice into an object, which is why no JSON library
 * for Java would keep them all.
 */
final class OracleJson {

  private static final Pattern RECORD = Pattern.compile("Flow \\d+.*|pdu \\d+/\\d+");

  private final String text;
  private int at;

  private OracleJson(String text) {
    this.text = text;
  }

  /** One decoded record: the fields in order, those of nested trees among them. */
  record Decoded(List<Map.Entry<String, String>> fields) {

    Optional<String> first(String name) {
      return fields.stream()
          .filter(f -> f.getKey().equals(name))
          .map(Map.Entry::getValue)
          .findFirst();
    }
  }

  /** For each packet, the records that tshark found in it. */
  static List<List<Decoded>> records(Path file) throws IOException {
    String text;
    try (var in = new GZIPInputStream(Files.newInputStream(file))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    var packets = new ArrayList<List<Decoded>>();
    for (var packet : (List<?>) new OracleJson(text).value()) {
      var records = new ArrayList<Decoded>();
      collect(packet, records);
      packets.add(records);
    }
    return packets;
  }

  /** The session and the number of events of each entry in logstash's expectations. */
  static List<Map.Entry<String, String>> counts(Path file) throws IOException {
    var counts = new ArrayList<Map.Entry<String, String>>();
    for (var entry : (List<?>) new OracleJson(Files.readString(file)).value()) {
      var fields = new ArrayList<Map.Entry<String, String>>();
      flatten(entry, fields);
      var record = new Decoded(fields);
      counts.add(
          Map.entry(
              record.first("context").orElseThrow(),
              record.first("expected_event_count").orElseThrow()));
    }
    return counts;
  }

  private static void collect(Object node, List<Decoded> records) {
    for (var child : children(node)) {
      if (!RECORD.matcher(child.key()).matches()) {
        collect(child.value(), records);
        continue;
      }
      var fields = new ArrayList<Map.Entry<String, String>>();
      flatten(child.value(), fields);
      records.add(new Decoded(fields));
    }
  }

  private static void flatten(Object node, List<Map.Entry<String, String>> fields) {
    for (var child : children(node)) {
      // What comes several times is written as a list, of values or of trees.
      var values = child.value() instanceof List<?> list ? list : List.of(child.value());
      for (var value : values) {
        if (value instanceof String leaf) {
          fields.add(Map.entry(child.key(), leaf));
        } else {
          flatten(value, fields);
        }
      }
    }
  }

  private static List<Member> children(Object node) {
    return switch (node) {
      case Members object -> object.list();
      case List<?> list -> list.stream().map(v -> new Member("", v)).toList();
      default -> List.of();
    };
  }

  private record Member(String key, Object value) {}

  private record Members(List<Member> list) {}

  private Object value() {
    return switch (next()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      default -> literal();
    };
  }

  private Members object() {
    var members = new ArrayList<Member>();
    at++;
    while (next() != '}') {
      var name = string();
      expect(':');
      members.add(new Member(name, value()));
      if (next() == ',') {
        at++;
      }
    }
    at++;
    return new Members(members);
  }

  private List<Object> array() {
    var values = new ArrayList<Object>();
    at++;
    while (next() != ']') {
      values.add(value());
      if (next() == ',') {
        at++;
      }
    }
    at++;
    return values;
  }

  /** A number, true, false or null, as written. */
  private String literal() {
    int from = at;
    while (",]}".indexOf(text.charAt(at)) < 0 && !Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return text.substring(from, at);
  }

  private String string() {
    expect('"');
    var value = new StringBuilder();
    while (text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c == '\\') {
        c = text.charAt(at++);
        switch (c) {
          case 'n' -> c = '\n';
          case 't' -> c = '\t';
          case 'r' -> c = '\r';
          case 'u' -> {
            c = (char) Integer.parseInt(text, at, at + 4, 16);
            at += 4;
          }
          default -> {}
        }
      }
      value.append(c);
    }
    at++;
    return value.toString();
  }

  private char next() {
    while (Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return text.charAt(at);
  }

  private void expect(char c) {
    if (next() != c) {
      throw new IllegalStateException("'" + c + "' expected at " + at);
    }
    at++;
  }
}
