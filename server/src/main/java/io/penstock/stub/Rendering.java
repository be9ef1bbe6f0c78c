package io.penstock.stub;

import io.penstock.exchange.Asked;
import io.penstock.json.Json;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The filling in of an answer's templates for one request: the values that they see, and how much
 * work they may still cause. For one thread.
 */
final class Rendering {

  /** Values looked up and characters put out on the way, dropped ones included. */
  static final long WORK_MAX = 8L << 20;

  /** A template is long filled in by then, or will never be. */
  private static final long NANOS_MAX = 500_000_000L;

  /** Ends a rendering that asks too much. */
  static final class TooMuchException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TooMuchException(String message) {
      super(message, null, false, false);
    }
  }

  private final Subject subject;
  private final Surroundings around;
  private final Map<String, Object> model;
  private final long deadline = System.nanoTime() + NANOS_MAX;
  private long work;

  Rendering(Subject subject, Surroundings around) {
    this.subject = subject;
    this.around = around;
    this.model = Map.of("request", request(subject));
  }

  Map<String, Object> model() {
    return model;
  }

  Surroundings around() {
    return around;
  }

  Subject subject() {
    return subject;
  }

  /** Notes work done; throws when it is too much. */
  void spend(long amount) {
    work += amount;
    if (work > WORK_MAX || System.nanoTime() - deadline > 0) {
      throw new TooMuchException("more work than an answer may cause");
    }
  }

  private static Map<String, Object> request(Subject subject) {
    var asked = subject.asked();
    var members = new LinkedHashMap<String, Supplier<@Nullable Object>>();
    members.put("method", asked::method);
    members.put("scheme", asked::scheme);
    members.put("host", asked::host);
    members.put("port", () -> (long) asked.port());
    members.put("url", asked::url);
    members.put("target", asked::target);
    members.put("path", subject::path);
    members.put("pathSegments", () -> segments(asked));
    members.put("rawQuery", asked::query);
    members.put("query", () -> values(subject.query()));
    members.put("headers", () -> new IgnoringCase(values(subject.headers())));
    members.put("cookies", () -> values(subject.cookies()));
    members.put("form", () -> values(subject.form()));
    members.put("body", subject::bodyText);
    members.put("json", () -> tree(subject));
    return new Lazy(members);
  }

  private static @Nullable Object tree(Subject subject) {
    var json = subject.json();
    return json == null ? null : json.tree();
  }

  private static List<String> segments(Asked asked) {
    var path = asked.path();
    return path.startsWith("/") ? Arrays.asList(path.substring(1).split("/", -1)) : List.of();
  }

  private static Map<String, Object> values(Map<String, List<String>> all) {
    var values = new LinkedHashMap<String, Object>();
    all.forEach((name, list) -> values.put(name, new Values(list)));
    return values;
  }

  /** All of it, for templates that say what they were asked. */
  Map<String, @Nullable Object> echo() {
    var asked = subject.asked();
    return Json.object(
        "method",
        asked.method(),
        "url",
        asked.url(),
        "query",
        subject.query(),
        "headers",
        subject.headers(),
        "body",
        subject.bodyText());
  }

  /** The values of a name; as a text it is the first one. */
  static final class Values extends AbstractList<String> {

    private final List<String> values;

    Values(List<String> values) {
      this.values = values;
    }

    @Override
    public String get(int index) {
      return values.get(index);
    }

    @Override
    public int size() {
      return values.size();
    }

    @Override
    public String toString() {
      return values.isEmpty() ? "" : values.getFirst();
    }
  }

  /** Names of headers in any case; they are kept in lower case. */
  private static final class IgnoringCase extends AbstractMap<String, Object> {

    private final Map<String, Object> values;

    IgnoringCase(Map<String, Object> values) {
      this.values = values;
    }

    @Override
    public @Nullable Object get(Object name) {
      return values.get(String.valueOf(name).toLowerCase(java.util.Locale.ROOT));
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
      return values.entrySet();
    }
  }

  /** Members that are made when a template asks for them. */
  private static final class Lazy extends AbstractMap<String, Object> {

    private final Map<String, Supplier<@Nullable Object>> members;
    private final Map<String, Object> made = new LinkedHashMap<>();

    Lazy(Map<String, Supplier<@Nullable Object>> members) {
      this.members = members;
    }

    @Override
    public @Nullable Object get(Object name) {
      var value = made.get(name);
      var supplier = value == null ? members.get(name) : null;
      if (supplier != null) {
        value = supplier.get();
        if (value != null) {
          made.put((String) name, value);
        }
      }
      return value;
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
      members.keySet().forEach(this::get);
      return made.entrySet();
    }
  }
}
