package io.penstock.api;

import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * The pages for people and the documents for tools: the landing page, the API's description with a
 * page that renders it, and the JSON schemas. All of it comes out of the jar.
 */
public final class PageResource implements Resource {

  private static final String PAGE_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** File names of the schemas by the name that the contract gives them. */
  private static final Map<String, String> SCHEMAS =
      Map.of(
          "flows.v1", "flows.v1.schema.json",
          "zeek.conn.v1", "zeek.conn.v1.schema.json",
          "enriched.v1", "enriched.v1.schema.json");

  private final byte[] description = resource("openapi.json");
  private final byte[] descriptionYaml = Yaml.of(description);

  @Override
  public List<Route> routes() {
    return List.of(
        new Route("GET", "/", Access.PUBLIC, PageResource::landing),
        new Route("GET", "/docs", Access.PUBLIC, _ -> page("docs.html")),
        new Route("GET", "/docs/docs.js", Access.PUBLIC, _ -> asset("docs.js", "text/javascript")),
        new Route("GET", "/docs/docs.css", Access.PUBLIC, _ -> asset("docs.css", "text/css")),
        new Route("GET", "/favicon.ico", Access.PUBLIC, _ -> asset("icon.svg", "image/svg+xml")),
        new Route(
            "GET",
            "/openapi.yaml",
            Access.PUBLIC,
            _ -> Answer.of(200, "application/yaml", descriptionYaml)),
        new Route("GET", "/openapi.json", Access.PUBLIC, _ -> Answer.json(200, description)),
        new Route("GET", "/v1/schema", Access.ANY_KEY, _ -> schemas()),
        new Route("GET", "/v1/schema/{name}", Access.ANY_KEY, PageResource::schema));
  }

  private static Answer landing(Request request) {
    if (request.header("Accept").orElse("").contains("text/html")) {
      return DashboardResource.home();
    }
    return Answer.json(
        Json.object(
            "service", "telemetry-api",
            "product", "penstock",
            "docs", "/docs",
            "openapi", "/openapi.yaml",
            "health", "/v1/health"));
  }

  private static Answer page(String name) {
    return asset(name, "text/html").with("Content-Security-Policy", PAGE_POLICY);
  }

  private static Answer asset(String name, String mediaType) {
    return Answer.of(200, mediaType + "; charset=utf-8", resource(name));
  }

  private static Answer schemas() {
    return Answer.json(
        Json.object(
            "enriched_schema", SCHEMAS.get("enriched.v1"),
            "input_schemas",
                Json.object(
                    "zeek.conn.v1", SCHEMAS.get("zeek.conn.v1"),
                    "flows.v1", SCHEMAS.get("flows.v1"))));
  }

  private static Answer schema(Request request) {
    String name = request.pathParameter("name");
    String file = SCHEMAS.containsValue(name) ? name : SCHEMAS.get(name);
    if (file == null) {
      return Answer.problem(404, "not_found", "No such schema");
    }
    return Answer.of(200, "application/schema+json", resource(file));
  }

  /** A file of the jar. That it is there is a property of the build. */
  private static byte[] resource(String name) {
    try (InputStream in = PageResource.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
