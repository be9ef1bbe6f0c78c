package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.penstock.exchange.Asked;
import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {

  private static final Asked ASKED =
      Requests.post(
          "https://cdn.example/a/b?v=1&v=2&fc.giv=9",
          "{\"items\": [{\"id\": 7}, {\"id\": 8}], \"who\": \"<me>\"}",
          "X-Trace",
          "t1",
          "Cookie",
          "id=42");

  private static Desk desk(String template) {
    var desk = new Desk();
    var document =
        Json.object("name", "t", "answer", Json.object("template", true, "body", template));
    var parsed = Stub.parse(document);
    assertThat(parsed.problems()).isEmpty();
    desk.stubs.replace(Stubs.Layer.API, parsed.stubs());
    return desk;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      textBlock =
          """
          {{request.method}} {{request.url}} | POST https://cdn.example/a/b?v=1&v=2&fc.giv=9
          {{request.path}} {{request.host}}:{{request.port}} | /a/b cdn.example:443
          {{request.pathSegments.[1]}}       | b
          {{request.query.v}}                | 1
          {{request.query.v.[1]}}            | 2
          {{request.query.[fc.giv]}}         | 9
          {{lookup request.query 'fc.giv'}}  | 9
          {{size request.query.v}}           | 2
          {{request.headers.X-Trace}}        | t1
          {{request.headers.x-trace}}        | t1
          {{request.cookies.id}}             | 42
          {{request.json.items.[1].id}}      | 8
          {{jsonPath request.body '$.who'}}  | <me>
          {{html (jsonPath request.body '$.who')}} | &lt;me&gt;
          {{jsonPath request.body '$.items'}} | [{"id":7},{"id":8}]
          {{size (jsonPath request.body '$.items')}} | 2
          {{jsonPath 'not json' '$.a'}}none  | none
          {{#each request.json.items}}{{@index}}={{id}};{{/each}} | 0=7;1=8;
          {{#each request.query}}{{@key}}={{this}};{{/each}} | v=1;fc.giv=9;
          {{#if request.query.v}}yes{{else}}no{{/if}} | yes
          {{#if request.query.w}}yes{{else}}no{{/if}} | no
          {{#if (eq request.method 'POST')}}posted{{/if}} | posted
          {{#unless request.query.w}}absent{{/unless}} | absent
          {{#with request.cookies}}{{id}}{{/with}} | 42
          {{now}}                            | 2026-11-22T10:15:30.123Z
          {{now format='yyyy-MM-dd' offset='-1d'}} | 2026-11-21
          {{now format='HH:mm' zone='Asia/Kolkata'}} | 15:45
          {{now format='epoch'}}             | 1795342530
          {{now format='epochMillis'}}       | 1795342530123
          {{now format='http'}}              | Sun, 22 Nov 2026 10:15:30 GMT
          {{base64 'hello'}}                 | aGVsbG8=
          {{base64 'aGVsbG8=' decode=true}}  | hello
          {{upper 'a'}}{{lower 'B'}}         | Ab
          {{urlEncode 'a b&c'}}              | a+b%26c
          {{hex 'az'}}                       | 617a
          {{json request.json.who}}          | "<me>"
          {{metrics}}                        | mock_requests_total 3
          {{request.nothing}}{{nothing.at.all}}. | .
          """)
  void aTemplateIsFilledIn(String template, String expected) {
    assertThat(desk(template).body(ASKED).strip()).isEqualTo(expected);
  }

  @Test
  void anEchoSaysWhatWasAsked() throws Exception {
    var echo = io.penstock.json.JsonTree.parse(desk("{{echo}}").body(ASKED));

    assertThat((Map<?, ?>) echo)
        .extracting("method", "query")
        .containsExactly("POST", Map.of("v", List.of("1", "2"), "fc.giv", List.of("9")));
  }

  @Test
  void aCounterCountsAcrossRequestsAndNames() {
    var desk = desk("{{counter 'a'}}-{{counter 'a'}}-{{counter 'b'}}");

    assertThat(desk.body(ASKED)).isEqualTo("1-2-1");
    assertThat(desk.body(ASKED)).isEqualTo("3-4-2");
  }

  @Test
  void countersAreLimited() {
    var desk = desk("{{counter request.query.name}}");
    var last = "";

    for (int i = 0; i <= StubState.COUNTERS_MAX; i++) {
      last = desk.body(Requests.get("http://h/?name=" + i));
    }

    assertThat(last).isEqualTo("0");
    assertThat(desk.body(Requests.get("http://h/?name=0"))).isEqualTo("2");
  }

  @Test
  void randomValuesHaveTheirForm() {
    var desk =
        desk(
            "{{uuid}} {{random 5 7}} {{random length=12 type='hex'}} {{random length=3 type='numeric'}}");

    assertThat(desk.body(ASKED))
        .matches(
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
                + " [567] [0-9a-f]{12} [0-9]{3}");
    assertThat(desk.body(ASKED)).isNotEqualTo(desk.body(ASKED));
  }

  @Test
  void aHeaderIsFilledInAndCannotEndItsLine() {
    var desk =
        new Desk(
            """
            name: t
            answer:
              template: true
              headers: {x-echo: 'q={{request.query.q}}'}
            """);

    var answer =
        Objects.requireNonNull(desk.answer(Requests.get("http://h/?q=a%0d%0aset-cookie:x")));

    assertThat(answer.headers().first("x-echo")).contains("q=a  set-cookie:x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{request.class.name}}",
        "{{request.getClass}}",
        "{{request.method.bytes}}",
        "{{request.body.class.classLoader}}",
        "{{request.query.class}}",
        "{{this.class}}",
        "{{i18n 'a' bundle='messages'}}",
        "{{precompile 'x'}}",
        "{{embedded 'x'}}",
        "{{include '/etc/passwd'}}",
        "{{log 'x'}}",
      })
  void aTemplateReachesNothingButValues(String template) {
    // Depending on how it is written the library finds nothing, or no helper of that name.
    var parsed =
        Stub.parse(
            Json.object("name", "t", "answer", Json.object("template", true, "body", template)));
    if (!parsed.isValid()) {
      return;
    }
    var answer = Objects.requireNonNull(desk(template).answer(ASKED));

    assertThat(answer.status() == 500 || answer.body().length == 0).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{> /etc/passwd}}",
        "{{>x}}",
        "{{~> x}}",
        "{{#> x}}{{/x}}",
        "{{#*inline \"x\"}}y{{/inline}}",
        "{{* x}}",
        "{{=<% %>=}}<%> x%>",
        "{{#if",
        "{{#each a}}{{/if}}",
        "{{unknownHelper 1 2}}",
      })
  void otherTemplatesAndBrokenOnesAreRefusedAtOnce(String template) {
    assertThatIllegalArgumentException().isThrownBy(() -> Template.of(template));
  }

  @Test
  void bracketsInBracketsAreRefusedAndNoOverflow() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Template.of("{{size " + "(size ".repeat(10_000) + ")".repeat(10_000) + "}}"));
  }

  @Test
  void tooManyBlocksAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Template.of("{{#if a}}".repeat(1_000) + "{{/if}}".repeat(1_000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{#each request.json}}{{#each request.json}}{{#each request.json}}{{/each}}{{/each}}{{/each}}",
        "{{#request.json}}{{#request.json}}{{#request.json}}{{/request.json}}{{/request.json}}{{/request.json}}",
        "{{#each request.json}}{{request.body}}{{/each}}",
        "{{#each request.json}}{{#each ../request.json}}{{../../request.body}}{{/each}}{{/each}}",
      })
  void aTemplateThatMultipliesWhatItIsSentIsStopped(String template) {
    var many = new ArrayList<Long>();
    for (long i = 0; i < 20_000; i++) {
      many.add(i);
    }
    var desk = desk(template);

    var answer = Objects.requireNonNull(desk.answer(Requests.post("http://h/", Json.text(many))));

    assertThat(answer.status()).isEqualTo(500);
    assertThat(desk.counted("intercept_stub_templates_failed")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{now offset='soon'}}",
        "{{now format='QQQQQQQQQQ'}}",
        "{{now zone='Nowhere/Else'}}",
        "{{random length=99999999}}",
        "{{base64 '###' decode=true}}",
        "{{jsonPath request.body '$[?(@.a =~ /x/)]'}}",
      })
  void aHelperThatCannotAnswersWith500AndIsCounted(String template) {
    var desk = desk(template);

    var answer = Objects.requireNonNull(desk.answer(ASKED));

    assertThat(answer.status()).isEqualTo(500);
    assertThat(desk.counted("intercept_stub_templates_failed")).isEqualTo(1);
  }
}
