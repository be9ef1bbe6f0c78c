package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Asked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of docs/stubs.md work as they stand there. */
class DocumentedStubsTest {

  private static final Pattern EXAMPLE = Pattern.compile("(?s)```yaml\n(.*?)```");

  private static String page() throws IOException {
    return Files.readString(Path.of("../docs/stubs.md"));
  }

  static Stream<String> examples() throws IOException {
    return EXAMPLE.matcher(page()).results().map((MatchResult match) -> match.group(1));
  }

  private static String exampleWith(String words) throws IOException {
    return examples().filter(example -> example.contains(words)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExampleIsADocument(String example) {
    assertThat(Stub.parse(example).problems()).isEmpty();
    assertThat(Stub.parse(example).stubs()).isNotEmpty();
  }

  @Test
  void theValuesOfTheExampleMatch() throws IOException {
    var desk = new Desk(exampleWith("name: values"));
    var url =
        "https://h/?v=4.16.1&tag=a&tag=b&guid=b117a3cd-37e2-4c57-9f9a-5c3c8f1b2d3e"
            + "&note=blue+and+red&mode=full&lic=&env=test";

    assertThat(desk.who(get(url))).isEqualTo("values");
    assertThat(desk.who(get(url + "&debug"))).isEmpty();
    assertThat(desk.who(get(url.replace("env=test", "env=production")))).isEmpty();
  }

  private static Asked get(String url) {
    return Requests.get(url, "User-Agent", "node", "Cookie", "session=1");
  }

  @Test
  void theBodyOfTheExampleMatches() throws IOException {
    var desk = new Desk(exampleWith("name: body"));

    assertThat(
            desk.who(
                Requests.post(
                    "https://h/",
                    "{\"event\": {\"kind\": \"start\", \"host\": \"a\"}, \"version\": \"1.2\"}")))
        .isEqualTo("body");
    assertThat(desk.who(Requests.post("https://h/", "{\"event\": {\"kind\": \"stop\"}}")))
        .isEmpty();
  }

  @Test
  void theTemplateOfTheExampleGivesJson() throws Exception {
    var desk = new Desk(exampleWith("name: echo"));

    var body =
        desk.body(
            Requests.post("https://h/echo?v=1%22", "{\"items\": [{\"id\": 7}, {\"id\": \"x\"}]}"));

    assertThat(io.penstock.json.JsonTree.parse(body))
        .extracting("id", "version", "items")
        .containsExactly(1L, "1\"", java.util.List.of(7L, "x"));
  }

  @Test
  void theScenarioOfTheExampleIsTold() throws IOException {
    var desk = new Desk(exampleWith("name: retry"));
    var asked = Requests.post("https://h/v1/batch", "");

    assertThat(desk.answer(asked)).extracting(Answer::status).isEqualTo(429);
    assertThat(desk.answer(asked)).extracting(Answer::status).isEqualTo(200);
  }

  @Test
  void theMistakesOfThePageAreToldAsTheyStandThere() throws IOException {
    var problem =
        Stub.parse("stubs:\n  - name: a\n    prority: 3\n    answer: {}\n")
            .problems()
            .getFirst()
            .in("telemetry.yaml");

    assertThat(page()).contains(problem.toString());
  }
}
