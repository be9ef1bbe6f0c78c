package io.penstock.imports;

import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.stub.BodyFolder;
import io.penstock.stub.Scenario;
import io.penstock.stub.StubLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns WireMock's mappings into stubs. A mapping with a condition that is not known here is left
 * out, since it would answer more than it should; what else is not known is left away. Both are
 * noted.
 */
public final class WireMockImport {

  private static final int OCTETS_MAX = 64 << 20;
  private static final int FILES_MAX = 10_000;

  private final Imported.Collector collector = new Imported.Collector();
  private final Function<String, byte[]> bodies;

  private WireMockImport(Function<String, byte[]> bodies) {
    this.bodies = bodies;
  }

  /** Reads one mapping, or several under {@code mappings}. */
  public static Imported read(byte[] json) {
    var reader =
        new WireMockImport(
            _ -> {
              throw new IllegalArgumentException("files can only be read with the whole folder");
            });
    reader.document("", json);
    return reader.collector.imported();
  }

  /** Reads a folder with {@code mappings} and {@code __files} in it, or one of mappings alone. */
  public static Imported read(Path folder) {
    var below = Files.isDirectory(folder.resolve("mappings")) ? folder.resolve("mappings") : folder;
    var files = folder.resolve("__files");
    var bodies = new BodyFolder(files);
    var reader = new WireMockImport(name -> bodies.read(files, name));
    try (var walk = Files.walk(below, 8)) {
      var documents =
          walk.filter(file -> file.toString().endsWith(".json") && !file.startsWith(files))
              .limit(FILES_MAX)
              .sorted()
              .toList();
      for (var file : documents) {
        var name = below.relativize(file).toString();
        if (Files.size(file) > OCTETS_MAX) {
          reader.collector.note(name, "left out: larger than " + OCTETS_MAX + " octets");
        } else {
          reader.document(name, Files.readAllBytes(file));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      reader.collector.note(folder.toString(), "cannot be read: " + e.getMessage());
    }
    return reader.collector.imported();
  }

  private void document(String file, byte[] json) {
    Object tree;
    try {
      if (json.length > OCTETS_MAX) {
        collector.note(file, "left out: larger than " + OCTETS_MAX + " octets");
        return;
      }
      tree = JsonTree.parse(json, StubLimits.DEPTH_MAX);
    } catch (MalformedJsonException e) {
      collector.note(file, "left out: not JSON: " + e.getMessage());
      return;
    }
    if (tree instanceof Map<?, ?> map && map.get("mappings") instanceof List<?> mappings) {
      int index = 0;
      for (var mapping : mappings) {
        mapping(file, "mappings[" + index++ + "]", mapping);
      }
    } else {
      mapping(file, "", tree);
    }
  }

  private void mapping(String file, String place, @Nullable Object tree) {
    var at = place.isEmpty() || file.isEmpty() ? file + place : file + ": " + place;
    if (!(tree instanceof Map<?, ?>)) {
      collector.note(at, "left out: no mapping");
      return;
    }
    var mapping = new Members(tree);
    var name = mapping.text("name");
    var id = mapping.text("id");
    var uuid = mapping.text("uuid");
    var called = name != null ? name : id != null ? id : uuid;
    var where = called == null ? at : at.isEmpty() ? called : at + " '" + called + "'";
    try {
      var document = stub(where, called, mapping);
      collector.add(where, document);
    } catch (UnsupportedException e) {
      collector.note(where, "left out: " + e.getMessage());
    }
  }

  /** A condition that cannot be kept. */
  private static final class UnsupportedException extends Exception {

    private static final long serialVersionUID = 1L;

    UnsupportedException(String what) {
      super(what, null, false, false);
    }
  }

  private Map<String, @Nullable Object> stub(String where, @Nullable String called, Members mapping)
      throws UnsupportedException {
    var request = new Members(mapping.take("request"));
    var response = new Members(mapping.take("response"));
    var document = new LinkedHashMap<String, @Nullable Object>();
    var asks = request(request);
    document.put("name", collector.name(called == null ? described(asks) : called));
    put(document, "priority", mapping.take("priority"));
    document.put("request", asks);
    var scenario = mapping.text("scenarioName");
    var requires = mapping.text("requiredScenarioState");
    var then = mapping.text("newScenarioState");
    if (scenario != null) {
      var story = Json.object("name", scenario);
      put(story, "requires", state(requires));
      put(story, "then", state(then));
      document.put("scenario", story);
    }
    if (response.take("proxyBaseUrl") != null) {
      throw new UnsupportedException(
          "response.proxyBaseUrl: whether a request is forwarded is decided by the policy");
    }
    document.put("answer", new WireMockResponse(where, collector, bodies).answer(response));
    // They change nothing in what is answered.
    mapping.take("persistent");
    mapping.take("metadata");
    mapping.take("insertionIndex");
    mapping.left().forEach(key -> collector.note(where, key + " is not known here: left away"));
    return document;
  }

  private static @Nullable String state(@Nullable String state) {
    return "Started".equals(state) ? Scenario.STARTED : state;
  }

  private static String described(Map<String, @Nullable Object> request) {
    for (var key : List.of("path", "target", "pathPattern", "pathRegex", "targetRegex")) {
      if (request.get(key) instanceof String text) {
        return request.getOrDefault("method", "ANY") + " " + text;
      }
    }
    return "mapping";
  }

  private static void put(Map<String, @Nullable Object> map, String key, @Nullable Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private Map<String, @Nullable Object> request(Members request) throws UnsupportedException {
    var asks = new LinkedHashMap<String, @Nullable Object>();
    put(asks, "method", request.take("method"));
    put(asks, "scheme", request.take("scheme"));
    put(asks, "port", request.take("port"));
    put(asks, "host", host(request.take("host")));
    put(asks, "target", request.take("url"));
    put(asks, "targetRegex", request.take("urlPattern"));
    put(asks, "path", request.take("urlPath"));
    put(asks, "pathRegex", request.take("urlPathPattern"));
    var template = request.text("urlPathTemplate");
    if (template != null) {
      asks.put("pathPattern", template.replaceAll("\\{[^/}]*\\}", "*"));
    }
    put(asks, "query", named("queryParameters", request));
    put(asks, "cookies", named("cookies", request));
    put(asks, "form", named("formParameters", request));
    var headers = named("headers", request);
    var login = request.take("basicAuthCredentials");
    if (login != null) {
      headers = headers == null ? new LinkedHashMap<>() : headers;
      headers.put("authorization", basic(new Members(login)));
    }
    put(asks, "headers", headers);
    put(asks, "body", bodies(request.take("bodyPatterns")));
    if (!request.left().isEmpty()) {
      throw new UnsupportedException("request." + request.left().getFirst() + " is not known here");
    }
    return asks;
  }

  private static String basic(Members login) {
    var pair = login.text("username") + ":" + login.text("password");
    var octets = pair.getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(octets);
  }

  private static @Nullable Object host(@Nullable Object host) throws UnsupportedException {
    if (host instanceof Map<?, ?> map && map.size() == 1 && map.get("equalTo") != null) {
      return map.get("equalTo");
    }
    if (host != null) {
      throw new UnsupportedException("request.host other than equalTo is not known here");
    }
    return null;
  }

  private static @Nullable Map<String, @Nullable Object> named(String key, Members request)
      throws UnsupportedException {
    var patterns = request.take(key);
    if (patterns == null) {
      return null;
    }
    var tests = new LinkedHashMap<String, @Nullable Object>();
    for (var entry : new Members(patterns).all().entrySet()) {
      tests.put(entry.getKey(), value("request." + key + "." + entry.getKey(), entry.getValue()));
    }
    return tests;
  }

  private static Object value(String place, @Nullable Object pattern) throws UnsupportedException {
    var members = new Members(pattern);
    var exactly = members.take("hasExactly");
    if (exactly instanceof List<?> list
        && list.size() == 1
        && list.getFirst() instanceof Map<?, ?> only
        && only.get("equalTo") != null) {
      return List.of(String.valueOf(only.get("equalTo")));
    }
    if (exactly != null) {
      throw new UnsupportedException(place + ".hasExactly is not known here");
    }
    if (Boolean.TRUE.equals(members.take("absent"))) {
      return Map.of("absent", true);
    }
    var test = text(members);
    if (!members.left().isEmpty() || test.isEmpty()) {
      var what = members.left().isEmpty() ? "" : "." + members.left().getFirst();
      throw new UnsupportedException(place + what + " is not known here");
    }
    return test;
  }

  /** Takes the questions about a text. */
  private static Map<String, @Nullable Object> text(Members pattern) {
    var test = new LinkedHashMap<String, @Nullable Object>();
    put(test, "equals", pattern.take("equalTo"));
    put(test, "contains", pattern.take("contains"));
    put(test, "matches", pattern.take("matches"));
    if (Boolean.TRUE.equals(pattern.take("caseInsensitive"))) {
      test.put("ignoreCase", true);
    }
    var not = new LinkedHashMap<String, @Nullable Object>();
    put(not, "contains", pattern.take("doesNotContain"));
    var mismatch = pattern.take("doesNotMatch");
    // Not (this and that) is not the same as neither: two questions would be one too few.
    if (mismatch != null && not.isEmpty()) {
      not.put("matches", mismatch);
    } else if (mismatch != null) {
      pattern.giveBack("doesNotMatch", mismatch);
    }
    if (!not.isEmpty()) {
      test.put("not", not);
    }
    return test;
  }

  private static @Nullable List<Object> bodies(@Nullable Object patterns)
      throws UnsupportedException {
    if (!(patterns instanceof List<?> list)) {
      return null;
    }
    var tests = new ArrayList<Object>();
    for (int i = 0; i < list.size(); i++) {
      tests.add(body("request.bodyPatterns[" + i + "]", new Members(list.get(i))));
    }
    return tests;
  }

  private static Object body(String place, Members pattern) throws UnsupportedException {
    var test = new LinkedHashMap<String, @Nullable Object>();
    json(place, pattern, test);
    jsonPath(place, pattern, test);
    var schema = pattern.take("matchesJsonSchema");
    pattern.take("schemaVersion");
    put(test, "schema", schema instanceof String text ? parsed(place, text) : schema);
    put(test, "base64", pattern.take("binaryEqualTo"));
    if (Boolean.TRUE.equals(pattern.take("absent"))) {
      test.put("equals", "");
    }
    text(pattern).forEach(test::put);
    if (!pattern.left().isEmpty()) {
      throw new UnsupportedException(
          place + "." + pattern.left().getFirst() + " is not known here");
    }
    return test;
  }

  private static void json(String place, Members pattern, Map<String, @Nullable Object> test)
      throws UnsupportedException {
    var json = pattern.take("equalToJson");
    if (json == null) {
      return;
    }
    var tree = json instanceof String text ? parsed(place, text) : json;
    if (Json.text(tree).contains("${json-unit.")) {
      throw new UnsupportedException(place + ".equalToJson has placeholders");
    }
    test.put("json", tree);
    put(test, "ignoreOrder", pattern.take("ignoreArrayOrder"));
    put(test, "ignoreExtra", pattern.take("ignoreExtraElements"));
  }

  private static void jsonPath(String place, Members pattern, Map<String, @Nullable Object> test)
      throws UnsupportedException {
    var path = pattern.take("matchesJsonPath");
    if (path instanceof Map<?, ?>) {
      var members = new Members(path);
      var expression = members.text("expression");
      var value = text(members);
      if (expression == null || value.isEmpty() || !members.left().isEmpty()) {
        throw new UnsupportedException(place + ".matchesJsonPath asks what is not known here");
      }
      test.put("jsonPath", Json.object(expression, value));
    } else {
      put(test, "jsonPath", path);
    }
  }

  private static @Nullable Object parsed(String place, String text) throws UnsupportedException {
    try {
      return JsonTree.parse(text.getBytes(StandardCharsets.UTF_8), StubLimits.DEPTH_MAX);
    } catch (MalformedJsonException e) {
      throw new UnsupportedException(place + " has a text that is not JSON");
    }
  }

  /** The members of an object, taken one after another. */
  static final class Members {

    private final Map<String, @Nullable Object> left = new LinkedHashMap<>();

    Members(@Nullable Object tree) {
      if (tree instanceof Map<?, ?> map) {
        map.forEach((key, value) -> left.put(String.valueOf(key), value));
      }
    }

    @Nullable Object take(String key) {
      return left.remove(key);
    }

    void giveBack(String key, Object value) {
      left.put(key, value);
    }

    @Nullable String text(String key) {
      var value = take(key);
      return value == null ? null : Objects.toString(value);
    }

    Map<String, @Nullable Object> all() {
      return left;
    }

    /** The names that nobody took. */
    List<String> left() {
      return List.copyOf(left.keySet());
    }
  }
}
