package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElasticConfigTest {

  private static SinkConfig.Read read(Map<String, Object> members) {
    var all = new HashMap<String, @Nullable Object>(members);
    all.putIfAbsent("url", "https://search.example:9200");
    return SinkConfig.read("elastic", all);
  }

  private static void assertFaulty(Map<String, Object> members, String field) {
    assertThat(read(members))
        .isInstanceOfSatisfying(
            SinkConfig.Read.Faulty.class,
            faulty -> assertThat(faulty.faults()).extracting(Map.Entry::getKey).contains(field));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Events", "-events", "_all", "+a", ".hidden", "a/b", "a b", "a,b", "a*", "a#", "a:b"
      })
  void aNameThatNoIndexMayHaveIsRefused(String name) {
    assertFaulty(Map.of("index", name), "index");
  }

  @Test
  void aNameThatIsTooLongIsRefused() {
    assertFaulty(Map.of("index", "ä".repeat(111)), "index");
    assertThat(read(Map.of("index", "ä".repeat(110)))).isInstanceOf(SinkConfig.Read.Sound.class);
  }

  @Test
  void aUserAndAPasswordGoTogether() {
    assertFaulty(Map.of("username", "me"), "password");
    assertFaulty(Map.of("password", "secret"), "username");
  }

  @Test
  void onlyOneKindOfCredentialsIsSent() {
    assertFaulty(Map.of("username", "me", "password", "x", "api_key", "id:key"), "api_key");
    assertFaulty(Map.of("bearer_token", "x", "api_key", "id:key"), "api_key");
  }

  @Test
  void whatIsNotSaidSuitsMost() {
    assertThat(read(Map.of()))
        .isInstanceOfSatisfying(
            SinkConfig.Read.Sound.class,
            sound ->
                assertThat(sound.config().destination())
                    .isInstanceOfSatisfying(
                        ElasticConfig.class,
                        config -> {
                          assertThat(config.index()).isEqualTo("telemetry-events");
                          assertThat(config.naming()).isEqualTo(ElasticConfig.Naming.DAILY);
                          assertThat(config.retentionDays()).isEqualTo(30);
                        }));
  }
}
