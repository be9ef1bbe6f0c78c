package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.http.Access;
import io.penstock.http.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The API's description and its route table say the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OpenApiTest {

  /** Parts of a page, which nobody calls by themselves. */
  private static final List<String> ASSETS =
      List.of(
          "/docs/docs.js",
          "/docs/docs.css",
          "/favicon.ico",
          "/ui",
          "/ui/{page}",
          "/ui/assets/{name}");

  /** What an operation may have to find to succeed, and no description can hold. */
  private static final List<String> NEEDS = List.of("a code", "a destination", "an exchange");

  private final ApiServer server = new ApiServer();
  private final Map<String, Object> description =
      JsonMapper.builder()
          .build()
          .fromJsonObject(server.send(server.request("/openapi.json")).body());

  @AfterAll
  void stop() {
    server.close();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }

  private Map<String, Object> paths() {
    return object(description.get("paths"));
  }

  @Test
  void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
    var described = new ArrayList<String>();
    paths()
        .forEach(
            (path, item) ->
                object(item)
                    .keySet()
                    .forEach(
                        method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path)));

    var routes =
        server.routes.routes().stream()
            .filter(route -> !ASSETS.contains(route.path()))
            .map(route -> route.method() + " " + route.path());

    assertThat(described).containsExactlyInAnyOrderElementsOf(routes.toList());
  }

  @Test
  void theDescriptionTellsWhoMayCall() {
    for (var route : server.routes.routes()) {
      if (!ASSETS.contains(route.path())) {
        var access =
            route.access() instanceof Access.Stream stream
                ? new Access.Scopes(stream.anyOf())
                : route.access();
        assertThat(accessOf(route)).as(route.path()).isEqualTo(access);
      }
    }
  }

  private Access accessOf(Route route) {
    var operation =
        object(object(paths().get(route.path())).get(route.method().toLowerCase(Locale.ROOT)));
    if (operation.get("security") instanceof List<?> none && none.isEmpty()) {
      return Access.PUBLIC;
    }
    String scopes = String.valueOf(operation.get("x-scopes"));
    return scopes.equals("any key") ? Access.ANY_KEY : Access.scopes(scopes);
  }

  @Test
  void everyExtensionIsOneThatIsReadAndSaysWhat() {
    for (var item : paths().values()) {
      for (var operation : object(item).values()) {
        var extensions = new TreeMap<>(object(operation));
        extensions.keySet().removeIf(name -> !name.startsWith("x-"));

        assertThat(extensions.keySet()).isSubsetOf("x-scopes", "x-creates", "x-needs");
        assertThat(extensions.getOrDefault("x-needs", "a code")).isIn(NEEDS);
      }
    }
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    var references =
        Pattern.compile("\"\\$ref\": ?\"#/([^\"]+)\"")
            .matcher(server.send(server.request("/openapi.json")).body());
    int count = 0;
    while (references.find()) {
      var at = description;
      for (var step : references.group(1).split("/")) {
        assertThat(at).as(references.group(1)).containsKey(step);
        at = object(at.get(step));
      }
      count++;
    }
    assertThat(count).isPositive();
  }

  @Test
  void theYamlFormHasTheSamePaths() {
    var yaml = server.send(server.request("/openapi.yaml"));

    assertThat(yaml.headers().firstValue("Content-Type")).contains("application/yaml");
    assertThat(yaml.body()).startsWith("openapi: \"3.1.0\"\n");
    var paths = yaml.body().lines().filter(line -> line.matches("  /\\S*:|  \"/.*\":"));
    assertThat(paths.map(line -> line.strip().replaceAll("[\":]", "")))
        .containsExactlyInAnyOrderElementsOf(paths().keySet());
  }

  @Test
  void thePageLoadsNothingFromElsewhere() {
    for (var path : List.of("/docs", "/docs/docs.js", "/docs/docs.css")) {
      var answer = server.send(server.request(path).header("Accept", "text/html"));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).doesNotContain("http://", "https://", "innerHTML");
    }
    assertThat(
            server
                .send(server.request("/docs"))
                .headers()
                .firstValue("Content-Security-Policy")
                .orElse(""))
        .contains("default-src 'none'", "script-src 'self'")
        .doesNotContain("unsafe");
  }
}
