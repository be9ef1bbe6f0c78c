package io.penstock.decode;

import java.util.List;

/** The names of natEvent (element 230, RFC 8158 §7 and IANA's registry). */
final class NatEvents {

  private static final byte[] MEMBER = ExtraField.encoded("nat_event");

  private static final List<String> NAMES =
      List.of(
          "reserved",
          "nat_translation_create",
          "nat_translation_delete",
          "nat_addresses_exhausted",
          "nat44_session_create",
          "nat44_session_delete",
          "nat64_session_create",
          "nat64_session_delete",
          "nat44_bib_create",
          "nat44_bib_delete",
          "nat64_bib_create",
          "nat64_bib_delete",
          "nat_ports_exhausted",
          "quota_exceeded",
          "address_binding_create",
          "address_binding_delete",
          "port_block_allocation",
          "port_block_deallocation",
          "threshold_reached");

  private NatEvents() {}

  /** Adds the name to the number that stands among the members already. */
  static void write(long event, ExtraMembers extra) {
    if (event > 0 && event < NAMES.size()) {
      extra.member(MEMBER);
      extra.plain(NAMES.get((int) event));
    }
  }
}
