package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningTest {

  private static final Running SERVER =
      new Running(
          URI.create("http://127.0.0.1:8081"),
          42,
          "-----BEGIN CERTIFICATE-----\n",
          URI.create("https://cdn.cribl.io/telemetry/index.html?v=1"));

  @TempDir private Path data;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    SERVER.write(data);

    assertThat(Running.read(data)).contains(SERVER);
    assertThat(data.toFile().list()).containsExactly("intercept.json");
  }

  @Test
  void itMayBeReadByWhoeverMayReadOtherFiles() throws IOException {
    var ordinary = Files.writeString(data.resolve("ordinary"), "");
    SERVER.write(data);

    assertThat(Files.getPosixFilePermissions(data.resolve("intercept.json")))
        .isEqualTo(Files.getPosixFilePermissions(ordinary));
  }

  @Test
  void theNextServerWritesOverIt() throws IOException {
    var next = new Running(SERVER.proxy(), 43, SERVER.ca(), null);
    SERVER.write(data);

    next.write(data);

    assertThat(Running.read(data)).contains(next);
  }

  @Test
  void onlyItsOwnServerTakesItAway() throws IOException {
    SERVER.write(data);

    Running.remove(data, 43);
    assertThat(Running.read(data)).isPresent();

    Running.remove(data, 42);
    assertThat(Running.read(data)).isEmpty();
  }

  @Test
  void noServerIsNoError() throws IOException {
    assertThat(Running.read(data)).isEmpty();
    Running.remove(data, 42);
  }

  @Test
  void damageIsTold() throws IOException {
    for (var text :
        new String[] {
          "", "{", "[]", "{\"proxy\":1}", "{\"proxy\":\"a b\",\"pid\":1,\"ca\":\"\"}"
        }) {
      Files.writeString(data.resolve("intercept.json"), text);

      assertThatThrownBy(() -> Running.read(data))
          .as(text)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("intercept.json is not what a server wrote");
    }
  }
}
