package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class VerificationTest {

  private static final String STUBS =
      """
      stubs:
        - name: telemetry
          request: {method: GET, host: cdn.example, path: /telemetry/index.html, query: {v: '1'}}
          answer: {}
        - name: download
          request: {method: GET, host: cdn.example, pathPattern: /dl/*}
          answer: {}
        - name: elsewhere
          request: {method: PUT, host: other.example, path: /x}
          answer: {}
      """;

  private static RequestMatcher matcher(Object... namesAndValues) {
    return Objects.requireNonNull(RequestMatcher.parse(Json.object(namesAndValues)).matcher());
  }

  @Test
  void requestsAreCountedByWhatTheyAre() {
    var desk = new Desk(STUBS);
    desk.answer(Requests.get("https://cdn.example/telemetry/index.html?v=1"));
    desk.answer(Requests.get("https://cdn.example/telemetry/index.html?v=1"));
    desk.answer(Requests.get("https://cdn.example/telemetry/index.html?v=2"));

    var verification = desk.stubs.verification();

    assertThat(verification.count(matcher("path", "/telemetry/index.html"))).isEqualTo(3);
    assertThat(verification.count(matcher("query", Map.of("v", "1")))).isEqualTo(2);
    assertThat(verification.requests())
        .extracting(Verification.Seen::stub)
        .containsExactly("telemetry", "telemetry", null);
    assertThat(verification.unmatched()).hasSize(1);
  }

  @Test
  void theOrderOfRequestsIsVerified() {
    var desk = new Desk(STUBS);
    desk.answer(Requests.get("https://h/a"));
    desk.answer(Requests.get("https://h/between"));
    desk.answer(Requests.get("https://h/b"));
    var verification = desk.stubs.verification();

    assertThat(verification.inOrder(List.of(matcher("path", "/a"), matcher("path", "/b"))))
        .isTrue();
    assertThat(verification.inOrder(List.of(matcher("path", "/b"), matcher("path", "/a"))))
        .isFalse();
    assertThat(verification.inOrder(List.of(matcher("path", "/a"), matcher("path", "/a"))))
        .isFalse();
  }

  @Test
  void theNearestStubComesFirstWithWhatDiffered() {
    var desk = new Desk(STUBS);
    var asked = Requests.get("https://cdn.example/telemetry/indx.html?v=2");
    assertThat(desk.answer(asked)).isNull();

    var near = desk.stubs.verification().nearMisses(asked, 3);

    assertThat(near).extracting(Verification.NearMiss::stub).startsWith("telemetry", "download");
    assertThat(near.getFirst().differences())
        .containsExactly(
            new Verification.Difference("path", "/telemetry/index.html", "/telemetry/indx.html"),
            new Verification.Difference("query v", "'1'", "2"));
    assertThat(near.getFirst().distance()).isLessThan(0.3);
    assertThat(Json.text(near.getFirst().toJson())).contains("\"about\":\"query v\"");
  }

  @Test
  void aStubWhoseTurnItIsNotSaysSo() {
    var desk =
        new Desk(
            "{name: later, request: {path: /a}, scenario: {name: s, requires: over}, answer: {}}",
            "{name: once, request: {path: /a}, times: 1, answer: {}}");
    var asked = Requests.get("https://h/a");
    desk.answer(asked);

    var near = desk.stubs.verification().nearMisses(asked, 5);

    assertThat(near)
        .extracting(Verification.NearMiss::stub, miss -> miss.differences().getFirst().about())
        .containsExactlyInAnyOrder(tuple("later", "scenario s"), tuple("once", "times"));
  }

  @Test
  void secretsAreNotShownInDifferences() {
    var desk = new Desk("{name: a, request: {headers: {authorization: Bearer x}}, answer: {}}");
    var asked = Requests.get("https://h/", "Authorization", "Bearer s3cret");

    var near =
        new Desk("{name: a, request: {path: /, headers: {authorization: Bearer x}}, answer: {}}")
            .stubs
            .verification()
            .nearMisses(asked, 1);

    assertThat(desk.answer(asked)).isNull();
    assertThat(near).hasSize(1);
    assertThat(near.toString()).doesNotContain("s3cret");
  }

  @Test
  void theJournalForgetsTheOldestAndCountsIt() {
    var desk = new Desk(new StubConfig(3, 1 << 20));

    for (int i = 0; i < 5; i++) {
      desk.answer(Requests.get("https://h/" + i));
    }

    assertThat(desk.stubs.verification().requests())
        .extracting(seen -> seen.asked().path())
        .containsExactly("/2", "/3", "/4");
    assertThat(desk.counted("intercept_stub_journal_dropped")).isEqualTo(2);
  }

  @Test
  void theJournalIsBoundedBySize() {
    var desk = new Desk(new StubConfig(1_000, 10_000));

    for (int i = 0; i < 50; i++) {
      desk.answer(Requests.post("https://h/" + i, "x".repeat(1_000)));
    }

    assertThat(desk.stubs.verification().requests()).hasSizeBetween(5, 10);
  }

  @Test
  void aMatcherWithAProblemIsNone() {
    var read = RequestMatcher.parse(Json.object("pathh", "/a"));

    assertThat(read.matcher()).isNull();
    assertThat(read.problems()).hasSize(1);
  }
}
