package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.penstock.destination.ElasticSetup.Outcome;
import io.penstock.destination.ElasticSetup.Step;
import io.penstock.destination.ScriptedNode.Asked;
import io.penstock.destination.ScriptedNode.Reply;
import io.penstock.json.JsonTree;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lifecycles, which need what the nodes of tests do not have. */
class ElasticSetupTest {

  private final Map<String, String> kept = new HashMap<>();
  private String front = "{\"version\":{\"distribution\":\"opensearch\",\"number\":\"3.8.0\"}}";

  /** Keeps policies and templates as servers do, and gives them back as they do. */
  private Reply answer(Asked asked) {
    var path = asked.target().replaceAll("\\?.*", "");
    if (path.equals("/")) {
      return Reply.of(200, front);
    }
    if (asked.method().equals("PUT")) {
      kept.put(path, asked.text());
      return Reply.of(200, "{\"acknowledged\":true}");
    }
    var body = kept.get(path);
    if (body == null) {
      return Reply.of(404, "{}");
    }
    var name = path.substring(path.lastIndexOf('/') + 1);
    return Reply.of(
        200,
        switch (path.split("/")[1]) {
          case "_ilm" -> "{\"" + name + "\":{\"version\":3," + body.substring(1) + "}";
          case "_plugins" ->
              "{\"_id\":\"p\",\"_version\":4,\"_seq_no\":17,\"_primary_term\":2,"
                  + body.substring(1);
          case "_component_template" ->
              "{\"component_templates\":[{\"name\":\"n\",\"component_template\":" + body + "}]}";
          default -> "{\"index_templates\":[{\"name\":\"n\",\"index_template\":" + body + "}]}";
        });
  }

  private List<Step> install(ScriptedNode node, Map<String, Object> more) throws Exception {
    var members = new HashMap<String, Object>(more);
    members.put("index", "flows");
    try (var sink = ElasticKit.sink(node.uri(), members)) {
      return sink.install().steps();
    }
  }

  /** Follows names and indexes through what was kept. */
  private @Nullable Object found(String key, Object... path) throws Exception {
    Object at = JsonTree.parse(kept(key));
    for (var next : path) {
      if (next instanceof Integer index) {
        at = at instanceof List<?> list ? list.get(index) : null;
      } else {
        at = at instanceof Map<?, ?> map ? map.get(next) : null;
      }
    }
    return at;
  }

  private String kept(String path) {
    return kept.getOrDefault(path, "null");
  }

  private static void assertOutcomes(List<Step> steps, Outcome... outcomes) {
    assertThat(steps)
        .extracting(Step::part, Step::outcome)
        .containsExactly(
            tuple("lifecycle", outcomes[0]),
            tuple("mappings", outcomes[1]),
            tuple("template", outcomes[2]));
  }

  @Test
  void openSearchGetsAPolicyThatFindsItsIndices() throws Exception {
    try (var node = ScriptedNode.answering(this::answer)) {
      var first = install(node, Map.of("naming", "daily", "retention_days", 14L));
      var second = install(node, Map.of("naming", "daily", "retention_days", 14L));

      assertOutcomes(first, Outcome.INSTALLED, Outcome.INSTALLED, Outcome.INSTALLED);
      assertOutcomes(second, Outcome.CURRENT, Outcome.CURRENT, Outcome.CURRENT);
      var policy = "/_plugins/_ism/policies/penstock-flows";
      assertThat(found(policy, "policy", "ism_template", 0, "index_patterns"))
          .isEqualTo(List.of("flows-*"));
      assertThat(found(policy, "policy", "states", 0, "transitions", 0, "conditions"))
          .isEqualTo(Map.of("min_index_age", "14d"));
      assertThat(found(policy, "policy", "states", 0, "actions")).isEqualTo(List.of());
      assertThat(kept("/_component_template/penstock-flows")).doesNotContain("lifecycle");
    }
  }

