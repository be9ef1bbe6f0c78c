package io.penstock.api;

import io.penstock.certificate.Authority;
import io.penstock.certificate.Trust;
import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.profile.Endpoint;
import io.penstock.profile.FieldMeaning;
import io.penstock.profile.Profile;
import io.penstock.profile.Profiles;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How interception is set up, what profiles know, and the certificate that programs must trust. */
public final class InterceptionResource implements Resource {

  private static final String PAGE_POLICY =
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  private final Supplier<Map<String, @Nullable Object>> status;
  private final Profiles profiles;
  private final Supplier<Optional<Authority>> authority;

  /**
   * @param status listeners, rules, and what went out so far
   * @param authority empty while nothing is intercepted
   */
  public InterceptionResource(
      Supplier<Map<String, @Nullable Object>> status,
      Profiles profiles,
      Supplier<Optional<Authority>> authority) {
    this.status = status;
    this.profiles = profiles;
    this.authority = authority;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_requests");
    return List.of(
        new Route("GET", "/v1/interception", readers, _ -> Answer.json(status.get())),
        new Route("GET", "/v1/interception/profiles", readers, _ -> list()),
        new Route("GET", "/v1/interception/profiles/{name}", readers, this::profile),
        new Route("GET", "/ca", Access.PUBLIC, _ -> withAuthority(InterceptionResource::page)),
        new Route(
            "GET",
            "/ca.pem",
            Access.PUBLIC,
            _ ->
                withAuthority(
                    it -> file("application/x-pem-file", "pem", ascii(Trust.in(it).pem())))),
        new Route(
            "GET",
            "/ca.der",
            Access.PUBLIC,
            _ -> withAuthority(it -> file("application/pkix-cert", "der", it.der()))));
  }

  private Answer list() {
    return Answer.json(
        Json.object(
            "profiles", profiles.all().stream().map(InterceptionResource::summary).toList()));
  }

  private Answer profile(Request request) {
    return profiles
        .get(request.pathParameter("name"))
        .<Answer>map(profile -> Answer.json(whole(profile)))
        .orElseGet(() -> Answer.problem(404, "not_found", "There is no profile of this name"));
  }

  private static Map<String, @Nullable Object> summary(Profile profile) {
    return Json.object(
        "name",
        profile.name(),
        "title",
        profile.title(),
        "vendor",
        profile.vendor(),
        "verified",
        word(profile.verified()),
        "verdict",
        word(profile.verdict()),
        "hosts",
        profile.endpoints().stream()
            .flatMap(endpoint -> endpoint.hosts().stream())
            .map(Object::toString)
            .distinct()
            .toList(),
        "opt_out",
        profile.optOut().how());
  }

  private static Map<String, @Nullable Object> whole(Profile profile) {
    var document = summary(profile);
    document.put("source", profile.source());
    document.put("mock_condition", profile.mockCondition());
    document.put("caveat", profile.caveat());
    document.put("redirect", profile.redirect());
    document.put("do_not_track", word(profile.doNotTrack()));
    document.put("cadence", profile.cadence());
    document.put(
        "endpoints", profile.endpoints().stream().map(InterceptionResource::endpoint).toList());
    document.put("fields", profile.fields().stream().map(InterceptionResource::field).toList());
    return document;
  }

  private static Map<String, @Nullable Object> endpoint(Endpoint endpoint) {
    return Json.object(
        "name",
        endpoint.name(),
        "purpose",
        endpoint.purpose(),
        "hosts",
        endpoint.hosts().stream().map(Object::toString).toList(),
        "paths",
        endpoint.paths().stream().map(Object::toString).toList(),
        "methods",
        endpoint.methods().stream().sorted().toList());
  }

  private static Map<String, @Nullable Object> field(FieldMeaning field) {
    return Json.object(
        "field",
        field.field().toString(),
        "type",
        field.type(),
        "meaning",
        field.meaning(),
        "unit",
        field.unit(),
        "identifier",
        word(field.identifier()),
        "said",
        word(field.said()),
        "source",
        field.source());
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private Answer withAuthority(Function<Authority, Answer> answer) {
    return authority
        .get()
        .map(answer)
        .orElseGet(
            () ->
                Answer.problem(
                    404, "not_found", "Nothing is intercepted here: set PROXY_PORT to begin"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static Answer file(String type, String ending, byte[] bytes) {
    return Answer.of(200, type, bytes)
        .with("Content-Disposition", "attachment; filename=penstock-ca." + ending);
  }

  private static Answer page(Authority authority) {
    var page =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Penstock: certificate authority</title>
        <link rel="stylesheet" href="/docs/docs.css">
        </head>
        <body>
        <main>
        <h1>Certificate authority</h1>
        <p>Programs whose traffic is to be read here must trust this certificate. Its key never
        leaves this machine. Trust it only where you want to look, and take it away afterwards.</p>
        <dl>
        <dt>Subject</dt><dd>%s</dd>
        <dt>SHA-256</dt><dd><code>%s</code></dd>
        <dt>Valid until</dt><dd>%s</dd>
        <dt>Good for</dt><dd>%s</dd>
        </dl>
        <p><a href="/ca.pem">PEM</a> &middot; <a href="/ca.der">DER</a></p>
        <h2>One program</h2>
        <pre>penstock exec -- COMMAND</pre>
        <p>sets every proxy and trust variable for that program alone.</p>
        <h2>By hand</h2>
        <pre>curl --cacert penstock-ca.pem --proxy http://HOST:PORT https://...
        NODE_EXTRA_CA_CERTS=penstock-ca.pem HTTPS_PROXY=http://HOST:PORT node app.js
        REQUESTS_CA_BUNDLE=penstock-ca.pem HTTPS_PROXY=http://HOST:PORT python app.py</pre>
        </main>
        </body>
        </html>
        """
            .formatted(
                Html.escaped(authority.subject()),
                Html.escaped(authority.fingerprint()),
                Html.escaped(authority.notAfter().toString()),
                Html.escaped(
                    authority.constraints().isEmpty()
                        ? "every host"
                        : String.join(", ", authority.constraints())));
    return Answer.of(200, "text/html; charset=utf-8", page.getBytes(StandardCharsets.UTF_8))
        .with("Content-Security-Policy", PAGE_POLICY);
  }
}
