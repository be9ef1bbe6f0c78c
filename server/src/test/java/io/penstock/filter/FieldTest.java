package io.penstock.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.filter.FilterParser.Parsed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the table of fields says of each is what the language does, and what its page says. */
final class FieldTest {

  private static String value(Field field) {
    return switch (field.kind()) {
      case NUMBER, PROTOCOL -> "6";
      case TIME -> "2026-11-22";
      case MAC -> "00:1b:21:3c:4d:5e";
      case ADDRESS -> "10.0.0.1";
      case FLAG -> "true";
      case CODE, TEXT -> "word";
      case ID -> "00000000-0000-4000-8000-000000000000";
    };
  }

  private static boolean isTaken(Field field, String operator) {
    var text =
        operator.equals("exists")
            ? "exists " + field.title()
            : field.title() + " " + operator + " " + value(field);
    return FilterParser.parse(text) instanceof Parsed.Accepted;
  }

  @ParameterizedTest
  @EnumSource
  void itsOperatorsAreTakenAndNoOthers(Field field) {
    for (var operator :
        new String[] {"=", "!=", "<", "<=", ">", ">=", "~", "in", "not in", "exists"}) {
      assertThat(isTaken(field, operator))
          .as("%s %s", field.title(), operator)
          .isEqualTo(field.kind().operators().contains(operator));
    }
  }

  @ParameterizedTest
  @EnumSource
  void itIsDescribedInOneSentence(Field field) {
    assertThat(field.description()).matches("[A-Z].*\\.").hasSizeLessThan(120);
  }

  @ParameterizedTest
  @EnumSource
  void thePageOfTheLanguageNamesIt(Field field) throws IOException {
    var page = Files.readString(Path.of("..", "docs", "filter-language.md"));

    assertThat(page).contains("`" + field.title() + "`");
    assertThat(field.aliases()).allSatisfy(alias -> assertThat(page).contains("`" + alias + "`"));
  }

  @ParameterizedTest
  @EnumSource
  void itsCodesAreValuesOfIt(Field field) {
    assertThat(field.codes())
        .allSatisfy(
            code ->
                assertThat(FilterParser.parse(field.title() + " = " + code))
                    .isInstanceOf(Parsed.Accepted.class));
    assertThat(field.codes()).doesNotContain("UNKNOWN");
    assertThat(field.codes().isEmpty() || field.kind() == Field.Kind.CODE).isTrue();
  }
}
