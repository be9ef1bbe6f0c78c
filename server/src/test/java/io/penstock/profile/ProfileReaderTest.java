package io.penstock.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileReaderTest {

  private static final String GOOD =
      """
      name: mine
      title: Mine
      vendor: Me
      source: my notes
      opt-out: {how: MINE_OFF=1}
      version: {query: v}
      endpoints:
        - name: send
          purpose: what it does
          hosts: [t.mine.example, "*.mine.example"]
          paths: [/send/*]
          answers:
            - {status: 200, body: ok}
      fields:
        - {query: v, meaning: version}
        - {body: /a/*/b, meaning: something, identifier: person, said: documented}
      """;

  @TempDir Path folder;

  @Test
  void aProfileIsReadAndWhatIsNotSaidHasADefault() {
    var read = read(GOOD);

    assertThat(read.problems).isEmpty();
    assertThat(read.profiles)
        .singleElement()
        .satisfies(
            profile -> {
              assertThat(profile.verified()).isEqualTo(Profile.Verified.UNVERIFIED);
              assertThat(profile.doNotTrack()).isEqualTo(Profile.DoNotTrack.UNKNOWN);
              assertThat(profile.fields().get(1).identifier()).isEqualTo(Identifier.PERSON);
            });
  }

  @Test
  void eachMistakeIsNamedWithItsLine() {
    var text =
        GOOD.replace("vendor: Me", "vendro: Me")
            .replace("paths: [/send/*]", "paths: [send]")
            .replace("identifier: person", "identifier: human")
            .replace("status: 200", "status: 99");

    assertThat(read(text).problems)
        .extracting(Problem::toString)
        .containsExactlyInAnyOrder(
            "f.yaml:1:1: expected a text for 'vendor', which is not there",
            "f.yaml:3:9: unknown key 'vendro': did you mean 'vendor'?",
            "f.yaml:11:13: expected a path such as /telemetry/*, not 'send'",
            "f.yaml:13:18: expected a number from 200 to 599, not '99'",
            "f.yaml:16:52: expected one of none, installation, person, licence, not 'human'");
    assertThat(read(text).profiles).isEmpty();
  }

  @Test
  void whatIsNotYamlOrNotAProfileIsAProblemAndNothingElse() {
    for (var text :
        List.of(
            "", "a: [", "- 1", "42", "a: &x [1]\nb: *x", "a: 1\n---\nb: 2", "[".repeat(5_000))) {
      var read = read(text);

      assertThat(read.profiles).as(text).isEmpty();
      assertThat(read.problems).as(text).isNotEmpty();
    }
  }

  @Test
  void noTextMakesTheReaderThrow() {
    var random = new Random(3);
    for (int round = 0; round < 2_000; round++) {
      var text = new StringBuilder(GOOD);
      for (int i = random.nextInt(4); i >= 0; i--) {
        text.setCharAt(
            random.nextInt(text.length()), "{}[]:,-'\"& \n*x#|".charAt(random.nextInt(16)));
      }
      var read = read(text.toString());

      assertThat(read.profiles.isEmpty()).isEqualTo(!read.problems.isEmpty());
    }
  }

  @Test
  void aFolderOverridesWhatShipsAndLeavesOutFilesWithMistakes() throws IOException {
    Files.writeString(folder.resolve("a.yaml"), GOOD.replace("name: mine", "name: cribl"));
    Files.writeString(folder.resolve("b.yml"), GOOD);
    Files.writeString(folder.resolve("c.yaml"), GOOD.replace("vendor: Me", ""));
    Files.writeString(folder.resolve("d.txt"), "not looked at");

    var read = ProfileFiles.read(folder);

    assertThat(read.profiles()).hasSize(ProfileFiles.SHIPPED.size() + 1);
    assertThat(read.profiles())
        .filteredOn(profile -> profile.name().equals("cribl"))
        .singleElement()
        .satisfies(profile -> assertThat(profile.title()).isEqualTo("Mine"));
    assertThat(read.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.toString()).contains("c.yaml:1:1: expected"));
  }

  @Test
  void aFolderThatIsNotThereIsAProblem() {
    assertThat(ProfileFiles.read(folder.resolve("none")).problems()).hasSize(1);
  }

  private record Result(List<Profile> profiles, List<Problem> problems) {}

  private static Result read(String text) {
    var problems = new ArrayList<Problem>();
    var profile = ProfileReader.read("f.yaml", text, problems::add);
    return new Result(profile == null ? List.of() : List.of(profile), problems);
  }
}
