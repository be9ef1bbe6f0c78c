package io.penstock.records;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Reads the text members of a small JSON object, under the same bounds as posted records. */
public final class JsonStrings {

  private JsonStrings() {}

  /** The members whose value is a string; empty when the bytes are no JSON object. */
  public static Optional<Map<String, String>> of(byte[] body, int length) {
    if (!Utf8.isValid(body, length)) {
      return Optional.empty();
    }
    var scanner = new JsonScanner(body, 0, length);
    try {
      var members = members(body, scanner);
      return scanner.peek() < 0 ? Optional.of(members) : Optional.empty();
    } catch (JsonScanner.SyntaxException notJson) {
      return Optional.empty();
    }
  }

  private static Map<String, String> members(byte[] body, JsonScanner scanner) {
    var members = new HashMap<String, String>();
    scanner.expect('{');
    if (scanner.take('}')) {
      return members;
    }
    do {
      int from = scanner.readName();
      var name =
          JsonValues.unescaped(
              new String(body, from, scanner.nameEnd() - from, StandardCharsets.UTF_8));
      scanner.peek();
      int value = scanner.position();
      scanner.skipValue();
      if (JsonValues.isQuoted(body, value, scanner.position())) {
        members.put(name, JsonValues.string(body, value, scanner.position()));
      }
    } while (scanner.take(','));
    scanner.expect('}');
    return members;
  }
}
