package io.penstock.stub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StubFolderTest {

  @TempDir Path folder;

  private final Desk desk = new Desk();

  private StubFolder open() {
    return new StubFolder(folder, desk.stubs, InstantSource.system());
  }

  private void write(String name, String text) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(java.util.Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
  }

  private static void settle(StubFolder opened) {
    opened.poll();
    opened.poll();
  }

  @Test
  void allDocumentsOfAFolderAreRead() throws IOException {
    write("a.yaml", "{name: a, request: {path: /a}, answer: {}}");
    write(
        "sub/b.json",
        "{\"stubs\": [{\"name\": \"b\", \"request\": {\"path\": \"/b\"}, \"answer\": {\"bodyFile\": \"__files/body.json\"}}]}");
    write("sub/__files/body.json", "{\"from\": \"file\"}");
    write("readme.txt", "not a stub");

    var status = open().status();

    assertThat(status.problems()).isEmpty();
    assertThat(status.stubs()).isEqualTo(2);
    assertThat(desk.body(Requests.get("http://h/b"))).isEqualTo("{\"from\": \"file\"}");
  }

  @Test
  void aChangeIsReadOnceItSettled() throws IOException {
    write("a.yaml", "{name: a, answer: {body: old}}");
    var opened = open();

    write("a.yaml", "{name: a, answer: {body: newer}}");
    opened.poll();

    assertThat(desk.body(Requests.get("http://h/"))).isEqualTo("old");
    opened.poll();
    assertThat(desk.body(Requests.get("http://h/"))).isEqualTo("newer");
  }

  @Test
  void aBodyThatChangesIsReadToo() throws IOException {
    write("a.yaml", "{name: a, answer: {bodyFile: body.txt}}");
    write("body.txt", "old");
    var opened = open();

    write("body.txt", "newer");
    settle(opened);

    assertThat(desk.body(Requests.get("http://h/"))).isEqualTo("newer");
  }

  @Test
  void aMistakeKeepsTheStubsInUseAndNamesFileAndLine() throws IOException {
    write("a.yaml", "{name: a, answer: {}}");
    var opened = open();

    write("b.yaml", "name: b\nanswer:\n  stauts: 7\n");
    settle(opened);

    assertThat(opened.status().problems())
        .singleElement()
        .asString()
        .startsWith("b.yaml:3: answer.stauts: is not known");
    assertThat(opened.status().stubs()).isEqualTo(1);
    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("a");
    assertThat(desk.counted("intercept_stub_files_refused")).isEqualTo(1);

    Files.delete(folder.resolve("b.yaml"));
    settle(opened);
    assertThat(opened.status().problems()).isEmpty();
  }

  @Test
  void aFolderThatGoesAwayKeepsTheStubsInUse() throws IOException {
    write("a.yaml", "{name: a, answer: {}}");
    var opened = open();

    Files.delete(folder.resolve("a.yaml"));
    Files.delete(folder);
    settle(opened);

    assertThat(opened.status().problems()).hasSize(1);
    assertThat(desk.who(Requests.get("http://h/"))).isEqualTo("a");
  }

  @Test
  void aBodyOutsideTheFolderIsRefused(@TempDir Path elsewhere) throws IOException {
    Files.writeString(elsewhere.resolve("secret"), "secret");
    Files.createSymbolicLink(folder.resolve("link"), elsewhere.resolve("secret"));
    write(
        "a.yaml",
        "stubs: [{name: a, answer: {bodyFile: ../../etc/hostname}}, {name: b, answer: {bodyFile: link}}, {name: c, answer: {bodyFile: %s}}]"
            .formatted(elsewhere.resolve("secret")));

    assertThat(open().status().problems()).hasSize(3);
  }

  @Test
  void twoStubsOfOneNameAreAProblem() throws IOException {
    write("a.yaml", "{name: same, answer: {}}");
    write("b.yaml", "{name: same, answer: {}}");

    assertThat(open().status().problems())
        .singleElement()
        .asString()
        .isEqualTo("b.yaml: a stub in a.yaml is called 'same' too");
  }

  @Test
  void withoutAFolderNothingHappens() {
    var opened = new StubFolder(null, desk.stubs, InstantSource.system());

    opened.poll();

    assertThat(opened.status().stubs()).isZero();
  }
}
