package io.penstock.elements;

import io.penstock.registry.Registry;
import io.penstock.wire.ProtocolVersion;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The key of an entry: whose element, and which.
 *
 * @param enterprise the private enterprise number; 0 for ids that have none
 */
record ElementId(long enterprise, int id) {

  static final String FORM =
      "'enterprise number/id' with a number up to 4294967295 and an id from 1 to 32767"
          + " (to 65535 for number 0)";

  private static final Pattern TEXT = Pattern.compile("(\\d{1,10})/(\\d{1,5})");
  private static final long ENTERPRISE_MAX = 0xffff_ffffL;

  /** The top bit of an IPFIX id says that an enterprise number follows (RFC 7011 §3.2). */
  private static final int IPFIX_ID_MAX = 0x7fff;

  private static final int NETFLOW_9_ID_MAX = 0xffff;

  /** The id of this text; empty when it is none. */
  static Optional<ElementId> of(String text) {
    var parts = TEXT.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    long enterprise = Long.parseLong(parts.group(1));
    int id = Integer.parseInt(parts.group(2));
    int max = enterprise == 0 ? NETFLOW_9_ID_MAX : IPFIX_ID_MAX;
    return enterprise <= ENTERPRISE_MAX && id >= 1 && id <= max
        ? Optional.of(new ElementId(enterprise, id))
        : Optional.empty();
  }

  /** The protocols in which this id can occur at all: NetFlow v9 knows no enterprises. */
  Set<ProtocolVersion> versions() {
    if (enterprise != 0) {
      return EnumSet.of(ProtocolVersion.IPFIX);
    }
    return id > IPFIX_ID_MAX
        ? EnumSet.of(ProtocolVersion.NETFLOW_V9)
        : EnumSet.of(ProtocolVersion.NETFLOW_V9, ProtocolVersion.IPFIX);
  }

  /** Whether the id is IANA's to define. */
  boolean isStandard() {
    return enterprise == 0 && id <= IPFIX_ID_MAX;
  }

  /** Whether the id is the other direction of one of IANA's (RFC 5103 §6.1). */
  boolean isReverse() {
    return enterprise == Registry.REVERSE;
  }

  @Override
  public String toString() {
    return enterprise + "/" + id;
  }
}
