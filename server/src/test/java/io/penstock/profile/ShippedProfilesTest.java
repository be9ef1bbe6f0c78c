package io.penstock.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ShippedProfilesTest {

  private static final Path FOLDER = Path.of("src", "main", "resources", "profiles");

  @Test
  void everyFileOfTheFolderShipsAndIsWithoutMistakes() throws IOException {
    try (var files = Files.list(FOLDER)) {
      var names =
          files.map(file -> file.getFileName().toString().replace(".yaml", "")).sorted().toList();

      assertThat(ProfileFiles.SHIPPED).containsExactlyElementsOf(names);
    }
    var read = ProfileFiles.shipped();

    assertThat(read.problems()).isEmpty();
    assertThat(read.profiles()).extracting(Profile::name).containsAll(ProfileFiles.SHIPPED);
  }

  @Test
  void noProfileIsMockedOrBlockedUnasked() {
    assertThat(ProfileFiles.shipped().profiles())
        .allSatisfy(profile -> assertThat(profile.verdict()).isEqualTo(Verdict.OBSERVE));
  }

  @Test
  void everyProfileSaysWhereItsFactsComeFromAndHowToOptOut() {
    assertThat(ProfileFiles.shipped().profiles())
        .allSatisfy(
            profile -> {
              assertThat(profile.source()).isNotBlank();
              assertThat(profile.optOut().how()).isNotBlank();
              assertThat(profile.endpoints())
                  .allSatisfy(endpoint -> assertThat(endpoint.answers()).isNotEmpty());
            });
  }

  @Test
  void criblNamesTheConditionOfItsLicence() {
    var cribl = TestProfiles.shipped().get("cribl").orElseThrow();

    assertThat(cribl.mockCondition()).contains("Free licence").contains("24 hours");
  }
}
