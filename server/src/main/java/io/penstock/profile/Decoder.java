package io.penstock.profile;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Parameter;
import io.penstock.profile.Field.Where;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what requests carry: undoes content codings, reads the body as its endpoint says or its
 * content type, and lists every value. Whatever was sent, it ends, allocates a bounded amount and
 * throws nothing. For any number of threads.
 */
public final class Decoder {

  private static final int GRPC_HEAD = 5;

  /** A call that streams more messages than these is shown with the first ones. */
  private static final int GRPC_MESSAGES_MAX = 100;

  private final Counter bodies;

  public Decoder(PrometheusRegistry registry) {
    bodies =
        Counter.builder()
            .name("intercept_bodies_decoded_total")
            .help("Bodies of requests that were explained, by outcome: readable, opaque, nothing.")
            .labelNames("outcome")
            .register(registry);
    List.of("readable", "opaque", "nothing").forEach(bodies::initLabelValues);
  }

  /** What a request to no known endpoint carries. */
  public Payload decode(Asked asked) {
    return decode(asked, null, List.of());
  }

  /**
   * What a request carries.
   *
   * @param endpoint that it went to; null when none is known
   * @param explained fields of the profile; headers and segments of the path among them are listed
   */
  Payload decode(Asked asked, @Nullable Endpoint endpoint, List<FieldMeaning> explained) {
    var tree = new Tree();
    var base64 = endpoint == null ? List.<FieldPattern>of() : endpoint.base64();
    var head = new ArrayList<Field>();
    for (var parameter : asked.parameters()) {
      if (tree.hasRoom()) {
        tree.addFields(
            head, Where.QUERY, tree.name(parameter.name()), tree.text(parameter.value()), base64);
      }
    }
    addNamed(head, asked, explained, tree);
    var body = body(asked, endpoint, tree);
    bodies.labelValues(outcome(body)).inc();
    return new Payload(head, body, tree.notes());
  }

  private static String outcome(Decoded body) {
    return switch (body) {
      case Decoded.Values _ -> "readable";
      case Decoded.Opaque _ -> "opaque";
      case Decoded.Nothing _ -> "nothing";
    };
  }

  private static void addNamed(
      List<Field> head, Asked asked, List<FieldMeaning> explained, Tree tree) {
    var segments = List.of(asked.path().split("/", 20));
    for (var meaning : explained) {
      var pattern = meaning.field();
      if (pattern.where() == Where.HEADER) {
        var name = pattern.segments().getFirst();
        for (var value : asked.headers().all(name)) {
          tree.addFields(head, Where.HEADER, name, tree.text(value), List.of());
        }
      } else if (pattern.where() == Where.PATH) {
        int number =
            FieldType.of(pattern.text()) == FieldType.INTEGER
                ? Integer.parseInt(pattern.text())
                : 0;
        if (number > 0 && number < segments.size()) {
          tree.addFields(
              head, Where.PATH, pattern.text(), tree.text(segments.get(number)), List.of());
        }
      }
    }
  }

  private static Decoded body(Asked asked, @Nullable Endpoint endpoint, Tree tree) {
    var content = asked.body();
    if (content.length() == 0) {
      return new Decoded.Nothing(tree.notes());
    }
    noteTruncation(content, tree);
    var octets = ContentCodings.undo(content.bytes(), asked.headers(), tree);
    var type = contentType(asked.headers());
    var kind = endpoint == null ? BodyKind.AUTO : endpoint.body();
    if (kind == BodyKind.AUTO || kind == BodyKind.NONE) {
      kind = kind(type, asked.path(), octets);
    }
    if (kind == BodyKind.OPAQUE || octets.length == 0) {
      return opaque(octets, tree);
    }
    var view = view(kind, type, octets, asked.headers(), tree);
    if (view == null) {
      return opaque(octets, tree);
    }
    var base64 = endpoint == null ? List.<FieldPattern>of() : endpoint.base64();
    var fields = tree.fields(view, base64);
    return new Decoded.Values(kind, view, fields, tree.notes());
  }

  private static void noteTruncation(Content content, Tree tree) {
    if (content.isTruncated()) {
      tree.note(
          "only the first "
              + content.bytes().length
              + " of "
              + content.length()
              + " octets are kept");
    }
  }

  private static Decoded opaque(byte[] octets, Tree tree) {
    return new Decoded.Opaque(
        octets.length, Octets.entropy(octets), Octets.guess(octets), tree.notes());
  }

