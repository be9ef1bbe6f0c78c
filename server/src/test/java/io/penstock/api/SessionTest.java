package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SessionTest {

  private final ApiServer server = new ApiServer();

  @AfterAll
  void stop() {
    server.close();
  }

  private HttpResponse<String> redeem(String code) {
    return server.send(
        server
            .request("/v1/session/link")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"code\":\"" + code + "\"}")));
  }

  private HttpResponse<String> who(String key) {
    return server.send(server.request("/v1/session").header("X-API-Key", key));
  }

  @Test
  void aLinkGivesOneKeyThatEnds() {
    var code = server.links.issue();

    var first = redeem(code);
    var second = redeem(code);

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(403);
    var key = first.body().replaceAll(".*\"key\":\"([^\"]+)\".*", "$1");
    assertThat(who(key).body())
        .contains("\"is_admin\":true", "\"tenant\":\"default\"")
        .doesNotContain("\"expires_at\":null");
  }

  @Test
  void aCodeThatNobodyIssuedGivesNothing() {
    assertThat(redeem("psl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").statusCode())
        .isEqualTo(403);
  }

  @Test
  void aKeyLearnsWhoItIs() {
    assertThat(who(ApiServer.READER).body()).contains("\"is_admin\":false", "read_");
    assertThat(who("nobody").statusCode()).isEqualTo(401);
  }

  @Test
  void everyPageOfTheDashboardIsTheSameAndMayLoadNothingFromElsewhere() {
    for (var path : new String[] {"/ui/", "/ui/explore"}) {
      var page = server.send(server.request(path));
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
          .contains("default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'")
          .doesNotContain("unsafe");
    }
    assertThat(server.send(server.request("/ui/assets/nothing.js")).statusCode()).isEqualTo(404);
    assertThat(server.send(server.request("/ui/assets/..%2Findex.html")).statusCode())
        .isBetween(400, 499);
    assertThat(server.send(server.request("/").header("Accept", "text/html")).headers())
        .satisfies(headers -> assertThat(headers.firstValue("Location")).contains("/ui/"));
  }
}
