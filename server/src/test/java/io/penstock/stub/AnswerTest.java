package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AnswerTest {

  private static Answer answer(Desk desk) {
    return Objects.requireNonNull(desk.answer(Requests.get("http://h/")));
  }

  private static Answer answer(String answer) {
    return answer(new Desk("{name: a, answer: " + answer + "}"));
  }

  @Test
  void aPlainAnswerIsReadyToSendAndTheSameEachTime() {
    var desk =
        new Desk("{name: a, answer: {status: 201, headers: {x: [1, 2], y: z}, body: hello}}");

    var first = answer(desk);

    assertThat(first.status()).isEqualTo(201);
    assertThat(first.headers()).isEqualTo(Headers.of("x", "1", "x", "2", "y", "z"));
    assertThat(first.body()).asString().isEqualTo("hello");
    assertThat(first.pace()).isSameAs(Answer.Pace.AT_ONCE);
    assertThat(answer(desk).body()).isSameAs(first.body());
  }

  @Test
  void aBodyIsTextOctetsOrJson() {
    assertThat(answer("{body: '{{not}} a template'}").body()).asString().contains("{{not}}");
    assertThat(answer("{bodyBase64: AAH/}").body()).containsExactly(0, 1, 0xff);
    assertThat(answer("{json: {a: [1, null, x]}}").body())
        .asString()
        .isEqualTo("{\"a\":[1,null,\"x\"]}");
    assertThat(answer("{json: {}}").headers().first("content-type")).contains("application/json");
    assertThat(answer("{}").body()).isEmpty();
  }

  @Test
  void trailersComeBehindTheBody() {
    assertThat(answer("{trailers: {grpc-status: 0}}").trailers())
        .isEqualTo(Headers.of("grpc-status", "0"));
  }

  @Test
  void anAnswerWaitsAndTakesItsTime() {
    var pace = answer("{delay: 250ms, bodyOver: 5s}").pace();

    assertThat(pace.delay()).isEqualTo(Duration.ofMillis(250));
    assertThat(pace.bodyOver()).isEqualTo(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @EnumSource(value = Answer.Fault.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void eachFaultHasItsWord(Answer.Fault fault) {
    var word = fault.name().toLowerCase(java.util.Locale.ROOT);

    assertThat(answer("{fault: " + word + "}").pace().fault()).isEqualTo(fault);
  }

  private static List<Answer> thousand(String answer) {
    var desk = new Desk("{name: a, answer: " + answer + "}");
    var answers = new ArrayList<Answer>();
    for (int i = 0; i < 1_000; i++) {
      answers.add(answer(desk));
    }
    return answers;
  }

  @Test
  void aFaultStrikesSoManyInAHundred() {
    var resets =
        thousand("{fault: {kind: reset, percent: 20}}").stream()
            .filter(a -> a.pace().fault() == Answer.Fault.RESET)
            .count();
    var errors =
        thousand("{body: x, fault: {status: 503, percent: 20}}").stream()
            .filter(a -> a.status() == 503 && a.body().length == 0)
            .count();

    assertThat(resets).isBetween(150L, 250L);
    assertThat(errors).isBetween(150L, 250L);
  }

  @Test
  void uniformDelaysLieBetweenTheirEnds() {
    var delays =
        thousand("{delay: {uniform: [10ms, 50ms]}}").stream().map(a -> a.pace().delay()).toList();

    assertThat(delays).allMatch(d -> d.toMillis() >= 10 && d.compareTo(Duration.ofMillis(50)) <= 0);
    assertThat(delays).anyMatch(d -> d.toMillis() < 15).anyMatch(d -> d.toMillis() > 45);
  }

  @Test
  void halfOfTheLogNormalDelaysAreBelowTheMedianAndTheTailIsCut() {
    var delays =
        thousand("{delay: {median: 100ms, sigma: 1, most: 2s}}").stream()
            .map(a -> a.pace().delay())
            .toList();

    assertThat(delays.stream().filter(d -> d.toMillis() < 100).count()).isBetween(430L, 570L);
    assertThat(delays).anyMatch(d -> d.toMillis() > 500);
    assertThat(delays).allMatch(d -> d.compareTo(Duration.ofSeconds(2)) <= 0);
  }
}
