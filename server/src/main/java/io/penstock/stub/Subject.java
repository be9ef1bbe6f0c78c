package io.penstock.stub;

import io.penstock.exchange.Asked;
import io.penstock.exchange.ContentCoding;
import io.penstock.exchange.Header;
import io.penstock.exchange.Parameter;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as the questions of stubs see it: each view is made when the first one asks for it, and
 * at most once. For one thread.
 */
final class Subject {

  private static final byte[] NONE = new byte[0];

  /** Who asks for so few parameters has them sooner by looking at all of them each time. */
  private static final int SEARCHES_MAX = 4;

  private final Asked asked;
  private final Effort effort;
  private final String path;
  private @Nullable List<Parameter> parameters;
  private int searches;
  private @Nullable Map<String, List<String>> query;
  private @Nullable Map<String, List<String>> headers;
  private @Nullable Map<String, List<String>> cookies;
  private @Nullable Map<String, List<String>> form;
  private byte @Nullable [] body;
  private @Nullable String bodyText;
  private boolean isParsed;
  private @Nullable Json json;

  /** A body that is JSON; its tree may be null, as JSON's own null. */
  record Json(@Nullable Object tree) {}

  Subject(Asked asked) {
    this.asked = asked;
    this.effort = new Effort(Effort.STEPS_MAX);
    this.path = asked.path();
  }

  Asked asked() {
    return asked;
  }

  Effort effort() {
    return effort;
  }

  String path() {
    return path;
  }

  /** The parameters of the query by name, decoded. */
  Map<String, List<String>> query() {
    if (query == null) {
      query = byName(parameters());
    }
    return query;
  }

  private List<Parameter> parameters() {
    if (parameters == null) {
      parameters = asked.parameters();
    }
    return parameters;
  }

  /** The values of a parameter of the query, in their order. */
  List<String> query(String name) {
    if (query != null || ++searches > SEARCHES_MAX) {
      return query().getOrDefault(name, List.of());
    }
    List<String> values = List.of();
    for (var parameter : parameters()) {
      if (parameter.name().equals(name)) {
        values = values.isEmpty() ? new ArrayList<>(1) : values;
        values.add(parameter.value());
      }
    }
    return values;
  }

  /** The header lines by name in lower case. */
  Map<String, List<String>> headers() {
    if (headers == null) {
      var map = new LinkedHashMap<String, List<String>>();
      for (var line : asked.headers().lines()) {
        map.computeIfAbsent(line.name().toLowerCase(Locale.ROOT), _ -> new ArrayList<>(1))
            .add(line.value());
      }
      headers = map;
    }
    return headers;
  }

  /** The cookies by name (RFC 6265 §4.2.1). */
  Map<String, List<String>> cookies() {
    if (cookies == null) {
      var map = new LinkedHashMap<String, List<String>>();
      for (var line : asked.headers().lines()) {
        if (line.is("cookie")) {
          addCookies(line, map);
        }
      }
      cookies = map;
    }
    return cookies;
  }

  private static void addCookies(Header line, Map<String, List<String>> cookies) {
    for (var pair : line.value().split(";")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        cookies
            .computeIfAbsent(pair.substring(0, equals).strip(), _ -> new ArrayList<>(1))
            .add(pair.substring(equals + 1).strip());
      }
    }
  }

  /** The fields of a body that is a form, by name; none when it is not. */
  Map<String, List<String>> form() {
    if (form == null) {
      var type = asked.headers().first("content-type").orElse("").toLowerCase(Locale.ROOT);
      form =
          type.startsWith("application/x-www-form-urlencoded")
              ? byName(Parameter.parse(bodyText().strip()))
              : Map.of();
    }
    return form;
  }

  /** The body without its content coding; empty when it cannot be read, or not whole. */
  byte[] body() {
    if (body == null) {
      var content = asked.body();
      var plain =
          content.isTruncated()
              ? null
              : ContentCoding.undo(asked.headers(), content.bytes(), StubLimits.REQUEST_BODY_MAX);
      body =
          plain == null || plain.length > StubLimits.REQUEST_BODY_MAX || !effort.take(plain.length)
              ? NONE
              : plain;
    }
    return body;
  }

  /** The body as UTF-8. */
  String bodyText() {
    if (bodyText == null) {
      bodyText = new String(body(), StandardCharsets.UTF_8);
    }
    return bodyText;
  }

  /** The body as JSON; null when it is none. */
  @Nullable Json json() {
    if (!isParsed) {
      isParsed = true;
      try {
        json = body().length == 0 ? null : new Json(JsonTree.parse(body(), StubLimits.DEPTH_MAX));
      } catch (MalformedJsonException _) {
        json = null;
      }
    }
    return json;
  }

  private static Map<String, List<String>> byName(List<Parameter> parameters) {
    var map = LinkedHashMap.<String, List<String>>newLinkedHashMap(parameters.size());
    for (var parameter : parameters) {
      // Most names do not repeat: a list of one costs less than one that can grow.
      var values = map.putIfAbsent(parameter.name(), List.of(parameter.value()));
      if (values != null) {
        var more = values.size() == 1 ? new ArrayList<>(values) : values;
        more.add(parameter.value());
        map.put(parameter.name(), more);
      }
    }
    return map;
  }
}
