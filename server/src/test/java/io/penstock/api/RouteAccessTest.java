package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.Tenant;
import io.penstock.http.Access;
import io.penstock.http.Route;
import io.penstock.http.RouteTable;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Walks the route table: nothing but what is public answers without a key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RouteAccessTest {

  /** What the contract lets anybody read; a route that joins it must be added here on purpose. */
  private static final List<String> PUBLIC =
      List.of(
          "/",
          "/docs",
          "/docs/docs.css",
          "/docs/docs.js",
          "/favicon.ico",
          "/openapi.json",
          "/openapi.yaml",
          "/v1/health",
          "/v1/healthz",
          "/v1/metrics/prometheus",
          "/v1/system",
          "/v1/version");

  private final ApiServer server = new ApiServer();

  @AfterAll
  void stop() {
    server.close();
  }

  Stream<Route> routesWithKey() {
    return server.routes.routes().stream()
        .filter(route -> !(route.access() instanceof Access.Public));
  }

  Stream<Route> routesWithScopes() {
    return server.routes.routes().stream().filter(route -> scopes(route) != null);
  }

  private static @Nullable List<String> scopes(Route route) {
    return switch (route.access()) {
      case Access.Scopes(var anyOf) -> anyOf;
      case Access.Stream(var anyOf, var _, boolean _) -> anyOf;
      case Access.Public _, Access.AnyKey _ -> null;
    };
  }

  private HttpRequest.Builder to(Route route) {
    return server
        .request(route.path().replaceAll("\\{.*?}", "x"))
        .method(route.method(), BodyPublishers.noBody());
  }

  /** A certificate is made to be handed out; without a proxy there is none. */
  private static final List<String> CERTIFICATE = List.of("/ca", "/ca.pem", "/ca.der");

  @Test
  void nothingIsPublicButWhatIsMeantToBe() {
    var open =
        server.routes.routes().stream()
            .filter(route -> route.access() instanceof Access.Public)
            .map(Route::path);

    assertThat(open)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(PUBLIC, CERTIFICATE, SIGN_IN, DASHBOARD).flatMap(List::stream).toList());
  }

  /** Who shows the code of a sign-in link gets a key: it is the way to one. */
  private static final List<String> SIGN_IN = List.of("/v1/session/link");

  /** The dashboard shows nothing that its user's key may not ask for. */
  private static final List<String> DASHBOARD = List.of("/ui", "/ui/{page}", "/ui/assets/{name}");

  @ParameterizedTest
  @FieldSource("PUBLIC")
  void aPublicRouteNeedsNoKey(String path) {
    assertThat(server.send(server.request(path)).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @MethodSource("routesWithKey")
  void withoutAKeyARouteRefuses(Route route) {
    var answer = server.send(to(route));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body())
        .startsWith("{\"error\":\"unauthorized\",\"detail\":\"Missing bearer token\",");
    assertThat(answer.headers().firstValue("X-API-Version")).contains("v1");
    assertThat(answer.headers().firstValue("X-Request-ID")).isPresent();
  }

  @ParameterizedTest
  @MethodSource("routesWithKey")
  void withAnUnknownKeyARouteRefuses(Route route) {
    for (var header : List.of("Bearer WRONG", "WRONG", "bearer TEST_KEY", "TEST_ADMIN_KEY")) {
      var answer = server.send(to(route).header("Authorization", header));

      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body())
          .startsWith("{\"error\":\"unauthorized\",\"detail\":\"Invalid API key\",");
    }
  }

  @ParameterizedTest
  @MethodSource("routesWithScopes")
  void aKeyWithoutTheScopeIsForbidden(Route route) {
    var scopes = Objects.requireNonNull(scopes(route));
    boolean ingest = scopes.contains("ingest");
    String other = ingest ? ApiServer.READER : ApiServer.INGESTER;

    var answer = server.send(to(route).header("X-API-Key", other));

    assertThat(answer.statusCode()).isEqualTo(403);
    String detail =
        scopes.equals(List.of("admin"))
            ? "Admin scope required"
            : "Insufficient permissions - requires '";
    assertThat(answer.body()).startsWith("{\"error\":\"forbidden\",\"detail\":\"" + detail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization: Bearer " + ApiServer.READER,
        "Authorization: bEaReR " + ApiServer.READER,
        "Authorization: " + ApiServer.READER,
        "X-API-Key: " + ApiServer.READER
      })
  void everyWayToShowAKeyWorks(String header) {
    var parts = header.split(": ", 2);

    var answer = server.send(server.request("/v1/metrics").header(parts[0], parts[1]));

    assertThat(answer.statusCode()).isEqualTo(200);
  }

  @Test
  void anUnknownPathIsNotFoundOnlyForThoseWithAKey() {
    assertThat(server.send(server.request("/v1/nothing")).statusCode()).isEqualTo(401);

    var answer = server.get("/v1/nothing");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).startsWith("{\"error\":\"not_found\",\"detail\":\"Not Found\",");
  }

  @Test
  void anotherMethodIsToldWhichOnesThereAre() {
    var answer = server.send(server.asAdmin("/v1/ingest").GET());

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("OPTIONS, POST");
    assertThat(answer.body())
        .startsWith("{\"error\":\"method_not_allowed\",\"detail\":\"Method Not Allowed\",");
    assertThat(server.send(server.request("/v1/ingest").GET()).statusCode()).isEqualTo(401);
    assertThat(server.send(server.request("/v1/health").DELETE()).statusCode()).isEqualTo(405);
  }

  @Test
  void anotherTenantNeedsAnAdminAndMustExist() {
    var own = server.request("/v1/metrics").header("X-API-Key", ApiServer.READER);
    assertThat(server.send(own.header("X-Tenant-ID", "default")).statusCode()).isEqualTo(200);

    var reader = server.request("/v1/metrics").header("X-API-Key", ApiServer.READER);
    var forbidden = server.send(reader.header("X-Tenant-ID", "acme"));
    assertThat(forbidden.statusCode()).isEqualTo(403);
    assertThat(forbidden.body()).contains("\"X-Tenant-ID override requires admin scope\"");

    var unknown = server.send(server.asAdmin("/v1/metrics").header("X-Tenant-ID", "acme"));
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body())
        .startsWith("{\"error\":\"tenant_not_found\",\"detail\":\"Tenant not found\",");
  }

  @Test
  void anAdminActsForAnotherTenant() {
    server.tenants.add(new Tenant("zeta", "Zeta", 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));

    var answer = server.send(server.asAdmin("/v1/keys").header("X-Tenant-ID", "zeta"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"total\":0");
  }

  @ParameterizedTest
  @MethodSource("routesWithScopes")
  void bypassedScopesStillWantAKey(Route route) {
    var open = new RouteTable(List.of(route)).withoutScopes().routes().getFirst();

    assertThat(scopes(route)).isNotEmpty();
    if (open.access() instanceof Access.Stream stream) {
      assertThat(stream.anyOf()).isEmpty();
    } else {
      assertThat(open.access()).isEqualTo(Access.ANY_KEY);
    }
    assertThat(open.path()).isEqualTo(route.path());
  }

  @Test
  void aPreflightIsAnsweredBeforeTheKeyIsAskedFor() {
    var preflight =
        server
            .request("/v1/ingest")
            .method("OPTIONS", BodyPublishers.noBody())
            .header("Origin", "https://example.org")
            .header("Access-Control-Request-Method", "POST");

    var answer = server.send(preflight);

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
    assertThat(answer.headers().firstValue("Access-Control-Allow-Methods").orElse(""))
        .contains("POST");
    assertThat(answer.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
        .contains("Authorization");
  }
}
