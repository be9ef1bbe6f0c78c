package io.penstock.dial;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyTest {

  @Test
  void slicesAreWrittenInTheirOrderAndThoseThatAdjoinAreOne() throws IOException {
    byte[] text = "one two three".getBytes(StandardCharsets.US_ASCII);
    byte[] dash = {'-'};
    var body = new Body();

    body.add(text, 0, 3).add(text, 3, 7).add(dash, 0, 1).add(text, 8, 13).add(text, 2, 2);
    for (int i = 0; i < 10; i++) {
      body.add(dash, 0, 1);
    }

    assertThat(body.slices()).isEqualTo(13);
    assertThat(written(body))
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo("one two-three----------");
    assertThat(body.length()).isEqualTo(23);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 64 * 1024, 300_000, 3_000_000})
  void whatIsCompressedIsReadBack(int length) throws IOException {
    var bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    Arrays.fill(bytes, 0, length / 2, (byte) 'x');
    var body = new Body().add(bytes, 0, length / 3).add(bytes, length / 3, length);

    var gzipped = Gzip.of(body);

    try (var in = new GZIPInputStream(new ByteArrayInputStream(written(gzipped)))) {
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }
  }

  private static byte[] written(Body body) throws IOException {
    var out = new ByteArrayOutputStream();
    body.writeTo(out);
    assertThat((long) out.size()).isEqualTo(body.length());
    return out.toByteArray();
  }
}