  /** The media type in lower case, without parameters; empty when there is none. */
  static String contentType(Headers headers) {
    var value = headers.first("Content-Type").orElse("");
    int semicolon = value.indexOf(';');
    return (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
  }

  private static BodyKind kind(String type, String path, byte[] octets) {
    if (type.startsWith("application/grpc")) {
      return path.contains("MetricsService")
          ? BodyKind.OTLP_METRICS
          : path.contains("LogsService")
              ? BodyKind.OTLP_LOGS
              : path.contains("TraceService") ? BodyKind.OTLP_TRACES : BodyKind.OPAQUE;
    }
    if (path.startsWith("/v1/") && (type.endsWith("protobuf") || type.endsWith("json"))) {
      switch (path) {
        case "/v1/traces" -> {
          return BodyKind.OTLP_TRACES;
        }
        case "/v1/metrics" -> {
          return BodyKind.OTLP_METRICS;
        }
        case "/v1/logs" -> {
          return BodyKind.OTLP_LOGS;
        }
        default -> {
          // Another API that begins in the same way.
        }
      }
    }
    return switch (type) {
      case "application/x-www-form-urlencoded" -> BodyKind.FORM;
      case "application/x-ndjson",
          "application/x-json-stream",
          "application/ndjson",
          "application/jsonl" ->
          BodyKind.NDJSON;
      case "application/x-sentry-envelope" -> BodyKind.SENTRY;
      default -> sniffed(octets);
    };
  }

  private static BodyKind sniffed(byte[] octets) {
    for (byte octet : octets) {
      if (octet == '{' || octet == '[') {
        return BodyKind.JSON;
      }
      if (octet != ' ' && octet != '\n' && octet != '\r' && octet != '\t') {
        break;
      }
    }
    return BodyKind.OPAQUE;
  }

  private static @Nullable Object view(
      BodyKind kind, String type, byte[] octets, Headers headers, Tree tree) {
    return switch (kind) {
      case JSON -> readable(JsonReading.read(text(octets), tree));
      case NDJSON -> readable(lines(text(octets), tree));
      case FORM -> form(text(octets), tree);
      case INFLUX -> readable(LineProtocol.read(text(octets), tree));
      case SENTRY -> SentryEnvelope.read(octets, tree);
      case PROMETHEUS ->
          readable(
              type.contains("protobuf") || !Octets.isText(octets)
                  ? PrometheusText.protobuf(octets, tree)
                  : PrometheusText.read(text(octets), tree));
      case OTLP_TRACES, OTLP_METRICS, OTLP_LOGS -> otlp(kind, type, octets, headers, tree);
      case AUTO, NONE, OPAQUE -> null;
    };
  }

  /** Some clients send an array where they may send lines. */
  private static @Nullable Object lines(String text, Tree tree) {
    return text.stripLeading().startsWith("[")
        ? JsonReading.read(text, tree)
        : JsonReading.lines(text, tree);
  }

  /** Null where nothing was found, so that the body is reported as opaque. */
  private static @Nullable Object readable(@Nullable Object view) {
    return view instanceof Map<?, ?> map && map.isEmpty()
            || view instanceof List<?> list && list.isEmpty()
        ? null
        : view;
  }

  private static Map<String, @Nullable Object> form(String text, Tree tree) {
    var form = new LinkedHashMap<String, @Nullable Object>();
    for (var parameter : Parameter.parse(text)) {
      if (tree.hasRoom()) {
        tree.put(form, tree.name(parameter.name()), tree.text(parameter.value()));
      }
    }
    return form;
  }

  private static @Nullable Object otlp(
      BodyKind kind, String type, byte[] octets, Headers headers, Tree tree) {
    if (type.startsWith("application/grpc")) {
      return readable(grpc(kind, octets, headers, tree));
    }
    if (type.endsWith("json") || !type.endsWith("protobuf") && octets[0] == '{') {
      return Otlp.plain(readable(JsonReading.read(text(octets), tree)));
    }
    return Otlp.plain(readable(ProtobufReading.read(octets, Otlp.type(kind), tree)));
  }

  /**
   * The messages of a gRPC call: each behind an octet that says compressed or not, and its length.
   */
  private static List<@Nullable Object> grpc(
      BodyKind kind, byte[] octets, Headers headers, Tree tree) {
    var messages = new ArrayList<@Nullable Object>();
    int at = 0;
    while (at + GRPC_HEAD <= octets.length
        && messages.size() < GRPC_MESSAGES_MAX
        && tree.hasRoom()) {
      boolean isCompressed = octets[at] == 1;
      long length =
          (octets[at + 1] & 0xffL) << 24
              | (octets[at + 2] & 0xff) << 16
              | (octets[at + 3] & 0xff) << 8
              | octets[at + 4] & 0xff;
      int start = at + GRPC_HEAD;
      int end = (int) Math.min(octets.length, start + length);
      if (end < start + length) {
        tree.note("a gRPC message of " + length + " octets has only " + (end - start));
      }
      var message = Arrays.copyOfRange(octets, start, end);
      if (isCompressed) {
        var coding = headers.first("grpc-encoding").orElse("gzip").toLowerCase(Locale.ROOT);
        message = ContentCodings.undo(message, coding, tree);
      }
      messages.add(Otlp.plain(ProtobufReading.read(message, Otlp.type(kind), tree)));
      at = end;
    }
    return messages;
  }

  private static String text(byte[] octets) {
    return new String(octets, StandardCharsets.UTF_8);
  }
}
