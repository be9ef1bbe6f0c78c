package io.penstock.profile;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Parameter;
import io.penstock.json.Json;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The text of an answer with words in double braces: {@code {{uuid}}}, {@code {{hex32}}}, {@code
 * {{now}}}, {@code {{epoch}}}, {@code {{epoch-millis}}}, {@code {{items}}} (how many the body has),
 * {@code {{path:3}}}, {@code {{query:version}}}, {@code {{header:origin}}}, {@code
 * {{body:/header/event_id}}}. Behind a bar stands what is taken when there is none: {@code
 * {{body:/id|hex32}}}. Unknown words stay.
 */
final class ReplyTemplate {

  private static final int VALUE_MAX = 500;

  private final Asked asked;
  private final Supplier<Payload> payload;
  private final InstantSource clock;

  ReplyTemplate(Asked asked, Supplier<Payload> payload, InstantSource clock) {
    this.asked = asked;
    this.payload = payload;
    this.clock = clock;
  }

  /** Whether a text has words at all. */
  static boolean isTemplate(String text) {
    return text.contains("{{");
  }

  /**
   * The text with its words replaced.
   *
   * @param isJson whether values stand in JSON strings, and are escaped so that they stay in them;
   *     elsewhere, as in headers, control characters are left out
   */
  String fill(String text, boolean isJson) {
    var out = new StringBuilder(text.length() + 64);
    int at = 0;
    for (int open = text.indexOf("{{"); open >= 0; open = text.indexOf("{{", at)) {
      int close = text.indexOf("}}", open);
      if (close < 0) {
        break;
      }
      out.append(text, at, open);
      var value = value(text.substring(open + 2, close));
      out.append(value == null ? text.substring(open, close + 2) : safe(value, isJson));
      at = close + 2;
    }
    return out.append(text, at, text.length()).toString();
  }

  private static String safe(String value, boolean isJson) {
    var kept = value.length() > VALUE_MAX ? value.substring(0, VALUE_MAX) : value;
    if (isJson) {
      var quoted = Json.text(kept);
      return quoted.substring(1, quoted.length() - 1);
    }
    return kept.codePoints()
        .filter(c -> c >= 0x20 && c < 0x7f)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Null for an unknown word; empty for one that has no value. */
  private @Nullable String value(String words) {
    @Nullable String value = null;
    for (var word : words.split("\\|", 4)) {
      value = ofWord(word.strip());
      if (value == null || !value.isEmpty()) {
        return value;
      }
    }
    return value;
  }

  private @Nullable String ofWord(String word) {
    int colon = word.indexOf(':');
    if (colon > 0) {
      return named(word.substring(0, colon), word.substring(colon + 1));
    }
    return switch (word) {
      case "uuid" -> UUID.randomUUID().toString();
      case "hex32" -> UUID.randomUUID().toString().replace("-", "");
      case "now" -> clock.instant().toString();
      case "epoch" -> Long.toString(clock.instant().getEpochSecond());
      case "epoch-millis" -> Long.toString(clock.millis());
      case "items" -> Integer.toString(items());
      default -> null;
    };
  }

  private @Nullable String named(String part, String name) {
    return switch (part) {
      case "query" ->
          asked.parameters().stream()
              .filter(parameter -> parameter.name().equals(name))
              .map(Parameter::value)
              .findFirst()
              .orElse("");
      case "header" -> asked.headers().first(name).orElse("");
      case "path" -> segment(name);
      case "body" -> field(name);
      default -> null;
    };
  }

  private String segment(String number) {
    var segments = asked.path().split("/", 20);
    int index = number.length() == 1 ? Character.digit(number.charAt(0), 10) : -1;
    return index > 0 && index < segments.length ? segments[index] : "";
  }

  private String field(String pointer) {
    return payload.get().fields().stream()
        .filter(field -> field.where() == Field.Where.BODY && field.path().equals(pointer))
        .map(Field::value)
        .findFirst()
        .orElse("");
  }

  private int items() {
    if (!(payload.get().body() instanceof Decoded.Values readable)) {
      return 1;
    }
    return switch (readable.view()) {
      case List<?> items -> items.size();
      case Map<?, ?> map when readable.kind() == BodyKind.SENTRY -> SentryEnvelope.items(map);
      case null, default -> 1;
    };
  }
}
