package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StubReaderTest {

  private static List<String> problems(String document) {
    return Stub.parse(document).problems().stream().map(Problem::toString).toList();
  }

  @Test
  void allProblemsAreReportedTogetherWithTheirPlace() {
    var problems =
        problems(
            """
            stubs:
              - name: a
                prority: 3
                request:
                  path: telemetry
                  query: {v: {matchs: x}}
                answer: {status: 99}
              - name: b
                request: {host: 'not a host', body: {jsonPath: '$['}}
              - name: b
                answer: {delay: soon, fault: smoke}
            """);

    assertThat(problems)
        .satisfiesExactlyInAnyOrder(
            p ->
                assertThat(p)
                    .isEqualTo("line 3: stubs[0].prority: is not known, did you mean 'priority'?"),
            p -> assertThat(p).startsWith("line 5: stubs[0].request.path: expected a path"),
            p ->
                assertThat(p)
                    .isEqualTo(
                        "line 6: stubs[0].request.query.v.matchs: is not known, did you mean 'matches'?"),
            p ->
                assertThat(p).startsWith("line 7: stubs[0].answer.status: expected a whole number"),
            p -> assertThat(p).startsWith("line 9: stubs[1].request.host: expected a host"),
            p -> assertThat(p).startsWith("line 9: stubs[1].request.body.jsonPath: no JSON path"),
            p -> assertThat(p).isEqualTo("line 8: stubs[1]: expected an 'answer'"),
            p -> assertThat(p).startsWith("line 11: stubs[2].answer.delay: expected a time"),
            p -> assertThat(p).startsWith("line 11: stubs[2].answer.fault: expected reset"));
  }

  @Test
  void aDocumentWithAProblemGivesNoStubs() {
    var parsed = Stub.parse("stubs: [{name: good, answer: {}}, {name: bad}]");

    assertThat(parsed.stubs()).isEmpty();
    assertThat(parsed.isValid()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {answer: {}}                                           | expected a 'name'
          {name: a, answer: {headers: {content-length: 3}}}      | made by the listener
          {name: a, answer: {headers: {'a b': 3}}}               | no name of a header
          {name: a, answer: {headers: {a: "x\\ny"}}}             | control characters
          {name: a, answer: {body: a, bodyBase64: YQ==}}         | expected one body
          {name: a, answer: {bodyFile: x}}                       | files are for stubs that stand in files
          {name: a, answer: {bodyBase64: '!'}}                   | expected base64
          {name: a, answer: {template: true, body: '{{#if'}}     | no template
          {name: a, answer: {delay: 11m}}                        | expected a time
          {name: a, answer: {delay: {uniform: [5s, 1s]}}}        | expected {uniform
          {name: a, answer: {fault: {percent: 5}}}               | either a 'kind' or a 'status'
          {name: a, answer: {fault: {kind: reset, percent: 500}}} | expected a number
          {name: a, times: 0, answer: {}}                        | expected a whole number
          {name: a, scenario: {then: x}, answer: {}}             | expected a 'name'
          {name: a, request: {query: {v: {}}}, answer: {}}       | expected a question
          {name: a, request: {query: {v: {absent: true, equals: x}}}, answer: {}} | stand alone
          {name: a, request: {pathRegex: '('}, answer: {}}       | no regular expression
          {name: a, request: {body: {jsonPath: '$..a..b..c'}}, answer: {}} | times '..'
          {name: a, request: {body: {jsonPath: '$[?(@.a =~ /x/)]'}}, answer: {}} | not allowed
          {name: a, request: {body: {schema: {type: 7}}}, answer: {}} | no JSON schema
          {name: a, request: {body: {}}, answer: {}}             | expected a question
          {name: a, name: b, answer: {}}                         | stands here twice
          {stubs: {}}                                            | expected a list
          [1]                                                    | expected a mapping
          {name: &x a, answer: {body: *x}}                       | aliases are not allowed
          {name: a                                               | not YAML
          """)
  void whatIsWrongIsSaid(String document, String problem) {
    assertThat(problems(document)).anySatisfy(p -> assertThat(p).contains(problem));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "---\n---\n", "\u0000", "!!java.io.File /etc/passwd"})
  void whatIsNoDocumentIsAProblem(String document) {
    assertThat(problems(document)).isNotEmpty();
  }

  @Test
  void deepNestingIsAProblemAndNoOverflow() {
    assertThat(problems("[".repeat(100_000))).isNotEmpty();
    Object tree = "x";
    for (int i = 0; i < 10_000; i++) {
      tree = List.of(tree);
    }
    assertThat(Stub.parse(Map.of("name", tree)).problems()).isNotEmpty();
  }

  @Test
  void groupsInGroupsAreReadOrRefusedAndNoOverflow() {
    var regex = "(".repeat(1_900) + "x" + ")".repeat(1_900);
    Stub.parse("{name: a, request: {pathRegex: '" + regex + "'}, answer: {}}");
    var longer = "(".repeat(4_000);

    assertThat(problems("{name: a, request: {pathRegex: '" + longer + "'}, answer: {}}"))
        .hasSize(1);
  }

  @Test
  void anyPieceOfADocumentIsReadOrRefused() {
    var document =
        """
        stubs:
          - name: all
            priority: 3
            times: 5
            scenario: {name: s, requires: started, then: over}
            request:
              method: [GET, POST]
              host: '*.example'
              query: {v: {matches: '[0-9]+', not: {equals: '0'}}, w: [a, b]}
              body: {json: {a: 1}, ignoreExtra: true, schema: {type: object}}
            answer:
              template: true
              headers: {x: '{{uuid}}'}
              body: "{{#each request.query}}{{this}}{{/each}}"
              delay: {median: 10ms, sigma: 0.5}
              fault: {kind: stall, percent: 1.5}
        """;
    assertThat(problems(document)).isEmpty();

    for (int end = 0; end < document.length(); end++) {
      var parsed = Stub.parse(document.substring(0, end));
      assertThat(parsed.isValid() || parsed.stubs().isEmpty()).isTrue();
      Stub.parse(document.substring(end));
    }
  }

  @Test
  void moreStubsThanAllowedAreAProblem() {
    var stubs = new ArrayList<Object>();
    for (int i = 0; i <= StubLimits.STUBS_MAX; i++) {
      stubs.add(Json.object("name", "s" + i, "answer", Map.of()));
    }

    assertThat(Stub.parse(Map.of("stubs", stubs)).problems()).hasSize(1);
  }
}
