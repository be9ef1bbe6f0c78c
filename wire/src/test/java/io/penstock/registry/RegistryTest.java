package io.penstock.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DataType;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.ProtocolVersion;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RegistryTest {

  private final Registry registry = Registry.load();

  @Test
  void everyIanaElementHasItsNameTypeAndUnit() {
    assertThat(registry.find(0, 1))
        .contains(
            new InformationElement(
                0, 1, "octetDeltaCount", DataType.UNSIGNED64, "deltaCounter", "octets"));
    assertThat(registry.find(0, 502)).isPresent();
    assertThat(registry.find(0, 292))
        .get()
        .extracting(InformationElement::type)
        .isEqualTo(DataType.SUB_TEMPLATE_LIST);
  }

  @Test
  void whatIsUnassignedIsUnknown() {
    assertThat(registry.find(0, 0)).isEmpty();
    assertThat(registry.find(0, 503)).isEmpty();
    assertThat(registry.find(0, 65535)).isEmpty();
    assertThat(registry.find(0, -1)).isEmpty();
  }

  @Test
  @Tag("case-65")
  void anUnknownVendorsIdIsNotLookedUpAmongIanas() {
    assertThat(registry.find(4711, 1)).isEmpty();
  }

  @Test
  @Tag("case-61")
  @Tag("rfc5103-6.1-reverse-pen")
  @Tag("rfc5103-6.1-unknown-reverse-element")
  void aReverseElementIsNamedAfterItsForwardOne() {
    assertThat(registry.find(29305, 1))
        .get()
        .extracting(InformationElement::name)
        .isEqualTo("reverseOctetDeltaCount");
    assertThat(registry.find(29305, 503)).isEmpty();
  }

  @Test
  @Tag("case-61")
  @Tag("rfc5103-6.2-vendors-reverse")
  void certMarksReverseElementsByABitOfTheId() {
    assertThat(registry.find(6871, 14)).map(InformationElement::name).contains("initialTCPFlags");
    assertThat(registry.find(6871, 0x4000 | 14))
        .map(InformationElement::name)
        .contains("reverseInitialTCPFlags");
  }

  @Test
  void vendorElementsAreFoundByEnterpriseNumber() {
    assertThat(registry.find(5951, 128)).map(InformationElement::name).contains("roundTripTime");
    assertThat(registry.find(9, 12235)).isPresent();
    assertThat(registry.find(3054, 110)).map(InformationElement::name).contains("ixiaL7AppId");
    assertThat(registry.find(35632, 118)).map(InformationElement::name).contains("L7_PROTO");
  }

  @Test
  void vendorsWithoutAPublishedRegistryAreNamedFromTheirManuals() {
    assertThat(registry.find(2636, 137))
        .map(InformationElement::name)
        .contains("juniperCommonPropertiesId");
    assertThat(registry.find(637, 93)).map(InformationElement::name).contains("aluNatSubString");
    assertThat(registry.find(6876, 950)).map(InformationElement::name).contains("ruleId");
    assertThat(registry.find(9, 4254)).map(InformationElement::name).contains("transportRtpSsrc");
    assertThat(registry.find(35632, 180)).map(InformationElement::name).contains("HTTP_URL");
  }

  @Test
  void ciscosNetflow9SendsItsElementsWithTheEnterpriseBitInTheId() {
    assertThat(v9(45003, false)).isEqualTo("appHTTPHost");
    assertThat(v9(37022, false)).isEqualTo("transportRtpSsrc");
  }

  @Test
  @Tag("case-29")
  void netflow9HasVendorFieldsWithoutAnEnterpriseBit() {
    assertThat(v9(33000, false)).isEqualTo("ingressAclId");
    assertThat(v9(40005, false)).isNotEqualTo("?");
    assertThat(v9(56701, false)).isEqualTo("app_id");
    assertThat(v9(57590, false)).isEqualTo("L7_PROTO");
    assertThat(v9(8256, false)).isEqualTo("streamcore_hostname");
    assertThat(registry.find(0, 33000)).isEmpty();
  }

  @Test
  void netflow9SharesIanasElements() {
    assertThat(v9(1, false)).isEqualTo("octetDeltaCount");
    assertThat(v9(234, false)).isEqualTo("ingressVRFID");
  }

  @Test
  @Tag("case-26")
  @Tag("rfc3954-6.1-scope-types")
  void netflow9ScopesAreTypesOfTheirOwn() {
    assertThat(v9(1, true)).isEqualTo("scopeSystem");
    assertThat(v9(5, true)).isEqualTo("scopeTemplate");
    assertThat(v9(8, true)).isEqualTo("?");
    assertThat(
            registry.find(ProtocolVersion.IPFIX, new FieldSpecifier(0, 1, 4, true)).orElseThrow())
        .extracting(InformationElement::name)
        .isEqualTo("octetDeltaCount");
  }

  @Test
  void anElementIsFoundByName() {
    assertThat(registry.named("sourceIPv4Address")).map(InformationElement::id).contains(8);
    assertThat(registry.named("noSuchThing")).isEmpty();
  }

  private String v9(int id, boolean scope) {
    return registry
        .find(ProtocolVersion.NETFLOW_V9, new FieldSpecifier(0, id, 4, scope))
        .map(InformationElement::name)
        .orElse("?");
  }
}