  @Test
  void aPolicyThatIsConfiguredAnewReplacesTheOneThatWasSeen() throws Exception {
    try (var node = ScriptedNode.answering(this::answer)) {
      install(node, Map.of("naming", "data_stream"));

      var steps = install(node, Map.of("naming", "data_stream", "retention_days", 7L));

      assertOutcomes(steps, Outcome.UPDATED, Outcome.CURRENT, Outcome.CURRENT);
      assertThat(node.asked)
          .extracting(Asked::target)
          .contains("/_plugins/_ism/policies/penstock-flows?if_seq_no=17&if_primary_term=2");
    }
  }

  @ParameterizedTest
  @CsvSource({"data_stream, flows, true", "daily, flows-*, false"})
  void elasticsearchGetsAPolicyThatItsTemplateNames(
      String naming, String pattern, boolean rollsOver) throws Exception {
    front = "{\"version\":{\"number\":\"9.1.0\",\"build_flavor\":\"default\"}}";
    try (var node = ScriptedNode.answering(this::answer)) {
      var first = install(node, Map.of("naming", naming));
      var second = install(node, Map.of("naming", naming));

      assertOutcomes(first, Outcome.INSTALLED, Outcome.INSTALLED, Outcome.INSTALLED);
      assertOutcomes(second, Outcome.CURRENT, Outcome.CURRENT, Outcome.CURRENT);
      var policy = "/_ilm/policy/penstock-flows";
      assertThat(found(policy, "policy", "phases", "delete", "min_age")).isEqualTo("30d");
      assertThat(kept(policy).contains("rollover")).isEqualTo(rollsOver);
      assertThat(
              found(
                  "/_component_template/penstock-flows",
                  "template",
                  "settings",
                  "index.lifecycle.name"))
          .isEqualTo("penstock-flows");
      var template = "/_index_template/penstock-flows";
      assertThat(found(template, "index_patterns")).isEqualTo(List.of(pattern));
      assertThat(kept(template).contains("data_stream")).isEqualTo(rollsOver);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/_plugins/_ism/policies/penstock-flows, '{\"policy\":{\"description\":\"mine\"}}'",
    "/_component_template/penstock-flows, '{\"template\":{}}'",
    "/_index_template/penstock-flows, '{\"_meta\":{\"managed_by\":\"somebody\"}}'",
  })
  void whatIsSomebodyElsesStays(String path, String body) throws Exception {
    kept.put(path, body);
    try (var node = ScriptedNode.answering(this::answer)) {
      var steps = install(node, Map.of());

      assertThat(steps).extracting(Step::outcome).contains(Outcome.FOREIGN);
      assertThat(kept).containsEntry(path, body);
    }
  }

  @Test
  void nothingIsInstalledForWhatIsNeverDeleted() throws Exception {
    try (var node = ScriptedNode.answering(this::answer)) {
      var plain = install(node, Map.of("naming", "plain"));
      var forever = install(node, Map.of("naming", "daily", "retention_days", 0L));

      assertThat(plain).extracting(Step::part).containsExactly("mappings", "template");
      assertThat(forever).extracting(Step::part).containsExactly("mappings", "template");
    }
  }

  @Test
  void aServerThatIsNotThereSaysSo() throws Exception {
    URI gone;
    try (var node = ScriptedNode.answering(this::answer)) {
      gone = node.uri();
    }
    try (var sink = ElasticKit.sink(gone)) {
      var result = sink.install();

      assertThat(result.server()).isEqualTo("unknown");
      assertThat(result.isComplete()).isFalse();
      assertThat(result.steps().getFirst().text()).contains("no connection");
    }
  }

  @Test
  void anErrorOfTheServerIsTold() throws Exception {
    try (var node =
        ScriptedNode.answering(
            asked ->
                asked.method().equals("GET")
                    ? Reply.of(404, "{}")
                    : Reply.of(
                        400,
                        "{\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":\"overlaps\"}}"))) {
      var steps = install(node, Map.of("naming", "plain"));

      assertThat(steps)
          .extracting(Step::part, Step::outcome, Step::code, Step::text)
          .containsExactly(
              tuple("mappings", Outcome.FAILED, 400, "illegal_argument_exception: overlaps"));
    }
  }
}
