package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no database should be asked to keep, and what happens while there is none. */
final class HostileTextTest {

  private final ApiServer server = new ApiServer();

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\u0000b", "\\ud800", "x\\udc00\\ud800"})
  void aMemberWithNulOrHalfACharacterIsRefusedByName(String text) {
    var answer =
        server.post("/v1/admin/tenants", "{\"tenant_id\":\"acme\",\"name\":\"" + text + "\"}");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    assertThat(answer.body()).contains("\"loc\":[\"body\",\"name\"]", "NUL");
    assertThat(server.tenants.find("acme")).isEmpty();
  }

  @Test
  void itIsFoundHoweverDeepItHides() {
    var answer =
        server.post(
            "/v1/sources",
            "{\"id\":\"s\",\"display_name\":\"s\",\"collector\":\"c\",\"tags\":[\"a\",\"\\u0000\"]}");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    assertThat(answer.body()).contains("\"loc\":[\"body\",\"tags\"]");
  }

  @Test
  void wholeCharactersBeyondTheBasicPlaneAreText() {
    var answer =
        server.post("/v1/admin/tenants", "{\"tenant_id\":\"acme\",\"name\":\"\\ud83d\\ude00\"}");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(server.tenants.find("acme").orElseThrow().name()).isEqualTo("\ud83d\ude00");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/indicators/a%00b, 404",
    "DELETE, /v1/sources/default%00, 404",
    "PATCH, /v1/admin/tenants/default%00, 404",
    "GET, /v1/indicators?value=a%00b, 422",
  })
  void nulInAnAddressNamesNothing(String method, String path, int status) {
    var answer = server.send(server.asAdmin(path).method(method, BodyPublishers.ofString("{}")));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
  }

  @Test
  void aFeedCannotBringIt() {
    var answer =
        server.post(
            "/v1/indicators/import?format=csv", "indicator,category\n198.51.100.7,a\u0000b\n");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(server.get("/v1/indicators").body())
        .contains("198.51.100.7")
        .doesNotContain("\\u0000");
  }

  @Test
  void withoutADatabaseKnownKeysGoOnAndChangesAreToldToComeAgain() {
    server.database.close();

    assertThat(server.get("/v1/admin/tenants").statusCode()).isEqualTo(200);
    var refused = server.post("/v1/admin/tenants", "{\"tenant_id\":\"acme\",\"name\":\"ACME\"}");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
    assertThat(refused.body()).contains("\"error\":\"database_unavailable\"");
    assertThat(refused.headers().firstValue("Retry-After")).contains("5");
    assertThat(server.get("/v1/admin/audit").statusCode()).isEqualTo(503);
  }
}
