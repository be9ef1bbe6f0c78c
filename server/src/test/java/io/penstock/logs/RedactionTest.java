package io.penstock.logs;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RedactionTest {

  private final Redaction standard = Redaction.STANDARD;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "password=hunter2 and more|password=[REDACTED] and more",
        "{\"token\":\"abc\",\"a\":1}|{\"token\":\"[REDACTED]\",\"a\":1}",
        "Authorization: Bearer abc.def|Authorization: [REDACTED]",
        "x-api-key: abc|x-api-key: [REDACTED]",
        "key psk_0123456789abcdefghij here|key [REDACTED] here",
        "nothing of the kind|nothing of the kind"
      })
  void aTextLosesItsSecrets(String text, String shown) {
    assertThat(standard.text(text)).isEqualTo(shown);
  }

  @Test
  void membersAreHiddenByNameAndByContent() {
    var members = Json.object("Splunk_Token", "abc", "schema", "flows.v1", "why", "bad password");

    assertThat(Json.text(standard.members(members)))
        .isEqualTo(
            "{\"Splunk_Token\":\"[REDACTED]\",\"schema\":\"flows.v1\",\"why\":\"[REDACTED]\"}");
  }

  @Test
  void theWordsAreTheOperators() {
    var own = new Redaction(List.of("ssn"), List.of("x-secret"));

    assertThat(own.text("ssn=1 token=2")).isEqualTo("ssn=[REDACTED] token=2");
    assertThat(own.isSecret("x_secret")).isTrue();
  }
}
