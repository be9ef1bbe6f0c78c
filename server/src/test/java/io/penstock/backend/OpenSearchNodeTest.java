package io.penstock.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What sinks rely on is what a real node does. */
class OpenSearchNodeTest {

  private static final String MAPPING =
      """
      {"settings":{"number_of_replicas":0},"mappings":{"properties":{"n":{"type":"long"}}}}""";

  private static String create(String id, String document) {
    return "{\"create\":{\"_index\":\"events\",\"_id\":\"" + id + "\"}}\n" + document + "\n";
  }

  @Test
  void aBulkIsAnsweredItemByItemAndOutlivesAKill() throws Exception {
    try (var node = OpenSearchNode.start()) {
      assertThat(node.send("PUT", "/events", MAPPING).statusCode()).isEqualTo(200);

      var first = node.send("POST", "/_bulk", create("a", "{\"n\":1}"));
      var second =
          node.send("POST", "/_bulk", create("a", "{\"n\":1}") + create("b", "{\"n\":\"many\"}"));

      assertThat(first.body()).contains("\"errors\":false", "\"status\":201");
      assertThat(second.statusCode()).isEqualTo(200);
      assertThat(second.body())
          .contains("\"errors\":true", "\"status\":409", "version_conflict_engine_exception")
          .contains("\"status\":400", "mapper_parsing_exception");

      int port = node.port();
      node.restart();

      assertThat(node.port()).isEqualTo(port);
      node.get("/_cluster/health/events?wait_for_status=green&timeout=30s");
      node.send("POST", "/events/_refresh", "");
      assertThat(node.get("/events/_search?q=n:1").body())
          .contains("\"total\":{\"value\":1,", "\"_id\":\"a\"");
    }
  }
}
