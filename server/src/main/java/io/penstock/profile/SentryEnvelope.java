package io.penstock.profile;

import io.penstock.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Sentry envelope: a line of JSON for the whole, then for each item a line of JSON and its
 * payload, whose length stands in that line or else goes to the end of the line.
 */
final class SentryEnvelope {

  private final byte[] octets;
  private final Tree tree;
  private int at;

  private SentryEnvelope(byte[] octets, Tree tree) {
    this.octets = octets;
    this.tree = tree;
  }

  static Object read(byte[] octets, Tree tree) {
    return new SentryEnvelope(octets, tree).read();
  }

  private Object read() {
    var envelope = new LinkedHashMap<String, @Nullable Object>();
    envelope.put("header", JsonReading.read(text(line()), tree));
    var items = new ArrayList<@Nullable Object>();
    envelope.put("items", items);
    while (at < octets.length) {
      var head = text(line());
      if (head.isBlank()) {
        continue;
      }
      if (!tree.hasRoom()) {
        break;
      }
      var header = JsonReading.read(head, tree);
      var item = new LinkedHashMap<String, @Nullable Object>();
      item.put("header", header);
      item.put("payload", payload(header));
      items.add(item);
    }
    return envelope;
  }

  private @Nullable Object payload(@Nullable Object header) {
    int length = length(header);
    var payload = length < 0 ? line() : taken(length);
    boolean isJson = payload.length > 0 && (payload[0] == '{' || payload[0] == '[');
    return isJson ? JsonReading.read(text(payload), tree) : Octets.describe(payload);
  }

  /** As the header says; -1 when it does not. */
  private static int length(@Nullable Object header) {
    if (header instanceof Map<?, ?> members
        && members.get("length") instanceof Json.Raw number
        && FieldType.of(number.json()) == FieldType.INTEGER
        && number.json().length() < 10) {
      return Integer.parseInt(number.json());
    }
    return -1;
  }

  private byte[] taken(int length) {
    int most = octets.length - at;
    if (length > most) {
      tree.note("an item of " + length + " octets has only " + most);
    }
    int end = at + Math.min(Math.max(length, 0), most);
    var payload = Arrays.copyOfRange(octets, at, end);
    at = end < octets.length && octets[end] == '\n' ? end + 1 : end;
    return payload;
  }

  private byte[] line() {
    int end = at;
    while (end < octets.length && octets[end] != '\n') {
      end++;
    }
    var line = Arrays.copyOfRange(octets, at, end);
    at = Math.min(end + 1, octets.length);
    return line;
  }

  private static String text(byte[] octets) {
    return new String(octets, StandardCharsets.UTF_8);
  }

  /** How many items an envelope has. */
  static int items(@Nullable Object view) {
    return view instanceof Map<?, ?> envelope && envelope.get("items") instanceof List<?> items
        ? items.size()
        : 0;
  }
}
