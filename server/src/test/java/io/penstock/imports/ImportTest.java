package io.penstock.imports;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Ip;
import io.penstock.exchange.Answered;
import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.stub.Answer;
import io.penstock.stub.Desk;
import io.penstock.stub.ReferenceSurface;
import io.penstock.stub.Requests;
import io.penstock.stub.Stub;
import io.penstock.stub.StubWriter;
import io.penstock.stub.Stubs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportTest {

  private final Random random = new Random(42);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Desk desk(Imported imported) {
    var desk = new Desk();
    desk.stubs.replace(Stubs.Layer.API, imported.stubs());
    return desk;
  }

  private static final String MAPPINGS =
      """
      {"mappings": [
        {"id": "1", "name": "exact", "priority": 1, "persistent": true,
         "request": {"method": "GET", "url": "/exact?a=1"},
         "response": {"status": 200, "body": "exact",
                      "headers": {"Content-Type": "text/plain", "Content-Length": "5",
                                  "X-Two": ["1", "2"]}}},
        {"name": "query",
         "request": {"method": "ANY", "urlPath": "/query",
           "queryParameters": {"v": {"equalTo": "1"}, "w": {"absent": true},
                               "x": {"doesNotContain": "bad"}}},
         "response": {"status": 204}},
        {"name": "body",
         "request": {"method": "POST", "urlPathPattern": "/body/[0-9]+",
           "headers": {"Content-Type": {"contains": "json"}},
           "basicAuthCredentials": {"username": "u", "password": "p"},
           "bodyPatterns": [
             {"equalToJson": "{\\"a\\": [2, 1]}", "ignoreArrayOrder": true, "ignoreExtraElements": true},
             {"matchesJsonPath": {"expression": "$.b", "equalTo": "x"}},
             {"matchesJsonPath": "$.a"}]},
         "response": {"status": 201, "jsonBody": {"ok": true}}},
        {"name": "template",
         "request": {"method": "GET", "urlPathTemplate": "/things/{id}/parts"},
         "response": {"status": 200, "transformers": ["response-template"],
                      "body": "{{request.path.[1]}} {{request.query.q}} {{jsonPath '{\\"a\\":3}' '$.a'}}"}},
        {"name": "login", "scenarioName": "s", "newScenarioState": "in",
         "request": {"method": "POST", "urlPath": "/login"}, "response": {"status": 200}},
        {"name": "in", "scenarioName": "s", "requiredScenarioState": "in",
         "request": {"method": "GET", "urlPath": "/me"}, "response": {"status": 200}},
        {"name": "out", "scenarioName": "s", "requiredScenarioState": "Started",
         "request": {"method": "GET", "urlPath": "/me"}, "response": {"status": 401}},
        {"name": "slow", "request": {"urlPath": "/slow"},
         "response": {"status": 200, "fixedDelayMilliseconds": 70,
                      "chunkedDribbleDelay": {"numberOfChunks": 5, "totalDuration": 1000}}},
        {"name": "lognormal", "request": {"urlPath": "/lognormal"},
         "response": {"delayDistribution": {"type": "lognormal", "median": 80, "sigma": 0.4}}},
        {"name": "fault", "request": {"urlPath": "/fault"},
         "response": {"fault": "CONNECTION_RESET_BY_PEER"}}
      ]}
      """;

  @Test
  void mappingsOfWireMockBecomeStubs() {
    var imported = WireMockImport.read(utf8(MAPPINGS));
    var desk = desk(imported);

    assertThat(imported.notes()).isEmpty();
    var exact = Objects.requireNonNull(desk.answer(Requests.get("http://h/exact?a=1")));
    assertThat(exact.headers())
        .isEqualTo(Headers.of("Content-Type", "text/plain", "X-Two", "1", "X-Two", "2"));
    assertThat(desk.who(Requests.get("http://h/exact?a=2"))).isEmpty();
    assertThat(desk.who(Requests.get("http://h/query?v=0&v=1&x=good"))).isEqualTo("query");
    assertThat(desk.who(Requests.get("http://h/query?v=1&x=bad"))).isEmpty();
    assertThat(desk.who(Requests.get("http://h/query?v=1&w=&x=good"))).isEmpty();
    assertThat(desk.body(Requests.get("http://h/things/77/parts?q=y"))).isEqualTo("77 y 3");
    assertThat(desk.who(Requests.get("http://h/me"))).isEqualTo("out");
    assertThat(desk.who(Requests.post("http://h/login", ""))).isEqualTo("login");
    assertThat(desk.who(Requests.get("http://h/me"))).isEqualTo("in");
    var slow = Objects.requireNonNull(desk.answer(Requests.get("http://h/slow"))).pace();
    assertThat(slow.delay()).hasMillis(70);
    assertThat(slow.bodyOver()).hasSeconds(1);
    assertThat(Objects.requireNonNull(desk.answer(Requests.get("http://h/fault"))).pace().fault())
        .isEqualTo(Answer.Fault.RESET);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"a": [1, 2], "b": "x", "c": 0} | Basic dTpw | body
          {"a": [1, 2], "b": "y"}         | Basic dTpw | ''
          {"a": [1], "b": "x"}            | Basic dTpw | ''
          {"a": [1, 2], "b": "x"}         | Basic nope | ''
          """)
  void theBodiesAndLoginsOfWireMockAreCompared(String body, String login, String who) {
    var desk = desk(WireMockImport.read(utf8(MAPPINGS)));

    var asked =
        Requests.post(
            "http://h/body/7", body, "Content-Type", "application/json", "Authorization", login);

    assertThat(desk.who(asked)).isEqualTo(who);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"request": {"clientIp": {"equalTo": "1.2.3.4"}}}             | request.clientIp
          {"request": {"customMatcher": {"name": "x"}}}                 | request.customMatcher
          {"request": {"bodyPatterns": [{"equalToXml": "<a/>"}]}}       | bodyPatterns[0].equalToXml
          {"request": {"bodyPatterns": [{"matchesXPath": "//a"}]}}      | bodyPatterns[0].matchesXPath
          {"request": {"queryParameters": {"d": {"before": "now"}}}}    | queryParameters.d.before
          {"request": {"headers": {"a": {"hasExactly": [{"contains": "b"}]}}}} | headers.a.hasExactly
          {"request": {"host": {"matches": "a.*"}}}                     | request.host
          {"request": {"urlPathPattern": "("}}                          | no regular expression
          {"response": {"proxyBaseUrl": "http://other"}}                | proxyBaseUrl
          {"response": {"bodyFileName": "x.json"}}                      | bodyFileName 'x.json'
          {"response": {"transformers": ["response-template"], "body": "{{randomValue"}} | no template
          7                                                             | no mapping
          """)
  void aMappingThatWouldAnswerOtherwiseIsLeftOutAndSaysWhy(String mapping, String why) {
    var imported = WireMockImport.read(utf8(mapping));

    assertThat(imported.stubs()).isEmpty();
    assertThat(imported.notes()).anySatisfy(n -> assertThat(n.what()).contains(why));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"postServeActions": []}                         | postServeActions
          {"response": {"statusMessage": "Fine"}}          | response.statusMessage
          {"response": {"transformers": ["mine"]}}         | transformer mine
          {"response": {"fault": "METEORITE"}}             | fault METEORITE
          {"response": {"transformers": ["response-template"], "body": "{{request.clientIp}}"}} | request.clientIp
          """)
  void whatElseIsNotKnownIsLeftAwayAndNoted(String mapping, String what) {
    var imported = WireMockImport.read(utf8(mapping));

    assertThat(imported.stubs()).hasSize(1);
    assertThat(imported.notes()).singleElement().asString().contains(what);
  }

  @Test
  void aFolderOfWireMockIsReadWithItsFiles(@TempDir Path folder) throws IOException {
    Files.createDirectories(folder.resolve("mappings/deep"));
    Files.createDirectories(folder.resolve("__files"));
    Files.write(folder.resolve("__files/body.bin"), new byte[] {(byte) 0xff, 0});
    Files.writeString(folder.resolve("secret.txt"), "secret");
    Files.writeString(
        folder.resolve("mappings/deep/a.json"),
        "{\"name\": \"a\", \"response\": {\"bodyFileName\": \"body.bin\"}}");
    Files.writeString(
        folder.resolve("mappings/b.json"),
        "{\"name\": \"b\", \"response\": {\"bodyFileName\": \"../secret.txt\"}}");
    Files.writeString(folder.resolve("mappings/c.json"), "{not json");

    var imported = WireMockImport.read(folder);

    assertThat(imported.stubs()).extracting(Stub::name).containsExactly("a");
    assertThat(desk(imported).answer(Requests.get("http://h/")))
        .extracting(Answer::body)
        .isEqualTo(new byte[] {(byte) 0xff, 0});
    assertThat(imported.notes().toString())
        .contains("is not below the folder", "c.json: left out: not JSON");
  }

  private static final String HAR =
      """
      {"log": {"version": "1.2", "entries": [
        {"request": {"method": "GET", "url": "https://cdn.example/a?v=1&v=2", "headers": []},
         "response": {"status": 200,
           "headers": [{"name": "Content-Type", "value": "text/plain"},
                       {"name": "Content-Encoding", "value": "gzip"},
                       {"name": "Transfer-Encoding", "value": "chunked"},
                       {"name": "Connection", "value": "close, X-Hop"},
                       {"name": "X-Hop", "value": "1"},
                       {"name": "Date", "value": "today"},
                       {"name": "Set-Cookie", "value": "id=secret"},
                       {"name": "X-Kept", "value": "1"}, {"name": "x-kept", "value": "2"}],
           "content": {"size": 5, "mimeType": "text/plain", "text": "hello"}}},
        {"request": {"method": "GET", "url": "https://cdn.example/a?v=1&v=2"},
         "response": {"status": 200, "headers": [{"name": "Content-Type", "value": "text/plain"},
             {"name": "X-Kept", "value": "1"}, {"name": "X-Kept", "value": "2"}],
           "content": {"text": "hello"}}},
        {"request": {"method": "GET", "url": "https://cdn.example/bin"},
         "response": {"status": 200, "headers": [],
           "content": {"size": 3, "text": "/wAB", "encoding": "base64"}}},
        {"request": {"method": "GET", "url": "wss://cdn.example/socket"}, "response": {"status": 101}},
        {"request": {"method": "GET", "url": "https://cdn.example/blocked"}, "response": {"status": 0}},
        {"request": {"method": "GET", "url": "https://cdn.example/cached"}, "response": {"status": 304}},
        {"request": {"method": "GET", "url": "https://cdn.example/lost"},
         "response": {"status": 200, "content": {"size": 77}}},
        {"request": {"method": "GET", "url": "https://cdn.example/bad"},
         "response": {"status": 200, "content": {"text": "*", "encoding": "base64"}}},
        7
      ]}}
      """;

  @Test
  void anArchiveBecomesStubs() {
    var imported = HarImport.read(utf8(HAR), Recording.Choice.DEFAULT);
    var desk = desk(imported);

    assertThat(imported.stubs())
        .extracting(Stub::name)
        .containsExactly("GET cdn.example/a", "GET cdn.example/bin");
    var answer = Objects.requireNonNull(desk.answer(Requests.get("https://cdn.example/a?v=1&v=2")));
    assertThat(answer.headers())
        .isEqualTo(Headers.of("content-type", "text/plain", "x-kept", "1", "x-kept", "2"));
    assertThat(answer.body()).asString().isEqualTo("hello");
    assertThat(desk.who(Requests.get("https://cdn.example/a?v=2&v=1"))).isEmpty();
    assertThat(Objects.requireNonNull(desk.answer(Requests.get("https://cdn.example/bin"))).body())
        .containsExactly(0xff, 0, 1);
    assertThat(imported.notes().toString())
        .contains(
            "entries[3]", "entries[4]", "entries[5]", "entries[6]", "entries[7]", "entries[8]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''              | not JSON
          {               | not JSON
          {}              | expected an archive
          {"log": []}     | expected an archive
          """)
  void whatIsNoArchiveIsRefused(String har, String why) {
    assertThat(HarImport.read(utf8(har), Recording.Choice.DEFAULT).notes())
        .singleElement()
        .asString()
        .contains(why);
  }

  private static Exchange exchange(Asked asked, @Nullable Answered answered) {
    return new Exchange(
        new UUID(1, 2),
        "default",
        1,
        2,
        3,
        "proxy",
        new Exchange.Client(Ip.parse("192.0.2.7").orElseThrow(), 40_000, null),
        Verdict.OBSERVE,
        "rule",
        null,
        asked,
        answered,
        null,
        null,
        null,
        null);
  }

  private static Answered answered(String body, String... headers) {
    return new Answered(200, Headers.of(headers), Content.of(utf8(body)));
  }

  @Test
  void whatWasObservedIsAnsweredTheSameAgain() throws IOException {
    var gzip = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(gzip)) {
      out.write(utf8("{\"ok\":true}"));
    }
    var coded =
        new Answered(
            200,
            Headers.of(
                "Content-Encoding", "gzip", "Date", "today", "Content-Type", "application/json"),
            Content.of(gzip.toByteArray()),
            Headers.of("grpc-status", "0"));
    var asked = Requests.get("https://stats.example/usage?v=1");

    var imported =
        Recording.stubs(
            List.of(
                exchange(asked, coded),
                exchange(Requests.get("https://stats.example/gone"), null),
                exchange(
                    Requests.get("https://stats.example/part"),
                    new Answered(200, Headers.NONE, new Content(utf8("x"), 99)))),
            Recording.Choice.DEFAULT);
    var answer = Objects.requireNonNull(desk(imported).answer(asked));

    assertThat(answer.headers()).isEqualTo(Headers.of("content-type", "application/json"));
    assertThat(answer.body()).asString().isEqualTo("{\"ok\":true}");
    assertThat(answer.trailers()).isEqualTo(Headers.of("grpc-status", "0"));
    assertThat(imported.notes()).hasSize(2);
  }

  @Test
  void whichPartsOfARequestCountIsAChoice() {
    var exchanges =
        List.of(
            exchange(Requests.post("https://h/a?v=1", "{\"n\": 1}"), answered("one")),
            exchange(Requests.post("https://h/a?v=2", "{\"n\": 2}"), answered("two")));

    var plain = Recording.stubs(exchanges, new Recording.Choice(false, false, false));
    var byBody = Recording.stubs(exchanges, new Recording.Choice(false, true, false));
    var inTurn = desk(Recording.stubs(exchanges, new Recording.Choice(false, false, true)));

    assertThat(desk(plain).body(Requests.post("https://h/a?v=9", ""))).isEqualTo("two");
    assertThat(desk(byBody).body(Requests.post("https://h/a", "{ \"n\":1 }"))).isEqualTo("one");
    assertThat(desk(byBody).who(Requests.post("https://h/a", "{\"n\":3}"))).isEmpty();
    assertThat(inTurn.body(Requests.post("https://h/a", ""))).isEqualTo("one");
    assertThat(inTurn.body(Requests.post("https://h/a", ""))).isEqualTo("two");
    assertThat(inTurn.body(Requests.post("https://h/a", ""))).isEqualTo("two");
  }

  @Test
  void whatIsWrittenIsReadTheSameAgain() {
    var tricky =
        "{\"name\": \"tricky\", \"response\": {\"headers\": {\"X-A\": \"1.10\", \"X-B\": \"true\","
            + " \"X-C\": \"~\", \"X-D\": \"0x1f\", \"X-E\": \"null\", \"X-F\": \"- a: b # c\"},"
            + " \"body\": \"line\\n  line\\n\\ttab 'quote' \\\"double\\\" é 漢 \\u0001\"}}";
    var stubs = new java.util.ArrayList<>(WireMockImport.read(utf8(MAPPINGS)).stubs());
    stubs.addAll(WireMockImport.read(utf8(tricky)).stubs());
    stubs.addAll(HarImport.read(utf8(HAR), Recording.Choice.DEFAULT).stubs());
    stubs.addAll(ReferenceSurface.stubs(true));

    var again = Stub.parse(StubWriter.yaml(stubs));

    assertThat(again.problems()).isEmpty();
    assertThat(again.stubs())
        .extracting(stub -> io.penstock.json.Json.text(stub.toJson()))
        .containsExactlyElementsOf(
            stubs.stream().map(stub -> io.penstock.json.Json.text(stub.toJson())).toList());
  }

  private byte[] damaged(String text) {
    var octets = utf8(text);
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      octets[random.nextInt(octets.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) > 0 ? octets : Arrays.copyOf(octets, random.nextInt(octets.length));
  }

  @Test
  void aDamagedArchiveOrMappingIsImportedOrRefused() {
    for (int i = 0; i < 50; i++) {
      assertThat(HarImport.read(damaged(HAR), Recording.Choice.DEFAULT)).isNotNull();
      assertThat(WireMockImport.read(damaged(MAPPINGS))).isNotNull();
    }
  }
}
