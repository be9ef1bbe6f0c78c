package io.penstock.imports;

import io.penstock.imports.WireMockImport.Members;
import io.penstock.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The answer's half of a WireMock mapping. */
final class WireMockResponse {

  /** The listener makes them. */
  private static final Set<String> FRAMING =
      Set.of("content-length", "transfer-encoding", "connection", "keep-alive");

  /** What templates say of a request; {@link Rendering} knows these. */
  private static final Set<String> KNOWN =
      Set.of(
          "method",
          "scheme",
          "host",
          "port",
          "url",
          "path",
          "pathSegments",
          "query",
          "headers",
          "cookies",
          "body");

  private static final Pattern OF_REQUEST = Pattern.compile("\\brequest\\.([A-Za-z]+)");

  private final String where;
  private final Imported.Collector collector;
  private final Function<String, byte[]> files;

  WireMockResponse(String where, Imported.Collector collector, Function<String, byte[]> files) {
    this.where = where;
    this.collector = collector;
    this.files = files;
  }

  Map<String, @Nullable Object> answer(Members response) {
    var answer = new LinkedHashMap<String, @Nullable Object>();
    put(answer, "status", response.take("status"));
    boolean isTemplate = isTemplate(response.take("transformers"));
    if (isTemplate) {
      answer.put("template", true);
    }
    headers(response.take("headers"), answer);
    body(response, isTemplate, answer);
    delay(response, answer);
    fault(response.text("fault"), answer);
    // It says nothing that is not the default.
    response.take("fromConfiguredStub");
    response
        .left()
        .forEach(key -> collector.note(where, "response." + key + " is not known here: left away"));
    return answer;
  }

  private static void put(Map<String, @Nullable Object> map, String key, @Nullable Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private boolean isTemplate(@Nullable Object transformers) {
    boolean isTemplate = false;
    if (transformers instanceof List<?> names) {
      for (var name : names) {
        if (name instanceof String text && text.equals("response-template")) {
          isTemplate = true;
        } else {
          collector.note(where, "the transformer " + name + " is not known here: left away");
        }
      }
    }
    return isTemplate;
  }

  private static void headers(@Nullable Object headers, Map<String, @Nullable Object> answer) {
    var kept = new LinkedHashMap<String, @Nullable Object>();
    new Members(headers)
        .all()
        .forEach(
            (name, value) -> {
              if (!FRAMING.contains(name.toLowerCase(Locale.ROOT))) {
                kept.put(name, value);
              }
            });
    if (!kept.isEmpty()) {
      answer.put("headers", kept);
    }
  }

  private void body(Members response, boolean isTemplate, Map<String, @Nullable Object> answer) {
    var text = response.text("body");
    var json = response.take("jsonBody");
    var base64 = response.take("base64Body");
    var file = response.text("bodyFileName");
    if (text != null) {
      answer.put("body", isTemplate ? template(text) : text);
    } else if (json != null && isTemplate) {
      answer.put("body", template(Json.text(json)));
    } else if (json != null) {
      // WireMock adds no content type of its own.
      answer.put("body", Json.text(json));
    } else if (base64 != null) {
      answer.put("bodyBase64", base64);
    } else if (file != null) {
      file(file, isTemplate, answer);
    }
  }

  private void file(String name, boolean isTemplate, Map<String, @Nullable Object> answer) {
    byte[] octets;
    try {
      octets = files.apply(name);
    } catch (IllegalArgumentException e) {
      // The reader knows no files here, and leaves the stub out.
      collector.note(where, "response.bodyFileName '" + name + "' " + e.getMessage());
      answer.put("bodyFile", name);
      return;
    }
    var text = text(octets);
    if (text == null) {
      answer.put("bodyBase64", Base64.getEncoder().encodeToString(octets));
    } else {
      answer.put("body", isTemplate ? template(text) : text);
    }
  }

  /** Octets as text; null when they are not UTF-8. */
  static @Nullable String text(byte[] octets) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
    } catch (CharacterCodingException _) {
      return null;
    }
  }

  /** WireMock's words for the same things, and a note of those that there are none for. */
  private String template(String source) {
    OF_REQUEST
        .matcher(source)
        .results()
        .map(match -> match.group(1))
        .filter(word -> !KNOWN.contains(word))
        .distinct()
        .forEach(word -> collector.note(where, "templates know no request." + word + ": empty"));
    return source.replace("request.path.[", "request.pathSegments.[");
  }

  private void delay(Members response, Map<String, @Nullable Object> answer) {
    put(answer, "delay", response.take("fixedDelayMilliseconds"));
    var distribution = response.take("delayDistribution");
    if (distribution != null) {
      distribution(new Members(distribution), answer);
    }
    var dribble = response.take("chunkedDribbleDelay");
    if (dribble != null) {
      put(answer, "bodyOver", new Members(dribble).take("totalDuration"));
    }
  }

  private void distribution(Members distribution, Map<String, @Nullable Object> answer) {
    switch (String.valueOf(distribution.take("type"))) {
      case "uniform" ->
          answer.put(
              "delay",
              Json.object(
                  "uniform",
                  Arrays.asList(distribution.take("lower"), distribution.take("upper"))));
      case "lognormal" -> {
        var delay = Json.object("median", milliseconds(distribution.take("median")));
        put(delay, "sigma", distribution.take("sigma"));
        put(delay, "most", milliseconds(distribution.take("maxValue")));
        answer.put("delay", delay);
      }
      case "fixed" -> put(answer, "delay", distribution.take("milliseconds"));
      default -> collector.note(where, "response.delayDistribution is not known here: left away");
    }
  }

  /** WireMock allows fractions. */
  private static @Nullable Object milliseconds(@Nullable Object number) {
    return number instanceof Number given ? (Object) Math.round(given.doubleValue()) : number;
  }

  private void fault(@Nullable String fault, Map<String, @Nullable Object> answer) {
    if (fault == null) {
      return;
    }
    switch (fault) {
      case "EMPTY_RESPONSE" -> answer.put("fault", "empty");
      case "CONNECTION_RESET_BY_PEER" -> answer.put("fault", "reset");
      case "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE" -> answer.put("fault", "garbage");
      default -> collector.note(where, "response.fault " + fault + " is not known here: left away");
    }
  }
}
