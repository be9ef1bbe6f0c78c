package io.penstock.stub;

import io.penstock.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The paths that users of Cribl's telemetry mock know, as stubs: what it answered, and what its
 * documents promised. They come after every stub of the operator's own.
 */
public final class ReferenceSurface {

  private static final String RESOURCE = "/stubs/cribl.yaml";

  private ReferenceSurface() {}

  /**
   * The stubs.
   *
   * @param isMarked whether answers say by {@code Server: cribl-mock} and {@code X-Intercepted:
   *     true} that they are not the vendor's
   */
  public static List<Stub> stubs(boolean isMarked) {
    var stubs = parsed(Stub.parse(document()));
    if (!isMarked) {
      return stubs;
    }
    var marked = new ArrayList<Stub>();
    for (var stub : stubs) {
      marked.addAll(parsed(Stub.parse(marked(stub.toJson()))));
    }
    return marked;
  }

  /** The document that they are read from, to begin one's own with. */
  public static String document() {
    try (InputStream in = ReferenceSurface.class.getResourceAsStream(RESOURCE)) {
      return new String(
          Objects.requireNonNull(in, RESOURCE).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + RESOURCE, e);
    }
  }

  private static List<Stub> parsed(Stub.Parsed parsed) {
    if (!parsed.isValid()) {
      throw new IllegalStateException(RESOURCE + ": " + parsed.problems());
    }
    return parsed.stubs();
  }

  private static Map<String, @Nullable Object> marked(Map<String, @Nullable Object> document) {
    var answer = members(document.get("answer"));
    var headers = members(answer.get("headers"));
    headers.put("Server", "cribl-mock");
    headers.put("X-Intercepted", "true");
    answer.put("headers", headers);
    var marked = new LinkedHashMap<String, @Nullable Object>(document);
    marked.put("answer", answer);
    return marked;
  }

  private static Map<String, @Nullable Object> members(@Nullable Object tree) {
    var members = Json.object();
    if (tree instanceof Map<?, ?> map) {
      map.forEach((name, value) -> members.put(String.valueOf(name), value));
    }
    return members;
  }
}
