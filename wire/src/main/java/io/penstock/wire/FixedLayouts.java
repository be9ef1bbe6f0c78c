package io.penstock.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of NetFlow v1, v5, v7 and v8, expressed as templates of IANA elements ("NetFlow
 * Export Datagram Format", Cisco). One set per decoder, because a template carries its
 * interpreter's plan.
 */
public final class FixedLayouts {

  /**
   * The elements for NetFlow v7's two flags fields, which say which other fields are invalid, and
   * for what v8 counts of a contract that was exceeded. IANA has none for them, so they live under
   * the enterprise number for documentation (RFC 5612), which no exporter uses.
   */
  public static final long OWN_ENTERPRISE = 32473;

  private static final int V7_FLAGS_1 = 1;
  private static final int V7_FLAGS_2 = 2;
  private static final int V8_MARKED_TOS = 3;
  private static final int V8_EXTRA_PACKETS = 4;

  private static final int OCTETS = 1;
  private static final int PACKETS = 2;
  private static final int FLOWS = 3;
  private static final int PROTOCOL = 4;
  private static final int TOS = 5;
  private static final int TCP_FLAGS = 6;
  private static final int SOURCE_PORT = 7;
  private static final int SOURCE_ADDRESS = 8;
  private static final int SOURCE_PREFIX = 9;
  private static final int INGRESS = 10;
  private static final int DESTINATION_PORT = 11;
  private static final int DESTINATION_ADDRESS = 12;
  private static final int DESTINATION_PREFIX = 13;
  private static final int EGRESS = 14;
  private static final int NEXT_HOP = 15;
  private static final int SOURCE_AS = 16;
  private static final int DESTINATION_AS = 17;
  private static final int LAST = 21;
  private static final int FIRST = 22;
  private static final int SOURCE_NETWORK = 44;
  private static final int DESTINATION_NETWORK = 45;
  private static final int EXPORTER_ADDRESS = 130;
  private static final int PADDING = 210;

  public final Template v1 = v1(11);

  /** As softflowd sends it: four octets of padding fewer. */
  public final Template v1Short = v1(7);

  public final Template v5 =
      new Layout(ProtocolVersion.NETFLOW_V5)
          .common()
          .add(PADDING, 1)
          .add(TCP_FLAGS, 1)
          .add(PROTOCOL, 1)
          .add(TOS, 1)
          .add(SOURCE_AS, 2)
          .add(DESTINATION_AS, 2)
          .add(SOURCE_PREFIX, 1)
          .add(DESTINATION_PREFIX, 1)
          .add(PADDING, 2)
          .template();

  /** The last field is the router that the switch bypassed: the one that metered, in effect. */
  public final Template v7 =
      new Layout(ProtocolVersion.NETFLOW_V7)
          .common()
          .add(OWN_ENTERPRISE, V7_FLAGS_1, 1)
          .add(TCP_FLAGS, 1)
          .add(PROTOCOL, 1)
          .add(TOS, 1)
          .add(SOURCE_AS, 2)
          .add(DESTINATION_AS, 2)
          .add(SOURCE_PREFIX, 1)
          .add(DESTINATION_PREFIX, 1)
          .add(OWN_ENTERPRISE, V7_FLAGS_2, 2)
          .add(EXPORTER_ADDRESS, 4)
          .template();

  /** By aggregation scheme, from 1; the numbers 6 to 8 are those of Catalyst switches. */
  private final Template[] v8 = {
    v8().totals().autonomousSystems().interfaces().template(),
    v8().totals().add(PROTOCOL, 1).add(PADDING, 3).ports().template(),
    v8().totals().source(PADDING).add(INGRESS, 2).add(PADDING, 2).template(),
    v8().totals().destination(PADDING).add(EGRESS, 2).add(PADDING, 2).template(),
    v8().totals().networks().add(PADDING, 2).autonomousSystems().interfaces().template(),
    v8().add(DESTINATION_ADDRESS, 4)
        .counts()
        .add(EGRESS, 2)
        .add(TOS, 1)
        .add(OWN_ENTERPRISE, V8_MARKED_TOS, 1)
        .contract()
        .template(),
    v8().add(DESTINATION_ADDRESS, 4)
        .add(SOURCE_ADDRESS, 4)
        .counts()
        .add(EGRESS, 2)
        .add(INGRESS, 2)
        .add(TOS, 1)
        .add(OWN_ENTERPRISE, V8_MARKED_TOS, 1)
        .add(PADDING, 2)
        .contract()
        .template(),
    v8().add(DESTINATION_ADDRESS, 4)
        .add(SOURCE_ADDRESS, 4)
        .add(DESTINATION_PORT, 2)
        .add(SOURCE_PORT, 2)
        .counts()
        .add(EGRESS, 2)
        .add(INGRESS, 2)
        .add(TOS, 1)
        .add(PROTOCOL, 1)
        .add(OWN_ENTERPRISE, V8_MARKED_TOS, 1)
        .add(PADDING, 1)
        .contract()
        .template(),
    v8().totals().autonomousSystems().interfaces().add(TOS, 1).add(PADDING, 3).template(),
    v8().totals().add(PROTOCOL, 1).add(TOS, 1).add(PADDING, 2).ports().interfaces().template(),
    v8().totals().source(TOS).add(INGRESS, 2).add(PADDING, 2).template(),
    v8().totals().destination(TOS).add(EGRESS, 2).add(PADDING, 2).template(),
    v8().totals()
        .networks()
        .add(TOS, 1)
        .add(PADDING, 1)
        .autonomousSystems()
        .interfaces()
        .template(),
    v8().totals().networks().add(TOS, 1).add(PROTOCOL, 1).ports().interfaces().template(),
  };

  /** The records of a NetFlow v8 aggregation scheme; null when there is no such scheme. */
  public @Nullable Template v8(int scheme) {
    return scheme >= 1 && scheme <= v8.length ? v8[scheme - 1] : null;
  }

  private static Layout v8() {
    return new Layout(ProtocolVersion.NETFLOW_V8);
  }

  private static Template v1(int padding) {
    return new Layout(ProtocolVersion.NETFLOW_V1)
        .common()
        .add(PADDING, 2)
        .add(PROTOCOL, 1)
        .add(TOS, 1)
        .add(TCP_FLAGS, 1)
        .add(PADDING, padding)
        .template();
  }

  private static final class Layout {

    private final ProtocolVersion version;
    private final List<FieldSpecifier> fields = new ArrayList<>();

    Layout(ProtocolVersion version) {
      this.version = version;
    }

    /** The 36 octets that all three versions begin with. */
    Layout common() {
      return add(SOURCE_ADDRESS, 4)
          .add(DESTINATION_ADDRESS, 4)
          .add(NEXT_HOP, 4)
          .add(INGRESS, 2)
          .add(EGRESS, 2)
          .add(PACKETS, 4)
          .add(OCTETS, 4)
          .add(FIRST, 4)
          .add(LAST, 4)
          .add(SOURCE_PORT, 2)
          .add(DESTINATION_PORT, 2);
    }

    /** The 20 octets that v8's records of routers begin with. */
    Layout totals() {
      return add(FLOWS, 4).counts();
    }

    Layout counts() {
      return add(PACKETS, 4).add(OCTETS, 4).add(FIRST, 4).add(LAST, 4);
    }

    Layout autonomousSystems() {
      return add(SOURCE_AS, 2).add(DESTINATION_AS, 2);
    }

    Layout interfaces() {
      return add(INGRESS, 2).add(EGRESS, 2);
    }

    Layout ports() {
      return add(SOURCE_PORT, 2).add(DESTINATION_PORT, 2);
    }

    /** A network of a source, then one octet of another element, then its AS. */
    Layout source(int between) {
      return add(SOURCE_NETWORK, 4).add(SOURCE_PREFIX, 1).add(between, 1).add(SOURCE_AS, 2);
    }

    Layout destination(int between) {
      return add(DESTINATION_NETWORK, 4)
          .add(DESTINATION_PREFIX, 1)
          .add(between, 1)
          .add(DESTINATION_AS, 2);
    }

    /** The destination's prefix length comes first, unlike the networks. */
    Layout networks() {
      return add(SOURCE_NETWORK, 4)
          .add(DESTINATION_NETWORK, 4)
          .add(DESTINATION_PREFIX, 1)
          .add(SOURCE_PREFIX, 1);
    }

    /** Packets beyond a contract, and the router that the switch bypassed. */
    Layout contract() {
      return add(OWN_ENTERPRISE, V8_EXTRA_PACKETS, 4).add(EXPORTER_ADDRESS, 4);
    }

    Layout add(int element, int length) {
      return add(0, element, length);
    }

    Layout add(long enterprise, int element, int length) {
      fields.add(new FieldSpecifier(enterprise, element, length, false));
      return this;
    }

    Template template() {
      return new Template(version, version.number(), fields, false);
    }
  }
}
