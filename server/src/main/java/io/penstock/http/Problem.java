package io.penstock.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.Status;
import io.penstock.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The body of every answer of 400 and above: {@code error} and {@code detail}, which our clients
 * read, beside the members of RFC 9457. The type is about:blank, since {@code error} says what a
 * type could say. A member of the same name that an answer has for itself stays as it is; a reader
 * of RFC 9457 passes over what has another type (§3.1).
 */
final class Problem {

  static final String MEDIA_TYPE = "application/problem+json";

  private static final String JSON = "application/json";
  private static final Pattern UUID =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private Problem() {}

  /** The body with the members that do not depend on the request. */
  static Map<String, @Nullable Object> of(int status, Map<String, @Nullable Object> body) {
    var title = title(status);
    var members = new LinkedHashMap<String, @Nullable Object>(body);
    members.putIfAbsent("error", title.toLowerCase(Locale.ROOT).replace(' ', '_'));
    members.putIfAbsent("detail", title);
    members.putIfAbsent("type", "about:blank");
    members.putIfAbsent("title", title);
    members.putIfAbsent("status", status);
    return members;
  }

  private static String title(int status) {
    var phrase = Status.create(status).reasonPhrase();
    return phrase == null || phrase.isEmpty() ? "Error" : phrase;
  }

  /** Whether an answer is such a body, made by {@link Answer}. */
  static boolean is(Answer.Whole answer) {
    int length = answer.body().length;
    return answer.status() >= 400
        && length > 2
        && answer.body()[length - 1] == '}'
        && JSON.equals(answer.headers().get("Content-Type"));
  }

  /** The body with {@code instance}: this one occurrence, by its request's id. */
  static byte[] withInstance(byte[] body, String requestId, String path) {
    var instance = UUID.matcher(requestId).matches() ? "urn:uuid:" + requestId : path;
    var member = (",\"instance\":" + Json.text(instance) + "}").getBytes(StandardCharsets.UTF_8);
    var whole = Arrays.copyOf(body, body.length - 1 + member.length);
    System.arraycopy(member, 0, whole, body.length - 1, member.length);
    return whole;
  }

  /** Clients that have always read JSON get JSON; who asks for the other name gets that. */
  static String mediaType(Headers headers) {
    for (var line : headers.all(HeaderNames.ACCEPT, List::of)) {
      for (var range : line.split(",")) {
        var parts = range.strip().toLowerCase(Locale.ROOT).split(";", 2);
        boolean isRefused = parts.length > 1 && parts[1].matches(".*\\bq=0(\\.0*)?\\s*");
        if (parts[0].strip().equals(MEDIA_TYPE) && !isRefused) {
          return MEDIA_TYPE;
        }
      }
    }
    return JSON;
  }
}
