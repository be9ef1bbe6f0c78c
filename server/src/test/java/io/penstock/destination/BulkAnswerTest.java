package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.destination.BulkAnswer.NotAnAnswerException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BulkAnswerTest {

  private final List<String> items = new ArrayList<>();

  private BulkAnswer read(InputStream in) throws IOException {
    var answer =
        new BulkAnswer(
            in,
            (index, status, failure, store) -> {
              items.add(
                  index
                      + " "
                      + status
                      + (failure == null ? "" : " " + failure)
                      + (store == null ? "" : " store " + store));
              return true;
            });
    answer.read();
    return answer;
  }

  private BulkAnswer read(String text) throws IOException {
    return read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void everyItemIsToldInItsOrder() throws Exception {
    var answer =
        read(
            """
            {"took":3, "errors":true , "items" : [
              {"create":{"_index":"a","_shards":{"total":2,"failures":[{"x":[]},1.5e3,null]},"status":201}},
              {"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"failed",
                "caused_by":{"type":"number_format_exception","reason":"For \\"many\\""}}}},
              {"create":{"status":201,"failure_store":"used"}},
              {"create":{"error":"old servers say a text","status":500}}
            ]}""");

    assertThat(answer.count()).isEqualTo(4);
    assertThat(answer.failure()).isNull();
    assertThat(items)
        .containsExactly(
            "0 201",
            "1 400 mapper_parsing_exception: failed: For \"many\"",
            "2 201 store used",
            "3 500 old servers say a text");
  }

  @Test
  void theErrorOfTheWholeRequestIsTold() throws Exception {
    var answer =
        read(
            """
            {"error":{"root_cause":[{"type":"a","reason":"b"}],"type":"parse_exception",
            "reason":"request body is required"},"status":400}""");

    assertThat(answer.failure()).hasToString("parse_exception: request body is required");
    assertThat(items).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>200 OK</html>",
        "[]",
        "{",
        "{\"items\":",
        "{\"items\":[",
        "{\"items\":[{\"create\":{\"status\":201}}",
        "{\"items\":[{\"create\":{\"status\":\"201\"}}]}",
        "{\"items\":[{\"create\":{\"status\":true}}]}",
        "{\"items\":{}}",
        "{\"items\":[1]}",
        "{\"items\":[{\"create\":1}]}",
        "{\"items\" 1}",
        "{\"a\":nul\u0000}",
        "{\"a\":\"\\u12G4\"}",
        "{\"a\":\"not ended",
      })
  void whatIsSomethingElseIsNotAnAnswer(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(NotAnAnswerException.class);
  }

  @Test
  void everyPrefixOfAnAnswerIsNone() throws Exception {
    var whole =
        "{\"errors\":true,\"items\":[{\"create\":{\"error\":{\"type\":\"t\",\"reason\":\"\\u0041\\n\"},"
            + "\"status\":429}}]}";
    read(whole);

    for (int end = 0; end < whole.length(); end++) {
      var prefix = whole.substring(0, end);
      assertThatThrownBy(() -> read(prefix)).isInstanceOf(NotAnAnswerException.class);
    }
  }

  @Test
  void nestingWithoutEndIsNotFollowed() {
    var deep = "{\"a\":" + "[".repeat(100_000);
    var causes = "{\"error\":" + "{\"caused_by\":".repeat(100_000);

    assertThatThrownBy(() -> read(deep)).isInstanceOf(NotAnAnswerException.class);
    assertThatThrownBy(() -> read(causes)).isInstanceOf(NotAnAnswerException.class);
  }

  @Test
  void noiseIsAnAnswerOrNotAndNothingElse() {
    var random = new Random(5);
    var alphabet = "{}[]\":,0129tfn\\u items status create error ";
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder("{\"items\":[{\"create\":{");
      for (int length = random.nextInt(60); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        read(text.toString());
      } catch (IOException e) {
        assertThat(e).isInstanceOf(NotAnAnswerException.class);
      }
    }
  }

  @Test
  void ofALongTextOnlyTheBeginningIsKept() throws Exception {
    var answer = read("{\"error\":{\"type\":\"t\",\"reason\":\"" + "x".repeat(5_000_000) + "\"}}");

    assertThat(answer.failure())
        .isNotNull()
        .extracting(failure -> failure.reason().length())
        .isEqualTo(400);
  }

  @Test
  void whoeverWantsNoMoreItemsReadsNoMore() throws Exception {
    var start = "{\"items\":[{\"create\":{\"status\":201}}".getBytes(StandardCharsets.UTF_8);
    var item = ",{\"create\":{\"status\":201}}".getBytes(StandardCharsets.UTF_8);
    var reads = new AtomicInteger();
    var endless =
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] to, int offset, int length) {
            var next = reads.getAndIncrement() == 0 ? start : item;
            System.arraycopy(next, 0, to, offset, next.length);
            return next.length;
          }
        };

    new BulkAnswer(endless, (index, _, _, _) -> index < 10).read();

    assertThat(reads.get()).isLessThan(20);
  }
}
