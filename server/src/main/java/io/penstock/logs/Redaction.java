package io.penstock.logs;

import io.penstock.config.Environment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What neither the logs nor the audit may tell: the values of members whose name has one of the
 * configured words in it, those of the configured headers, and whatever looks like a key of ours.
 */
public final class Redaction {

  /** What stands where something was left out. */
  public static final String REDACTED = "[REDACTED]";

  private static final List<String> FIELDS = List.of("password", "token");
  private static final List<String> HEADERS = List.of("authorization", "x-api-key");

  /** Nothing but the standard words. */
  public static final Redaction STANDARD = new Redaction(FIELDS, HEADERS);

  private final List<String> words;

  /** A word, an equals sign or colon, and the value, with the scheme of a credential before it. */
  private final Pattern assigned;

  /** A key as this server makes them, and a ticket, wherever they stand. */
  private static final Pattern KEYS = Pattern.compile("\\bps[kt]_[A-Za-z0-9_-]{16,}");

  /**
   * @param fields words that the name of a secret has in it
   * @param headers names of headers with secrets
   */
  public Redaction(List<String> fields, List<String> headers) {
    this.words =
        Stream.concat(fields.stream(), headers.stream())
            .map(word -> asMember(word.toLowerCase(Locale.ROOT)))
            .distinct()
            .toList();
    var names =
        Stream.concat(fields.stream(), headers.stream())
            .map(Pattern::quote)
            .collect(Collectors.joining("|"));
    this.assigned =
        Pattern.compile(
            "(?i)((?:" + names + ")\"?\\s*[=:]\\s*\"?)(?:(?:bearer|basic)\\s+)?[^\\s\"&,;}]+");
  }

  /** {@code REDACT_FIELDS} and {@code REDACT_HEADERS}. */
  public static Redaction from(Environment env) {
    var fields = env.list("REDACT_FIELDS");
    var headers = env.list("REDACT_HEADERS");
    return new Redaction(fields.isEmpty() ? FIELDS : fields, headers.isEmpty() ? HEADERS : headers);
  }

  /** Headers and members spell the same words with other dashes. */
  private static String asMember(String name) {
    return name.replace('-', '_');
  }

  /** Whether a member's name says that its value is a secret. */
  public boolean isSecret(String name) {
    var lower = asMember(name.toLowerCase(Locale.ROOT));
    for (var word : words) {
      if (lower.contains(word)) {
        return true;
      }
    }
    return false;
  }

  /** A text without the values that stand behind the words, and without keys. */
  public String text(String text) {
    String without = text;
    if (text.indexOf('=') >= 0 || text.indexOf(':') >= 0) {
      without = assigned.matcher(text).replaceAll("$1" + REDACTED);
    }
    return without.contains("ps") ? KEYS.matcher(without).replaceAll(REDACTED) : without;
  }

  /** Members of an audit record: a text with one of the words in it goes as a whole. */
  public Map<String, @Nullable Object> members(Map<String, @Nullable Object> members) {
    var kept = new LinkedHashMap<String, @Nullable Object>();
    members.forEach(
        (name, value) ->
            kept.put(
                name,
                isSecret(name) || value instanceof String text && isSecret(text)
                    ? REDACTED
                    : value));
    return kept;
  }
}
