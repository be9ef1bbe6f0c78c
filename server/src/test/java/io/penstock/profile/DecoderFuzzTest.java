package io.penstock.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import io.penstock.json.Json;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that is sent makes a decoder throw, or makes more than the bounds allow. */
class DecoderFuzzTest {

  private static final int ROUNDS = 500;

  private static final String[] TYPES = {
    "", "application/json", "application/x-protobuf", "application/grpc", "text/plain"
  };

  private final Decoder decoder = new Decoder(new PrometheusRegistry());

  @ParameterizedTest
  @EnumSource(BodyKind.class)
  void everyKindSurvivesTruncationsAndMutations(BodyKind kind) throws IOException {
    var random = new Random(kind.ordinal());
    for (var seed : seeds()) {
      for (int length = 0; length <= Math.min(seed.length, 200); length++) {
        check(kind, Arrays.copyOf(seed, length), "", random);
      }
      for (int round = 0; round < ROUNDS / 10; round++) {
        check(kind, mutated(seed, random), "", random);
      }
    }
    for (int round = 0; round < ROUNDS; round++) {
      var octets = new byte[random.nextInt(300)];
      random.nextBytes(octets);
      check(kind, octets, "", random);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "br", "zstd", "nonsense", "gzip,gzip,gzip,gzip,gzip"})
  void everyCodingSurvivesTruncationsAndMutations(String coding) throws IOException {
    var random = new Random(coding.hashCode());
    var text = seeds().getFirst();
    for (var seed : List.of(gzipped(text), Zstd.compress(text), text)) {
      for (int length = 0; length <= seed.length; length += 3) {
        check(BodyKind.AUTO, Arrays.copyOf(seed, length), coding, random);
      }
      for (int round = 0; round < ROUNDS / 5; round++) {
        check(BodyKind.AUTO, mutated(seed, random), coding, random);
      }
    }
  }

  private void check(BodyKind kind, byte[] body, String coding, Random random) {
    var headers =
        Headers.of(
            "Content-Type",
            TYPES[random.nextInt(TYPES.length)],
            "Content-Encoding",
            coding,
            "grpc-encoding",
            "gzip");
    var asked =
        new Asked(
            "https", "h.example", 443, "POST", "/?a=%zz&b", "HTTP/2", headers, Content.of(body));

    var payload = decoder.decode(asked, TestProfiles.endpoint(kind), List.of());

    assertThat(payload.fields()).hasSizeLessThanOrEqualTo(2 * Tree.VALUES_MAX);
    if (payload.body() instanceof Decoded.Values values) {
      assertThat(Json.text(values.view())).isNotEmpty();
    }
  }

  private static byte[] mutated(byte[] seed, Random random) {
    var octets = seed.clone();
    for (int i = random.nextInt(6); i >= 0 && octets.length > 0; i--) {
      octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
    }
    return octets;
  }

  private static byte[] gzipped(byte[] octets) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(octets);
    }
    return out.toByteArray();
  }

  private static List<byte[]> seeds() {
    var resource =
        Resource.newBuilder()
            .addAttributes(
                KeyValue.newBuilder()
                    .setKey("service.name")
                    .setValue(AnyValue.newBuilder().setStringValue("shop")));
    var otlp =
        ExportTraceServiceRequest.newBuilder()
            .addResourceSpans(ResourceSpans.newBuilder().setResource(resource))
            .build()
            .toByteArray();
    var grpc = new byte[otlp.length + 5];
    grpc[0] = 1;
    grpc[4] = (byte) otlp.length;
    System.arraycopy(otlp, 0, grpc, 5, otlp.length);
    return List.of(
        "{\"a\":[1,-2.5e+7,\"\\u00e9\\n\",true,null,{\"b\":{}}],\"a\":\"x\"}\n[1]".getBytes(UTF_8),
        "m,t=a\\ b f=\"q\\\"\",g=1i,h=t 1770278291\nm f=1\n".getBytes(UTF_8),
        "{\"event_id\":\"9\"}\n{\"type\":\"e\",\"length\":7}\n{\"a\":1}\n{\"t\":1}\n\u0001\n"
            .getBytes(UTF_8),
        "# TYPE a gauge\na{b=\"c\\\"\",d=\"\"} 4 17\nup 1\n".getBytes(UTF_8),
        "a=1&b=%C3%A9&c=+&d".getBytes(UTF_8),
        otlp,
        grpc);
  }
}
