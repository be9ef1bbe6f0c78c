package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class StubsTest {

  @Test
  void theLowestPriorityAnswersAndAmongThoseTheOneAddedLast() {
    var desk =
        new Desk(
            """
            stubs:
              - {name: general, priority: 10, answer: {}}
              - {name: first, request: {path: /a}, answer: {}}
              - {name: last, request: {path: /a}, answer: {}}
              - {name: urgent, priority: 1, request: {pathPattern: /b/*}, answer: {}}
              - {name: exact, priority: 2, request: {host: h, path: /b/c}, answer: {}}
            """);

    assertThat(desk.who(Requests.get("http://h/a"))).isEqualTo("last");
    assertThat(desk.who(Requests.get("http://h/b/c"))).isEqualTo("urgent");
    assertThat(desk.who(Requests.get("http://other/x"))).isEqualTo("general");
  }

  @Test
  void aLaterLayerGoesBeforeAnEarlierOne() {
    var desk = new Desk("{name: api, answer: {}}");
    desk.stubs.replace(Stubs.Layer.FILES, Stub.parse("{name: file, answer: {}}").stubs());

    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("api");

    desk.stubs.remove(Stubs.Layer.API, "api");

    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("file");
  }

  @Test
  void aDisabledStubDoesNotAnswer() {
    var desk = new Desk("{name: a, enabled: false, answer: {}}");

    assertThat(desk.answer(Requests.get("http://h/"))).isNull();
    assertThat(desk.stubs.of(Stubs.Layer.API)).hasSize(1);
  }

  @Test
  void aStubAnswersOnlySoOften() {
    var desk =
        new Desk("{name: twice, priority: 1, times: 2, answer: {}}", "{name: then, answer: {}}");
    var who = new ArrayList<String>();

    for (int i = 0; i < 4; i++) {
      who.add(desk.who(Requests.get("http://h/")));
    }

    assertThat(who).containsExactly("twice", "twice", "then", "then");
  }

  @Test
  void theNumberOfUsesOutlivesAChangeOfOtherStubs() {
    var desk = new Desk("{name: once, times: 1, answer: {}}");
    desk.who(Requests.get("http://h/"));

    desk.stubs.put(
        Stubs.Layer.API,
        Stub.parse("{name: b, request: {path: /b}, answer: {}}").stubs().getFirst());

    assertThat(desk.who(Requests.get("http://h/"))).isEmpty();
    desk.stubs.reset();
    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("once");
  }

  private static final String STORY =
      """
      stubs:
        - name: login
          request: {method: POST, path: /login}
          scenario: {name: session, then: logged in}
          answer: {}
        - name: greeting
          request: {path: /}
          scenario: {name: session, requires: logged in}
          answer: {body: hello}
        - name: stranger
          request: {path: /}
          scenario: {name: session, requires: started}
          answer: {status: 401}
      """;

  @Test
  void aScenarioTellsAStory() {
    var desk = new Desk(STORY);

    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("stranger");
    desk.who(Requests.post("http://h/login", ""));
    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("greeting");
    assertThat(desk.stubs.scenarios()).containsEntry("session", "logged in");
    assertThat(desk.stubs.setScenario("session", "started")).isTrue();
    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("stranger");
    assertThat(desk.stubs.setScenario("unknown", "started")).isFalse();
  }

  @Test
  void twoRequestsNeverTakeTheSameStep() throws Exception {
    var desk =
        new Desk(
            "{name: once, priority: 1, scenario: {name: s, requires: started, then: over}, answer: {}}",
            "{name: else, answer: {}}");
    var tasks = new ArrayList<Future<String>>();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        tasks.add(threads.submit(() -> desk.who(Requests.get("http://h/"))));
      }
    }

    var who = new ArrayList<String>();
    for (var task : tasks) {
      who.add(task.get());
    }
    assertThat(who).hasSize(200).containsOnlyOnce("once").contains("else");
  }

  @Test
  void whatBecameOfRequestsIsCounted() {
    var desk =
        new Desk(
            "{name: a, request: {path: /a}, answer: {}}",
            "{name: b, request: {path: /b}, answer: {fault: reset}}");

    desk.answer(Requests.get("http://h/a"));
    desk.answer(Requests.get("http://h/b"));
    desk.answer(Requests.get("http://h/c"));

    assertThat(desk.counted("intercept_stub_requests", "matched")).isEqualTo(1);
    assertThat(desk.counted("intercept_stub_requests", "fault")).isEqualTo(1);
    assertThat(desk.counted("intercept_stub_requests", "unmatched")).isEqualTo(1);
    assertThat(desk.stubs.inUse()).extracting(Stubs.InUse::answered).containsExactly(1L, 1L);
  }

  @Test
  void moreStubsThanAllowedAreRefusedAndTheOldOnesStay() {
    var desk = new Desk("{name: a, answer: {}}");
    var stub = Stub.parse("{name: b, answer: {}}").stubs().getFirst();
    var many = java.util.Collections.nCopies(StubLimits.STUBS_MAX, stub);

    assertThat(desk.stubs.replace(Stubs.Layer.FILES, many)).hasSize(1);
    assertThat(desk.stubs.of(Stubs.Layer.FILES)).isEmpty();
    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("a");
  }

  @Test
  void oneAmongThousandsIsFoundWithoutLookingAtTheOthers() {
    var all = new ArrayList<Stub>();
    for (int i = 0; i < 9_000; i++) {
      // Each of these would be given up after much work, were it looked at.
      var document =
          "{name: s%d, request: {host: h, path: /%d, query: {q: {matches: '(x+x+)+y'}}}, answer: {}}"
              .formatted(i, i);
      all.addAll(Stub.parse(document).stubs());
    }
    var desk = new Desk();
    desk.stubs.replace(Stubs.Layer.FILES, all);

    assertThat(desk.who(Requests.get("http://h/other?q=" + "x".repeat(5_000)))).isEmpty();
    assertThat(desk.counted("intercept_stub_matching_stopped")).isZero();
    assertThat(desk.who(Requests.get("http://h/77?q=xxy"))).isEqualTo("s77");
  }

  @Test
  void aDocumentIsPrintedAsItWasRead() {
    var stub = new Desk(STORY).stubs.of(Stubs.Layer.API).getFirst();

    var again = Stub.parse(stub.toJson());

    assertThat(again.problems()).isEmpty();
    assertThat(again.stubs()).extracting(Stub::toJson).isEqualTo(List.of(stub.toJson()));
  }
}
