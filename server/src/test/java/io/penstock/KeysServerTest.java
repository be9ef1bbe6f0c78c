package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of a running server: of its configuration, of its first start, of an older build. */
class KeysServerTest {

  private static final String ADMIN_ROUTE = "/v1/admin/keys";

  @TempDir private Path data;

  private static int status(ServerProcess server, String path, String key)
      throws IOException, InterruptedException {
    return server.getWithKey(path, key).statusCode();
  }

  @Test
  void configuredKeysHoldWhileTheyAreConfigured() throws Exception {
    var variables =
        Map.of(
            "TELEMETRY_SEED_KEYS", "the-seeded-key-of-an-admin",
            "USER_API_KEY", "PLAINUSER",
            "USER_KEYS", "the-first-key-of-a-user,the-second-key-of-a-user");
    try (var server = ServerProcess.start(data, variables)) {
      assertThat(status(server, ADMIN_ROUTE, "the-seeded-key-of-an-admin")).isEqualTo(200);
      for (var user : List.of("PLAINUSER", "the-second-key-of-a-user")) {
        assertThat(status(server, "/v1/events", user)).isEqualTo(200);
        assertThat(server.getWithKey(ADMIN_ROUTE, user).body()).contains("Admin scope required");
      }
    }
    try (var server = ServerProcess.start(data, Map.of())) {
      for (var gone : List.of("the-seeded-key-of-an-admin", "PLAINUSER")) {
        assertThat(server.getWithKey("/v1/events", gone).body()).contains("Invalid API key");
      }
      assertThat(server.get(ADMIN_ROUTE).body()).contains("\"total\":1,");
    }
  }

  @Test
  void noKeyOfTheReferenceOpens() throws Exception {
    try (var server = ServerProcess.start(data, Map.of("API_KEY", ""))) {
      for (var known :
          List.of("TEST_KEY", "TEST_ADMIN_KEY", "admin-key", "DEV_ADMIN_KEY_5a8f9ffdc3")) {
        assertThat(status(server, "/v1/metrics", known)).isEqualTo(401);
      }
    }
  }

  @Test
  void bypassedScopesLetAUserInAndNobodyElse() throws Exception {
    var variables = Map.of("USER_API_KEY", "the-only-key-of-a-user", "DEV_BYPASS_SCOPES", "true");
    try (var server = ServerProcess.start(data, variables)) {
      assertThat(status(server, ADMIN_ROUTE, "the-only-key-of-a-user")).isEqualTo(200);
      assertThat(status(server, ADMIN_ROUTE, "WRONG")).isEqualTo(401);
    }
    assertThat(CheckCommand.read(variables).warnings())
        .anyMatch(line -> line.startsWith("DEV_BYPASS_SCOPES: "));
  }

  @Test
  void theKeyOfAnOlderBuildStillOpens() throws Exception {
    var file = data.resolve("keys");
    Files.writeString(
        file, "# SHA-256 of the admin key\n" + sha256("psk_of_an_older_build") + "\n");
    try (var server = ServerProcess.start(data, Map.of("API_KEY", ""))) {
      assertThat(status(server, ADMIN_ROUTE, "psk_of_an_older_build")).isEqualTo(200);
      assertThat(server.output()).noneMatch(line -> line.startsWith("API Key: "));
    }
    assertThat(file).doesNotExist();
  }

  private static String sha256(String text) throws NoSuchAlgorithmException {
    var digest = MessageDigest.getInstance("SHA-256");
    return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}
