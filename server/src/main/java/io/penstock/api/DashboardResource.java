package io.penstock.api;

import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard: one page and its assets, out of the jar. Every address below {@code /ui/} is the
 * same page, which reads the rest of the address itself; assets carry a hash of their content in
 * their name, so that they are kept for good.
 */
public final class DashboardResource implements Resource {

  private static final String HOME = "/ui/";

  /** Where the build of {@code web/} puts the dashboard within the jar. */
  private static final String FOLDER = "/io/penstock/dashboard/";

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
          + " data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
          + " svelte-trusted-html";

  private static final String WITHOUT =
      """
      <!doctype html>
      <html lang="en">
      <title>Penstock</title>
      <p>This server was built without its dashboard, because the machine that built it lacks
      Node 20 or newer. The <a href="/docs">API</a> is all there.
      """;

  private static final Answer NO_ASSET = Answer.problem(404, "not_found", "No such asset");

  private static final Map<String, String> MEDIA_TYPES =
      Map.of(
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "json", "application/json",
          "svg", "image/svg+xml",
          "png", "image/png",
          "woff2", "font/woff2");

  @Override
  public List<Route> routes() {
    return List.of(
        // The shell drops a slash at the end, so this is /ui/ as well.
        new Route("GET", "/ui", Access.PUBLIC, DashboardResource::page),
        new Route("GET", "/ui/{page}", Access.PUBLIC, DashboardResource::page),
        new Route("GET", "/ui/assets/{name}", Access.PUBLIC, DashboardResource::asset));
  }

  /** The way to the dashboard for whoever asks for something else. */
  static Answer home() {
    return Answer.of(302, "text/plain; charset=utf-8", new byte[0]).with("Location", HOME);
  }

  private static Answer page(Request request) {
    var page = packed("index.html", request);
    var answer =
        page == null
            ? Answer.of(200, "text/html; charset=utf-8", WITHOUT.getBytes(StandardCharsets.UTF_8))
            : page.as("text/html; charset=utf-8");
    return answer
        .with("Content-Security-Policy", POLICY)
        .with("Cross-Origin-Opener-Policy", "same-origin")
        .with("Cache-Control", "no-cache");
  }

  private static Answer asset(Request request) {
    var name = request.pathParameter("name");
    var mediaType =
        MEDIA_TYPES.get(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    if (mediaType == null || !name.matches("[\\w.-]{1,100}")) {
      return NO_ASSET;
    }
    var asset = packed("assets/" + name, request);
    if (asset == null) {
      return NO_ASSET;
    }
    return asset.as(mediaType).with("Cache-Control", "public, max-age=31536000, immutable");
  }

  /** A file of the dashboard, compressed when that is wanted and was found worth it. */
  private record Packed(byte[] octets, boolean isCompressed) {

    Answer as(String mediaType) {
      var answer = Answer.of(200, mediaType, octets).with("Vary", "Accept-Encoding");
      return isCompressed ? answer.with("Content-Encoding", "gzip") : answer;
    }
  }

  private static @Nullable Packed packed(String name, Request request) {
    if (request.header("Accept-Encoding").orElse("").contains("gzip")) {
      var compressed = octets(name + ".gz");
      if (compressed != null) {
        return new Packed(compressed, true);
      }
    }
    var plain = octets(name);
    return plain == null ? null : new Packed(plain, false);
  }

  private static byte @Nullable [] octets(String name) {
    try (InputStream in = DashboardResource.class.getResourceAsStream(FOLDER + name)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
