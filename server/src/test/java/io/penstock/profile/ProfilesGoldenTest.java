package io.penstock.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.policy.HostPattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The page of profiles has what their files say. {@code -Dgolden.update=true} writes its table
 * anew, to be reviewed as a diff; the prose around it is by hand.
 */
class ProfilesGoldenTest {

  private static final Path PAGE = Path.of("..", "docs", "profiles.md");

  /** The file has them all. */
  private static final int SHOWN_MAX = 4;

  private static final String HEAD = "| profile | product |";

  @Test
  void thePageListsEveryProfileThatShips() throws IOException {
    var page = page(Files.readAllLines(PAGE));

    if (Boolean.getBoolean("golden.update")) {
      Files.write(PAGE, page);
    }
    assertThat(Files.readAllLines(PAGE)).containsExactlyElementsOf(page);
  }

  private static List<String> page(List<String> old) {
    var page = new ArrayList<String>();
    boolean inTable = false;
    for (var line : old) {
      if (line.startsWith(HEAD)) {
        inTable = true;
        page.add(line);
      } else if (inTable && line.startsWith("|---")) {
        page.add(line);
        TestProfiles.shipped().all().forEach(profile -> page.add(row(profile)));
      } else if (!inTable || !line.startsWith("|")) {
        inTable = false;
        page.add(line);
      }
    }
    return page;
  }

  private static String row(Profile profile) {
    var cells =
        List.of(
            "`" + profile.name() + "`",
            profile.title(),
            hosts(profile),
            profile.endpoints().stream()
                .map(Endpoint::purpose)
                .distinct()
                .collect(Collectors.joining("; ")),
            identifiers(profile),
            optOut(profile),
            Section.written(profile.verified()),
            profile.source());
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  private static String hosts(Profile profile) {
    return profile.endpoints().stream()
        .flatMap(
            endpoint ->
                endpoint.hosts().isEmpty()
                    ? endpoint.ports().stream().sorted().map(port -> "any:" + port)
                    : endpoint.hosts().stream().map(HostPattern::toString))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private static String identifiers(Profile profile) {
    var identifiers =
        profile.fields().stream()
            .filter(field -> field.identifier() != Identifier.NONE)
            .map(
                field ->
                    "`" + field.field().text() + "` (" + Section.written(field.identifier()) + ")")
            .distinct()
            .toList();
    if (identifiers.isEmpty()) {
      return "none known";
    }
    int more = identifiers.size() - SHOWN_MAX;
    return identifiers.stream().limit(SHOWN_MAX).collect(Collectors.joining(", "))
        + (more > 0 ? " and " + more + " more" : "");
  }

  private static String optOut(Profile profile) {
    var optOut = profile.optOut();
    return optOut.verified() == Profile.Verified.VERIFIED
        ? optOut.how()
        : optOut.how() + " (" + Section.written(optOut.verified()) + ")";
  }
}
