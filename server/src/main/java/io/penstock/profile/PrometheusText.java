package io.penstock.profile;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Metrics as they are pushed to a Prometheus gateway: the text format, or protobuf messages each
 * behind its length. Both become a map of names to samples.
 */
final class PrometheusText {

  /** Name, labels, value; a time behind them is not looked at. Nothing in it backtracks. */
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*+)(?:\\{(.*)\\})?[ \\t]++(\\S++)(?:[ \\t].*)?");

  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*+)=\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"");

  /** No sample is longer; what repeats in a pattern takes stack for each time. */
  private static final int LINE_MAX = 4 << 10;

  private static final Descriptor FAMILY = family();

  private PrometheusText() {}

  static Map<String, @Nullable Object> read(String text, Tree tree) {
    var families = new LinkedHashMap<String, @Nullable Object>();
    int start = 0;
    for (int number = 1; start < text.length(); number++) {
      int newline = text.indexOf('\n', start);
      int end = newline < 0 ? text.length() : newline;
      var line = text.substring(start, Math.min(end, start + LINE_MAX)).strip();
      start = end + 1;
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (!tree.hasRoom()) {
        break;
      }
      var sample = SAMPLE.matcher(line);
      if (sample.matches()) {
        var labels = sample.group(2);
        add(
            families,
            tree.name(sample.group(1)),
            sample(labels(labels == null ? "" : labels, tree), number(sample.group(3), tree)));
      } else {
        tree.note("line " + number + " is no sample");
      }
    }
    return families;
  }

  private static Map<String, @Nullable Object> labels(String text, Tree tree) {
    var labels = new LinkedHashMap<String, @Nullable Object>();
    var label = LABEL.matcher(text);
    while (label.find() && tree.hasRoom()) {
      tree.put(labels, tree.name(label.group(1)), tree.text(label.group(2)));
    }
    return labels;
  }

  private static Object number(String text, Tree tree) {
    return FieldType.of(text) == FieldType.TEXT || text.startsWith("0") && text.length() > 1
        ? tree.text(text)
        : new Json.Raw(text);
  }

  private static Map<String, @Nullable Object> sample(
      Map<String, @Nullable Object> labels, @Nullable Object value) {
    var sample = new LinkedHashMap<String, @Nullable Object>();
    sample.put("labels", labels);
    sample.put("value", value);
    return sample;
  }

  @SuppressWarnings("unchecked") // Only lists of ours stand in the map.
  private static void add(
      Map<String, @Nullable Object> families, String name, @Nullable Object sample) {
    var samples =
        (List<@Nullable Object>)
            families.computeIfAbsent(name, _ -> new ArrayList<@Nullable Object>());
    if (samples != null) {
      samples.add(sample);
    }
  }

  static Map<String, @Nullable Object> protobuf(byte[] octets, Tree tree) {
    var families = new LinkedHashMap<String, @Nullable Object>();
    for (var message : ProtobufReading.delimited(octets, FAMILY, tree)) {
      if (message instanceof Map<?, ?> family && family.get("metric") instanceof List<?> metrics) {
        var name = String.valueOf(family.get("name"));
        metrics.forEach(metric -> add(families, name, ofMetric(metric)));
      }
    }
    return families;
  }

  private static @Nullable Object ofMetric(@Nullable Object metric) {
    if (!(metric instanceof Map<?, ?> members)) {
      return metric;
    }
    var labels = new LinkedHashMap<String, @Nullable Object>();
    if (members.get("label") instanceof List<?> pairs) {
      for (var pair : pairs) {
        if (pair instanceof Map<?, ?> label) {
          labels.put(String.valueOf(label.get("name")), label.get("value"));
        }
      }
    }
    @Nullable Object value = null;
    for (var member : members.entrySet()) {
      if (member.getValue() instanceof Map<?, ?> kind) {
        value = kind.size() == 1 && kind.containsKey("value") ? kind.get("value") : kind;
      }
    }
    return sample(labels, value);
  }

  /** The messages of io.prometheus.client, of which no library here has the classes. */
  private static Descriptor family() {
    var file =
        FileDescriptorProto.newBuilder()
            .setName("metrics.proto")
            .setPackage("io.prometheus.client")
            .addMessageType(message("LabelPair", text("name", 1), text("value", 2)))
            .addMessageType(
                message("Value", field("value", 1, FieldDescriptorProto.Type.TYPE_DOUBLE)))
            .addMessageType(
                message(
                    "Quantile",
                    field("quantile", 1, FieldDescriptorProto.Type.TYPE_DOUBLE),
                    field("value", 2, FieldDescriptorProto.Type.TYPE_DOUBLE)))
            .addMessageType(
                message(
                    "Summary",
                    field("sample_count", 1, FieldDescriptorProto.Type.TYPE_UINT64),
                    field("sample_sum", 2, FieldDescriptorProto.Type.TYPE_DOUBLE),
                    many("quantile", 3, "Quantile")))
            .addMessageType(
                message(
                    "Bucket",
                    field("cumulative_count", 1, FieldDescriptorProto.Type.TYPE_UINT64),
                    field("upper_bound", 2, FieldDescriptorProto.Type.TYPE_DOUBLE)))
            .addMessageType(
                message(
                    "Histogram",
                    field("sample_count", 1, FieldDescriptorProto.Type.TYPE_UINT64),
                    field("sample_sum", 2, FieldDescriptorProto.Type.TYPE_DOUBLE),
                    many("bucket", 3, "Bucket")))
            .addMessageType(
                message(
                    "Metric",
                    many("label", 1, "LabelPair"),
                    one("gauge", 2, "Value"),
                    one("counter", 3, "Value"),
                    one("summary", 4, "Summary"),
                    one("untyped", 5, "Value"),
                    field("timestamp_ms", 6, FieldDescriptorProto.Type.TYPE_INT64),
                    one("histogram", 7, "Histogram")))
            .addMessageType(
                message(
                    "MetricFamily",
                    text("name", 1),
                    text("help", 2),
                    field("type", 3, FieldDescriptorProto.Type.TYPE_ENUM).toBuilder()
                        .setTypeName("MetricType")
                        .build(),
                    many("metric", 4, "Metric"),
                    text("unit", 5)))
            .addEnumType(types())
            .build();
    try {
      return FileDescriptor.buildFrom(file, new FileDescriptor[0])
          .findMessageTypeByName("MetricFamily");
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException("the messages of Prometheus do not fit together", e);
    }
  }

  private static EnumDescriptorProto types() {
    var types = EnumDescriptorProto.newBuilder().setName("MetricType");
    var names = List.of("COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM");
    for (int i = 0; i < names.size(); i++) {
      types.addValue(EnumValueDescriptorProto.newBuilder().setName(names.get(i)).setNumber(i));
    }
    return types.build();
  }

  private static DescriptorProto message(String name, FieldDescriptorProto... fields) {
    return DescriptorProto.newBuilder().setName(name).addAllField(List.of(fields)).build();
  }

  private static FieldDescriptorProto field(
      String name, int number, FieldDescriptorProto.Type type) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL)
        .build();
  }

  private static FieldDescriptorProto text(String name, int number) {
    return field(name, number, FieldDescriptorProto.Type.TYPE_STRING);
  }

  private static FieldDescriptorProto one(String name, int number, String type) {
    return field(name, number, FieldDescriptorProto.Type.TYPE_MESSAGE).toBuilder()
        .setTypeName(type)
        .build();
  }

  private static FieldDescriptorProto many(String name, int number, String type) {
    return one(name, number, type).toBuilder()
        .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)
        .build();
  }
}
