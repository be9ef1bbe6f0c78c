package io.penstock.decode;

import java.util.List;

/**
 * What exporters give names to, and the members by which the names join the flows. Each member has
 * its place in that order.
 */
enum NameKind {
  INTERFACE,
  APPLICATION,
  VRF,
  SAMPLER;

  static final int COUNT = values().length;

  /** All members. */
  List<String> members() {
    return switch (this) {
      case INTERFACE ->
          List.of(
              "ingress_if_name",
              "ingress_if_description",
              "egress_if_name",
              "egress_if_description");
      case APPLICATION ->
          List.of(
              "application_name",
              "application_description",
              "application_category",
              "application_sub_category",
              "application_group",
              "application_p2p",
              "application_tunnel",
              "application_encrypted");
      case VRF -> List.of("ingress_vrf_name", "egress_vrf_name");
      case SAMPLER -> List.of("sampler_name");
    };
  }

  /** The members that an element of this name fills; none for most. */
  List<String> membersOf(String element) {
    return switch (this) {
      case INTERFACE ->
          switch (element) {
            case "interfaceName" -> List.of("ingress_if_name", "egress_if_name");
            case "interfaceDescription" ->
                List.of("ingress_if_description", "egress_if_description");
            default -> List.of();
          };
      // RFC 6759 §6.5; the names with "app" are Cisco's own elements, older than IANA's.
      case APPLICATION ->
          switch (element) {
            case "applicationName" -> List.of("application_name");
            case "applicationDescription" -> List.of("application_description");
            case "applicationCategoryName", "appCategoryName" -> List.of("application_category");
            case "applicationSubCategoryName", "appSubCategoryName" ->
                List.of("application_sub_category");
            case "applicationGroupName", "appGroupName" -> List.of("application_group");
            case "p2pTechnology" -> List.of("application_p2p");
            case "tunnelTechnology" -> List.of("application_tunnel");
            case "encryptedTechnology" -> List.of("application_encrypted");
            default -> List.of();
          };
      case VRF -> element.equals("VRFname") ? members() : List.of();
      case SAMPLER ->
          element.equals("samplerName") || element.equals("selectorName") ? members() : List.of();
    };
  }

  /**
   * The most octets that a member takes with its name. Longer ones are left to the table: a flow of
   * few octets must not become an event of many, so the members of one kind take about a kilobyte
   * together. What stands for yes and no, and a word for a category, needs less than a name.
   */
  static int bytesMax(String member) {
    return switch (member) {
      case "application_p2p", "application_tunnel", "application_encrypted" -> 64;
      case "application_category", "application_sub_category", "application_group" -> 128;
      default -> 256;
    };
  }

  /** Whether an element of this name, in a flow record, leaves nothing to join. */
  boolean isToldBy(String element) {
    return !membersOf(element).isEmpty();
  }
}
