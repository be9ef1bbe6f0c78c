package io.penstock.elements;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.registry.InformationElement;
import io.penstock.registry.MappedElement;
import io.penstock.registry.Registry;
import io.penstock.wire.DataType;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.ProtocolVersion;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElementsReaderTest {

  private static final Registry SHIPPED = Registry.load();

  private static Elements read(String text) {
    return ElementsReader.read(text, SHIPPED);
  }

  /** The one mistake of a text, as a person sees it. */
  private static String mistake(String text) {
    var problems = read(text).problems();
    assertThat(problems).as(text).hasSize(1);
    return problems.getFirst().in("e.yaml");
  }

  private static String mistakeOf(String entry) {
    return mistake("elements:\n  " + entry + "\n");
  }

  @Test
  void anElementHasItsNameTypeSemanticsAndUnits() {
    var read =
        read(
            """
            # ours
            elements:
              35632/57: {name: l7ProtoName, type: string}
              9999/1:
                name: queueDelay
                type: unsigned32
                semantics: quantity
                units: microseconds
            """);

    assertThat(read.problems()).isEmpty();
    assertThat(read.elements())
        .containsExactly(
            new MappedElement(
                new InformationElement(35632, 57, "l7ProtoName", DataType.STRING, "", ""),
                Set.of(ProtocolVersion.IPFIX),
                null),
            new MappedElement(
                new InformationElement(
                    9999, 1, "queueDelay", DataType.UNSIGNED32, "quantity", "microseconds"),
                Set.of(ProtocolVersion.IPFIX),
                null));
  }

  @Test
  void anIdWithoutAnEnterpriseIsOfTheProtocolsThatCanHaveIt() {
    var read =
        read(
            """
            elements:
              0/40001: {name: a, type: ipv4Address, versions: [netflow9]}
              0/40002: {name: b, type: ipv4Address}
              0/600: {name: c, type: string, override: true}
              0/601: {name: d, type: string, override: true, versions: [ipfix]}
            """);

    assertThat(read.elements())
        .extracting(MappedElement::versions)
        .containsExactly(
            Set.of(ProtocolVersion.NETFLOW_V9),
            Set.of(ProtocolVersion.NETFLOW_V9),
            Set.of(ProtocolVersion.NETFLOW_V9, ProtocolVersion.IPFIX),
            Set.of(ProtocolVersion.IPFIX));
  }

  @Test
  void anElementThatStandsForAnotherTakesItsType() {
    var element = read("elements: {9999/7: {name: accessVlan, as: vlanId}}").elements().getFirst();

    assertThat(element.element().type()).isEqualTo(DataType.UNSIGNED16);
    assertThat(element.standsFor()).extracting(InformationElement::id).isEqualTo(58);
  }

  @Test
  void noElementsAreAllRight() {
    assertThat(read("elements: {}\n").isValid()).isTrue();
    assertThat(read("elements:\n").isValid()).isTrue();
    assertThat(read("--- {\"elements\": {\"9999/1\": {\"name\": \"a\", \"type\": \"string\"}}}"))
        .extracting(elements -> elements.elements().size())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          9999/1 {name: a} \
          | e.yaml:2:3: expected 'enterprise number/id' with a number up to 4294967295 and an id \
          from 1 to 32767 (to 65535 for number 0), not '9999/1 {name'
          9999: {name: a, type: string} \
          | e.yaml:2:3: expected 'enterprise number/id' with a number up to 4294967295 and an id \
          from 1 to 32767 (to 65535 for number 0), not '9999'
          9999/0: {name: a, type: string} \
          | e.yaml:2:3: expected 'enterprise number/id' with a number up to 4294967295 and an id \
          from 1 to 32767 (to 65535 for number 0), not '9999/0'
          9999/32768: {name: a, type: string} \
          | e.yaml:2:3: expected 'enterprise number/id' with a number up to 4294967295 and an id \
          from 1 to 32767 (to 65535 for number 0), not '9999/32768'
          4294967296/1: {name: a, type: string} \
          | e.yaml:2:3: expected 'enterprise number/id' with a number up to 4294967295 and an id \
          from 1 to 32767 (to 65535 for number 0), not '4294967296/1'
          9999/1: string \
          | e.yaml:2:11: expected a mapping such as {name: appName, type: string}, not 'string'
          9999/1: [a, string] \
          | e.yaml:2:11: expected a mapping such as {name: appName, type: string}, not a list
          9999/1: {type: string}    | e.yaml:2:3: expected a 'name' for 9999/1
          9999/1: {name: a}         | e.yaml:2:3: expected a 'type' for 9999/1
          9999/1: {nome: a, type: string} \
          | e.yaml:2:12: expected one of name, type, semantics, units, as, versions, override, \
          not 'nome'
          9999/1: {name: a b, type: string} \
          | e.yaml:2:18: expected a name of up to 64 letters, digits, '_', '.' and '-' that begins \
          with a letter, not 'a b'
          9999/1: {name: src_ip, type: string} \
          | e.yaml:2:18: expected another name: every event has a 'src_ip' already
          9999/1: {name: [a], type: string} | e.yaml:2:18: expected a value for 'name', not a list
          9999/1: {name: a, name: b, type: string} | e.yaml:2:21: 'name' stands in the entry twice
          9999/1: {name: a, type: string, semantics: sum} \
          | e.yaml:2:46: expected default or quantity or totalCounter or deltaCounter or \
          identifier or flags or list or snmpCounter or snmpGauge, not 'sum'
          9999/1: {name: a, type: string, units: \"\"} \
          | e.yaml:2:42: expected a unit such as octets, not ''
          9999/1: {name: a, type: string, versions: netflow9} \
          | e.yaml:2:45: expected a list such as [netflow9], not 'netflow9'
          9999/1: {name: a, type: string, versions: [netflow5]} \
          | e.yaml:2:46: expected netflow9 or ipfix, not 'netflow5'
          9999/1: {name: a, type: string, versions: [netflow9]} \
          | e.yaml:2:46: 9999/1 cannot occur in netflow9
          0/40000: {name: a, type: string, versions: [ipfix]} \
          | e.yaml:2:47: 0/40000 cannot occur in ipfix
          0/8: {name: a, type: string} \
          | e.yaml:2:3: 0/8 is IANA's to define: expected 'override: true' beside it
          0/8: {name: a, type: string, override: yes} | e.yaml:2:42: expected true or false, not 'yes'
          29305/1: {name: a, type: string} \
          | e.yaml:2:3: expected the element of the forward direction: its reverse is named after it
          9999/1: {name: a, as: noSuch} \
          | e.yaml:2:25: expected the name of an element that ships, not 'noSuch'
          9999/1: {name: a, as: applicationName} \
          | e.yaml:2:25: 'applicationName' has no place of its own in an event
          9999/1: {name: a, as: sourceIPv4Address, type: string} \
          | e.yaml:2:50: expected ipv4Address, as sourceIPv4Address has, not string
          9999/1: &x {name: a, type: string}\\n  9999/2: *x \
          | e.yaml:3:11: expected a mapping such as {name: appName, type: string}, not an alias, \
          which this file must not have
          9999/1: {name: a, type: string}\\n  9999/1: {name: b, type: string} \
          | e.yaml:3:3: 9999/1 stands in the file twice
          9999/1: {name: a, type: string}\\n---\\nelements: {} \
          | e.yaml:3:1: expected the end of the file, not a second document
          """)
  void aMistakeIsTheOneLineThatSaysWhereAndWhatWasExpected(String entry, String message) {
    var mistakes = read("elements:\n  " + entry.replace("\\n", "\n") + "\n").problems();

    assertThat(mistakes).extracting(problem -> problem.in("e.yaml")).contains(message);
  }

  @Test
  void anUnknownTypeIsAnsweredWithAllThatThereAre() {
    assertThat(mistakeOf("9999/1: {name: a, type: int}"))
        .startsWith("e.yaml:2:27: expected one of octetArray, unsigned8, ")
        .endsWith(", subTemplateMultiList, not 'int'");
  }

  @Test
  void whatIsNoMappingAtAllIsSaid() {
    assertThat(mistake(""))
        .isEqualTo("e.yaml:1:1: expected a mapping with the key 'elements', not nothing");
    assertThat(mistake("elements: {9999/1: {name: a\n")).startsWith("e.yaml:2:1: not YAML: ");
    assertThat(mistake("- a\n"))
        .isEqualTo("e.yaml:1:1: expected a mapping with the key 'elements', not a list");
    assertThat(mistake("{}"))
        .isEqualTo("e.yaml:1:1: expected the key 'elements', which is not there");
    assertThat(mistake("element: {}"))
        .isEqualTo("e.yaml:1:1: expected the key 'elements' once, not 'element'");
    assertThat(mistake("elements: {}\nelements: {}"))
        .isEqualTo("e.yaml:2:1: expected the key 'elements' once, not 'elements'");
    assertThat(mistake("elements: {}\nb: \u0007"))
        .isEqualTo("e.yaml:2:4: not YAML: the character U+0007 is not allowed");
  }

  @Test
  void allMistakesAreFoundAtOnceAndNothingIsTaken() {
    var read =
        read(
            """
            elements:
              9999/1: {name: good, type: string}
              9999/2: {name: bad}
              9999/3: {name: bad, type: text}
              wrong: {name: bad, type: string}
            """);

    assertThat(read.elements()).isEmpty();
    assertThat(read.problems()).extracting(Elements.Problem::line).containsExactly(3, 4, 5);
  }

  @Test
  void neitherDepthNorSizeNorManyMistakesCostMuch() {
    for (var opening : List.of("[", "{a: ", "[{b: ")) {
      assertThat(read("elements: {9999/1: " + opening.repeat(200_000)).problems())
          .extracting(Elements.Problem::text)
          .endsWith("nested too deep");
    }
    assertThat(read("x".repeat(ElementsReader.CHARACTERS_MAX + 1)).problems())
        .singleElement()
        .extracting(problem -> problem.in("e"))
        .isEqualTo("e: larger than 4194304 characters");
    assertThat(read("elements:\n" + "  wrong: 1\n".repeat(10_000)).problems()).hasSize(20);
  }

  @Test
  void everyTypeOfTheRegistryCanBeGiven() {
    for (var type : DataType.values()) {
      assertThat(read("elements: {9999/1: {name: a, type: " + type.word() + "}}").isValid())
          .as(type.word())
          .isTrue();
    }
    assertThat(List.of(DataType.values())).hasSize(23);
  }

  @Test
  void anOperatorsElementWinsOverAVendorsAndOverIanasWhenToldSo() {
    var mapped =
        SHIPPED.with(
            read("""
                    elements:
                      6871/14: {name: ours, type: unsigned8}
                      0/8: {name: notAnAddress, type: octetArray, override: true}
                    """)
                .elements());

    assertThat(mapped.find(6871, 14)).map(InformationElement::name).contains("ours");
    assertThat(mapped.find(0, 8)).map(InformationElement::name).contains("notAnAddress");
    assertThat(mapped.find(29305, 8)).map(InformationElement::name).contains("reverseNotAnAddress");
    assertThat(mapped.find(0, 12)).isEqualTo(SHIPPED.find(0, 12));
    assertThat(SHIPPED.find(6871, 14)).map(InformationElement::name).contains("initialTCPFlags");
    assertThat(mapped.with(List.of()).find(0, 8)).isEqualTo(SHIPPED.find(0, 8));
  }

  @Test
  void aScopeTypeOfNetflow9IsNoElement() {
    var mapped =
        SHIPPED.with(read("elements: {0/1: {name: a, type: string, override: true}}").elements());
    var scope = new FieldSpecifier(0, 1, 4, true);

    assertThat(mapped.mapping(ProtocolVersion.NETFLOW_V9, scope)).isEmpty();
    assertThat(mapped.mapping(ProtocolVersion.IPFIX, scope)).isPresent();
    assertThat(mapped.find(ProtocolVersion.NETFLOW_V9, scope))
        .map(InformationElement::name)
        .contains("scopeSystem");
    assertThat(Arrays.asList(ProtocolVersion.values())).contains(ProtocolVersion.NETFLOW_V9);
  }
}
