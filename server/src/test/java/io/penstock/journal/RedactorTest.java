package io.penstock.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {

  private final Redactor redactor = new Redactor(new KeyedHash("key".getBytes(UTF_8)));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "AKIAABCDEFGHIJKLMNOP",
        "ASIAABCDEFGHIJKLMNOP",
        "ghp_~36~",
        "gho_~36~",
        "ghu_~36~",
        "ghs_~36~",
        "ghr_~36~",
        "github_pat_~36~",
        "glpat-ABCDEFGHIJKLMNOPQRST",
        "xoxb-1234567890-abcdefghij",
        "xoxp-1234567890-abcdefghij",
        "sk_live_~36~",
        "rk_live_~36~",
        "AIza~35~",
        "npm_~36~",
        "hvs.~36~",
        "hvb.~36~",
        "hvr.~36~",
        "dop_v1_~64~",
        "-----BEGIN EC PRIVATE~KEY-----0a0a-----END EC PRIVATE~KEY-----"
      })
  void whatLooksLikeATokenIsTakenOutWhereverItStands(String form) {
    var token = token(form);

    assertThat(redactor.text("before " + token + " after"))
        .startsWith("before redacted:")
        .endsWith(" after")
        .doesNotContain(token);
  }

  /** Made up here, so that nobody who searches these sources for tokens finds any. */
  private static String token(String form) {
    return form.replace("~KEY", " KEY")
        .replace("~64~", "0a".repeat(32))
        .replace("~36~", "Ab1".repeat(12))
        .replace("~35~", "Ab1cd".repeat(7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "b117a3cd-37e2-4cf5-9a64-3e2b1c0d9f8e",
        "bGljZW5zZS1mcmVlLTQuMTYuMS0yMDkwNGU0NQ==",
        "linux-6.12.54-linuxkit",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
      })
  void identifiersAndVersionsAreNoTokens(String value) {
    assertThat(redactor.text(value)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"api_key", "apiKey", "API-KEY", "client_secret", "writeKey", "Password"})
  void secretsGoByTheirNameHoweverItIsWritten(String name) {
    assertThat(redactor.body("{\"" + name + "\" : \"hush\", \"n\":1}", false))
        .startsWith("{\"" + name + "\":\"redacted:")
        .endsWith(", \"n\":1}");
    assertThat(redactor.body("a=1&" + name + "=hush&b=", true))
        .startsWith("a=1&" + name + "=redacted:")
        .endsWith("&b=");
  }

  @Test
  void theSameSecretHasTheSameHashInOneInstallationAlone(@TempDir Path folder) throws Exception {
    var here = KeyedHash.in(folder.resolve("key"));
    var again = KeyedHash.in(folder.resolve("key"));
    var elsewhere = KeyedHash.in(folder.resolve("other"));

    assertThat(here.of("secret")).isEqualTo(again.of("secret")).hasSize(16);
    assertThat(here.of("secret")).isNotEqualTo(elsewhere.of("secret"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("key"))))
        .isEqualTo("rw-------");
  }
}
