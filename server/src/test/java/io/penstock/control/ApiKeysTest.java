package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ApiKeysTest {

  @TempDir private Path folder;

  private final List<String> announced = new ArrayList<>();

  private ApiKeys open(String apiKey, String seedKeys) {
    return ApiKeys.open(apiKey, seedKeys, folder.resolve("data/keys"), announced::add);
  }

  @Test
  void aKeyIsMadeOnceAndOnlyItsHashIsKept() throws IOException {
    var first = open("", "");
    assertThat(announced).hasSize(1);
    String key = announced.getFirst();

    var again = open("", "");

    assertThat(announced).hasSize(1);
    assertThat(key).startsWith("psk_").hasSize(47);
    assertThat(first.find(key)).contains(again.find(key).orElseThrow());
    assertThat(again.find(key).orElseThrow().scopes()).containsExactly("admin");
    assertThat(again.find(key).orElseThrow().tenant()).isEqualTo("default");
    var file = folder.resolve("data/keys");
    assertThat(Files.readString(file)).doesNotContain(key);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void configuredKeysReplaceTheGeneratedOne() {
    open("", "");

    var keys = open("one", " two, ,three ");

    assertThat(keys.find("one")).isPresent();
    assertThat(keys.find("two")).isPresent();
    assertThat(keys.find("three")).isPresent();
    assertThat(keys.find(announced.getFirst())).isEmpty();
    assertThat(announced).hasSize(1);
  }

  @Test
  void noKeyIsKnownToEverybody() {
    var keys = open("", "");

    for (var key :
        List.of("TEST_KEY", "TEST_ADMIN_KEY", "admin-key", "DEV_ADMIN_KEY_5a8f9ffdc3", "")) {
      assertThat(keys.find(key)).isEmpty();
    }
  }

  @Test
  void akeyMayDoLessThanAll() {
    var keys = ApiKeys.of(List.of("admin")).plus("small", "default", Set.of("ingest"));

    assertThat(keys.find("small").orElseThrow().scopes()).containsExactly("ingest");
    assertThat(keys.find("small").orElseThrow().keyId())
        .isNotEqualTo(keys.find("admin").orElseThrow().keyId());
  }

  @Test
  void aDamagedFileIsSaidToBeSo() throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Files.writeString(folder.resolve("data/keys"), "not a hash\n");

    assertThatThrownBy(() -> open("", ""))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is damaged: remove it");
  }
}
