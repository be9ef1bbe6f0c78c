package io.penstock.imports;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import io.penstock.exchange.HostName;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.stub.StubLimits;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the entries of an HTTP archive (HAR 1.2) into stubs. */
public final class HarImport {

  private static final int OCTETS_MAX = 64 << 20;
  private static final int ENTRIES_MAX = 50_000;

  private final Recording recording;

  private HarImport(Recording.Choice choice) {
    this.recording = new Recording(choice);
  }

  /** Reads an archive; bodies in it are without content coding, whatever their headers say. */
  public static Imported read(byte[] har, Recording.Choice choice) {
    if (har.length > OCTETS_MAX) {
      return Imported.refused("larger than " + OCTETS_MAX + " octets");
    }
    Object tree;
    try {
      tree = JsonTree.parse(withoutMark(har), StubLimits.DEPTH_MAX);
    } catch (MalformedJsonException e) {
      return Imported.refused("not JSON: " + e.getMessage());
    }
    if (!(member(member(tree, "log"), "entries") instanceof List<?> entries)) {
      return Imported.refused("expected an archive with log.entries");
    }
    var reader = new HarImport(choice);
    for (int i = 0; i < entries.size(); i++) {
      if (i == ENTRIES_MAX) {
        reader.recording.note("log.entries", "left out from " + i + " on: too many");
        break;
      }
      reader.entry("log.entries[" + i + "]", entries.get(i));
    }
    return reader.recording.imported();
  }

  /** Some browsers begin the file with a byte order mark. */
  private static byte[] withoutMark(byte[] har) {
    boolean hasMark =
        har.length > 3 && har[0] == (byte) 0xef && har[1] == (byte) 0xbb && har[2] == (byte) 0xbf;
    return hasMark ? Arrays.copyOfRange(har, 3, har.length) : har;
  }

  private static @Nullable Object member(@Nullable Object tree, String name) {
    return tree instanceof Map<?, ?> map ? map.get(name) : null;
  }

  private static String text(@Nullable Object tree, String name) {
    return member(tree, name) instanceof String text ? text : "";
  }

  private void entry(String place, @Nullable Object entry) {
    var request = member(entry, "request");
    var response = member(entry, "response");
    var asked = asked(request);
    if (asked == null) {
      recording.note(place, "left out: its address is not one of HTTP");
      return;
    }
    int status = member(response, "status") instanceof Long number ? number.intValue() : 0;
    var content = member(response, "content");
    var body = octets(text(content, "text"), text(content, "encoding"));
    if (body == null) {
      recording.note(place, "left out: its body is not what its encoding says");
      return;
    }
    if (body.length == 0 && member(content, "size") instanceof Long size && size > 0) {
      recording.note(place, "left out: the archive has no body, but " + size + " octets were sent");
      return;
    }
    recording.add(
        place + " " + asked.url(),
        new Recording.Taken(
            asked,
            asked.body().bytes(),
            status,
            headers(member(response, "headers")),
            body,
            Headers.NONE));
  }

  private static byte @Nullable [] octets(String text, String encoding) {
    if (!encoding.equalsIgnoreCase("base64")) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static @Nullable Asked asked(@Nullable Object request) {
    URI url;
    try {
      url = new URI(harmless(text(request, "url")));
    } catch (URISyntaxException _) {
      return null;
    }
    var scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    boolean isHttp = scheme.equals("http") || scheme.equals("https");
    var host = url.getHost() == null ? null : HostName.of(url.getHost()).orElse(null);
    var method = text(request, "method").toUpperCase(Locale.ROOT);
    if (!isHttp || host == null || method.isEmpty()) {
      return null;
    }
    int standard = scheme.equals("https") ? 443 : 80;
    var path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    var query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    var body = text(member(request, "postData"), "text").getBytes(StandardCharsets.UTF_8);
    return new Asked(
        scheme,
        host,
        url.getPort() < 0 ? standard : url.getPort(),
        method,
        path + query,
        "HTTP/1.1",
        headers(member(request, "headers")),
        Content.of(body));
  }

  /** Browsers write some signs as they are that an address must escape (RFC 3986 §2). */
  private static String harmless(String url) {
    return url.replace("|", "%7C")
        .replace("\"", "%22")
        .replace("{", "%7B")
        .replace("}", "%7D")
        .replace("^", "%5E")
        .replace("`", "%60")
        .replace(" ", "%20");
  }

  private static Headers headers(@Nullable Object list) {
    var lines = new ArrayList<Header>();
    if (list instanceof List<?> headers) {
      for (var header : headers) {
        var name = text(header, "name");
        if (!name.isEmpty() && !name.startsWith(":")) {
          lines.add(new Header(name, text(header, "value")));
        }
      }
    }
    return new Headers(lines);
  }
}
