package io.penstock.profile;

import com.google.protobuf.Descriptors.Descriptor;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OTLP requests. Attributes come as lists of keys and values, each in a wrapper that names its
 * type; here they become maps, so that a field is called {@code attributes/service.name}.
 */
final class Otlp {

  private Otlp() {}

  static Descriptor type(BodyKind kind) {
    return switch (kind) {
      case OTLP_METRICS -> ExportMetricsServiceRequest.getDescriptor();
      case OTLP_LOGS -> ExportLogsServiceRequest.getDescriptor();
      default -> ExportTraceServiceRequest.getDescriptor();
    };
  }

  /** The same tree with its attributes as maps. */
  static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case List<?> items when isAttributes(items) -> attributes(items);
      case List<?> items -> {
        var plain = new ArrayList<@Nullable Object>(items.size());
        items.forEach(item -> plain.add(plain(item)));
        yield plain;
      }
      case Map<?, ?> members -> {
        var plain = new LinkedHashMap<String, @Nullable Object>();
        members.forEach((name, member) -> plain.put(String.valueOf(name), plain(member)));
        yield plain;
      }
      default -> value;
    };
  }

  private static boolean isAttributes(List<?> items) {
    return !items.isEmpty()
        && items.stream()
            .allMatch(
                item ->
                    item instanceof Map<?, ?> pair
                        && pair.get("key") instanceof String
                        && pair.size() <= 2
                        && (pair.size() == 1 || pair.containsKey("value")));
  }

  private static Map<String, @Nullable Object> attributes(List<?> pairs) {
    var attributes = new LinkedHashMap<String, @Nullable Object>();
    for (var item : pairs) {
      if (item instanceof Map<?, ?> pair) {
        attributes.put(String.valueOf(pair.get("key")), unwrapped(pair.get("value")));
      }
    }
    return attributes;
  }

  private static @Nullable Object unwrapped(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> wrapper) || wrapper.size() != 1) {
      return plain(value);
    }
    var only = wrapper.entrySet().iterator().next();
    if (!String.valueOf(only.getKey()).endsWith("Value")) {
      return plain(value);
    }
    if (only.getValue() instanceof Map<?, ?> nested
        && nested.get("values") instanceof List<?> list) {
      return isAttributes(list) ? attributes(list) : list.stream().map(Otlp::unwrapped).toList();
    }
    return plain(only.getValue());
  }
}
