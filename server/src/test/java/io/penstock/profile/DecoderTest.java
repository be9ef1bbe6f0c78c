package io.penstock.profile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderTest {

  private static final String JSON = "{\"v\":\"1.2\",\"n\":[1,{\"é\":true}],\"x\":null,\"d\":1.5}";

  private final Decoder decoder = new Decoder(new PrometheusRegistry());

  @Test
  void everyValueOfAJsonBodyHasItsPointerTypeAndShape() {
    var payload = decode(JSON.getBytes(UTF_8), "Content-Type", "application/json");

    assertThat(payload.fields())
        .extracting(Field::path, Field::shape, Field::value, Field::type)
        .containsExactly(
            row("/v", "/v", "1.2", FieldType.TEXT),
            row("/n/0", "/n/*", "1", FieldType.INTEGER),
            row("/n/1/é", "/n/*/é", "true", FieldType.TRUTH),
            row("/x", "/x", "", FieldType.NULL),
            row("/d", "/d", "1.5", FieldType.DECIMAL));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "x-gzip", "deflate", "raw", "zstd", "br", "gzip, zstd"})
  void contentCodingsAreUndone(String coding) throws IOException {
    var octets = JSON.getBytes(UTF_8);
    var encoded =
        switch (coding) {
          case "deflate" -> deflated(octets, false);
          case "raw" -> deflated(octets, true);
          case "zstd" -> Zstd.compress(octets);
          case "br" -> storedInBrotli(octets);
          case "gzip, zstd" -> Zstd.compress(gzipped(octets));
          default -> gzipped(octets);
        };

    var payload = decode(encoded, "Content-Encoding", coding.replace("raw", "deflate"));

    assertThat(values(payload)).containsEntry("/v", "1.2").hasSize(5);
    assertThat(payload.notes()).isEmpty();
  }

  @Test
  void gzipIsRecognisedWithoutItsHeader() throws IOException {
    var payload = decode(gzipped(JSON.getBytes(UTF_8)));

    assertThat(values(payload)).containsEntry("/v", "1.2");
    assertThat(payload.notes()).containsExactly("gzip without a Content-Encoding");
  }

  @Test
  void aBombIsStoppedAndNoted() throws IOException {
    var bomb = gzipped(new byte[64 << 20]);

    var payload = decode(bomb, "Content-Encoding", "gzip");

    assertThat(payload.notes())
        .anySatisfy(note -> assertThat(note).startsWith("gzip: stopped at "));
    assertThat(payload.body())
        .isInstanceOfSatisfying(
            Decoded.Opaque.class,
            opaque -> assertThat(opaque.octets()).isLessThanOrEqualTo(ContentCodings.OCTETS_MAX));
  }

  @Test
  void aBodyThatWasCutKeepsWhatWasReadBefore() throws IOException {
    var encoded = gzipped(("{\"a\":1,\"b\":\"" + random(4_000) + "\"}").getBytes(UTF_8));
    var cut = Arrays.copyOf(encoded, encoded.length / 2);

    var payload =
        decoder.decode(asked(new Content(cut, encoded.length), "Content-Encoding", "gzip"));

    assertThat(values(payload)).containsEntry("/a", "1");
    assertThat(payload.notes())
        .contains("only the first " + cut.length + " of " + encoded.length + " octets are kept")
        .anySatisfy(note -> assertThat(note).startsWith("gzip: does not decompress beyond"));
  }

  @Test
  void severalJsonTextsAreAListAndABrokenLineIsKeptAsText() {
    var payload =
        decode(
            "{\"a\":1}\nnot json\n{\"a\":2}\n".getBytes(UTF_8),
            "Content-Type",
            "application/x-ndjson");

    assertThat(values(payload))
        .containsExactly(
            Map.entry("/0/a", "1"), Map.entry("/1", "not json"), Map.entry("/2/a", "2"));
    assertThat(payload.notes()).containsExactly("line 2 is not JSON");
  }

  @Test
  void aMemberThatComesTwiceIsKeptTwice() {
    var payload = decode("{\"id\":\"shown\",\"id\":\"hidden\"}".getBytes(UTF_8));

    assertThat(values(payload)).containsEntry("/id", "shown").containsEntry("/id#2", "hidden");
    assertThat(payload.notes()).containsExactly("'id' comes more than once");
  }

  @Test
  void aFormIsRead() {
    var payload =
        decode("a=1&b=x+y".getBytes(UTF_8), "Content-Type", "application/x-www-form-urlencoded");

    assertThat(values(payload)).containsEntry("/a", "1").containsEntry("/b", "x y");
  }

  @Test
  void lineProtocolKeepsTypesAndEscapes() {
    var line =
        "command_run,command=install,os=Mac\\ OS,ci=false options=\"--with \\\"x\\\"\",n=3i,ok=t"
            + " 1770278291\n# a comment\nnonsense\n";

    var payload = decode(BodyKind.INFLUX, line.getBytes(UTF_8));

    assertThat(values(payload))
        .containsEntry("/0/measurement", "command_run")
        .containsEntry("/0/tags/os", "Mac OS")
        .containsEntry("/0/fields/options", "--with \"x\"")
        .containsEntry("/0/fields/n", "3")
        .containsEntry("/0/fields/ok", "true")
        .containsEntry("/0/time", "1770278291");
    assertThat(payload.notes()).containsExactly("line 3 is not line protocol");
  }

  @Test
  void aSentryEnvelopeHasItemsWithAndWithoutLength() {
    var envelope =
        """
        {"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}
        {"type":"event","length":16}
        {"a":1,"b":[
        2]}
        {"type":"attachment"}
        \1\2
        {"type":"session"}
        {"sid":"s"}""";

    var payload = decode(BodyKind.SENTRY, envelope.getBytes(UTF_8));

    assertThat(values(payload))
        .containsEntry("/header/event_id", "9ec79c33ec9942ab8353589fcb2e04dc")
        .containsEntry("/items/0/payload/b/0", "2")
        .containsEntry("/items/1/payload", "2 octets, entropy 1.0")
        .containsEntry("/items/2/payload/sid", "s");
  }

  @Test
  void otlpIsTheSameFromProtobufFromJsonAndThroughGrpc() {
    var protobuf = traces().toByteArray();
    var json =
        """
        {"resourceSpans":[{"resource":{"attributes":[
          {"key":"service.name","value":{"stringValue":"shop"}},
          {"key":"tags","value":{"arrayValue":{"values":[{"intValue":7}]}}}]},
          "scopeSpans":[{"spans":[{"traceId":"0102","name":"pay"}]}]}]}
        """;
    var grpc =
        ByteBuffer.allocate(5 + protobuf.length)
            .put((byte) 0)
            .putInt(protobuf.length)
            .put(protobuf);

    var fromProtobuf =
        decode(BodyKind.OTLP_TRACES, protobuf, "Content-Type", "application/x-protobuf");
    var fromJson =
        decode(BodyKind.OTLP_TRACES, json.getBytes(UTF_8), "Content-Type", "application/json");
    var fromGrpc =
        decode(BodyKind.OTLP_TRACES, grpc.array(), "Content-Type", "application/grpc+proto");

    var expected =
        Map.of(
            "/resourceSpans/0/resource/attributes/service.name", "shop",
            "/resourceSpans/0/resource/attributes/tags/0", "7",
            "/resourceSpans/0/scopeSpans/0/spans/0/traceId", "0102",
            "/resourceSpans/0/scopeSpans/0/spans/0/name", "pay");
    assertThat(values(fromProtobuf)).isEqualTo(expected);
    assertThat(values(fromJson)).isEqualTo(expected);
    assertThat(values(fromGrpc).keySet())
        .containsExactlyInAnyOrderElementsOf(
            expected.keySet().stream().map(path -> "/0" + path).toList());
  }

  @Test
  void aPrometheusPushIsReadAsTextAndAsProtobuf() {
    var text = "# TYPE a gauge\nbuckets{id=\"9a\",v=\"2.7\"} 4 1770278291000\nup 1\nnonsense\n";
    var fromText = decode(BodyKind.PROMETHEUS, text.getBytes(UTF_8), "Content-Type", "text/plain");
    var fromProtobuf =
        decode(
            BodyKind.PROMETHEUS,
            gauge(),
            "Content-Type",
            "application/vnd.google.protobuf; encoding=delimited");

    assertThat(values(fromText))
        .containsEntry("/buckets/0/labels/id", "9a")
        .containsEntry("/buckets/0/value", "4")
        .containsEntry("/up/0/value", "1");
    assertThat(fromText.notes()).containsExactly("line 4 is no sample");
    assertThat(values(fromProtobuf))
        .containsEntry("/up/0/labels/id", "9a")
        .containsEntry("/up/0/value", "4.0");
  }

  @Test
  void whatIsWrappedInBase64IsFollowedOnce() {
    var inner =
        Base64.getEncoder().encodeToString("{\"a\":{\"b\":\"eyJjIjoxfQ==\"}}".getBytes(UTF_8));
    var asked =
        TestProfiles.post(
            "collect.traefik.io", "/token", "{\"Configuration\":\"" + inner + "\",\"Hash\":\"1\"}");

    var explanation = TestProfiles.shipped().explain(asked, null);

    assertThat(explanation.fields())
        .extracting(field -> field.field().path())
        .containsExactly("1", "/Configuration", "/Configuration/(base64)/a/b", "/Hash");
    assertThat(explanation.unknown()).isEmpty();
  }

  @Test
  void whatNobodyCanReadIsReportedWithItsSizeAndEntropy() {
    var octets = new byte[4_000];
    new Random(1).nextBytes(octets);
    octets[0] = 1;

    var payload = decode(octets, "Content-Type", "application/octet-stream");

    assertThat(payload.body())
        .isInstanceOfSatisfying(
            Decoded.Opaque.class,
            opaque -> {
              assertThat(opaque.octets()).isEqualTo(4_000);
              assertThat(opaque.entropy()).isBetween(7.5, 8.0);
              assertThat(opaque.guess()).isEqualTo("encrypted or compressed");
            });
  }

  @Test
  void hostileShapesEndAtTheirBounds() {
    var deep = decode("[".repeat(1_000_000).getBytes(UTF_8), "Content-Type", "application/json");
    var wide = decode(("[" + "1,".repeat(1_000_000) + "1]").getBytes(UTF_8));
    var names = decode(("{" + ("\"" + "n".repeat(100) + "\":{").repeat(30_000)).getBytes(UTF_8));
    var text = decode(("\n{\"a\":\"" + "x".repeat(3_000_000) + "\"}").getBytes(UTF_8));

    assertThat(deep.notes()).contains("stopped at a depth of " + Tree.DEPTH_MAX);
    assertThat(wide.fields()).hasSizeLessThanOrEqualTo(Tree.VALUES_MAX);
    assertThat(wide.notes()).contains("stopped at " + Tree.VALUES_MAX + " values");
    assertThat(names.fields()).hasSizeLessThanOrEqualTo(Tree.VALUES_MAX);
    assertThat(text.fields().getFirst().value()).hasSize(Tree.TEXT_MAX);
  }

  private static Tuple row(Object... values) {
    return Tuple.tuple(values);
  }

  /** MetricFamily{name "up", metric{label{"id", "9a"}, gauge{4.0}}} behind its length. */
  private static byte[] gauge() {
    var label =
        message(1, concat(message(1, "id".getBytes(UTF_8)), message(2, "9a".getBytes(UTF_8))));
    var value = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN).put((byte) 9).putDouble(4);
    var metric = message(4, concat(label, message(2, value.array())));
    var family = concat(message(1, "up".getBytes(UTF_8)), metric);
    return concat(new byte[] {(byte) family.length}, family);
  }

  private static byte[] message(int number, byte[] content) {
    return concat(new byte[] {(byte) (number << 3 | 2), (byte) content.length}, content);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }

  private static ExportTraceServiceRequest traces() {
    var list =
        AnyValue.newBuilder()
            .setArrayValue(ArrayValue.newBuilder().addValues(AnyValue.newBuilder().setIntValue(7)));
    var resource =
        Resource.newBuilder()
            .addAttributes(
                KeyValue.newBuilder()
                    .setKey("service.name")
                    .setValue(AnyValue.newBuilder().setStringValue("shop")))
            .addAttributes(KeyValue.newBuilder().setKey("tags").setValue(list));
    var span = Span.newBuilder().setTraceId(ByteString.copyFrom(new byte[] {1, 2})).setName("pay");
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(resource)
                .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
        .build();
  }

  private Payload decode(byte[] body, String... headers) {
    return decoder.decode(asked(Content.of(body), headers));
  }

  private Payload decode(BodyKind kind, byte[] body, String... headers) {
    return decoder.decode(asked(Content.of(body), headers), TestProfiles.endpoint(kind), List.of());
  }

  private static Asked asked(Content body, String... headers) {
    return new Asked("https", "h.example", 443, "POST", "/", "HTTP/1.1", Headers.of(headers), body);
  }

  private static Map<String, String> values(Payload payload) {
    return payload.fields().stream()
        .collect(Collectors.toMap(Field::path, Field::value, (a, _) -> a, LinkedHashMap::new));
  }

  private static String random(int length) {
    return new Random(7)
        .ints(length, 'a', 'z')
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static byte[] gzipped(byte[] octets) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(octets);
    }
    return out.toByteArray();
  }

  private static byte[] deflated(byte[] octets, boolean isRaw) throws IOException {
    var out = new ByteArrayOutputStream();
    var deflater = new Deflater(9, isRaw);
    try (var stream = new DeflaterOutputStream(out, deflater)) {
      stream.write(octets);
    } finally {
      deflater.end();
    }
    return out.toByteArray();
  }

  /**
   * One uncompressed meta-block and an empty last one (RFC 7932 §9.2): window bits 16, not the
   * last, four nibbles of length - 1, uncompressed.
   */
  private static byte[] storedInBrotli(byte[] octets) {
    long bits = (long) (octets.length - 1) << 4 | 1L << 20;
    return ByteBuffer.allocate(3 + octets.length + 1)
        .put((byte) bits)
        .put((byte) (bits >> 8))
        .put((byte) (bits >> 16))
        .put(octets)
        .put((byte) 3)
        .array();
  }
}
