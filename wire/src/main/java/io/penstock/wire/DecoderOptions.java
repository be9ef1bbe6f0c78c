package io.penstock.wire;

/**
 * How a {@link FlowDecoder} treats what the standards leave open or vendors do differently.
 *
 * @param sessions what tells one UDP exporter from another
 * @param v9VariableLength whether a NetFlow v9 field length of 65535 means variable length as in
 *     IPFIX (H3C and Huawei send it); if not, such a template is refused
 */
public record DecoderOptions(Sessions sessions, boolean v9VariableLength) {

  /** What tells one UDP exporter from another. */
  public enum Sessions {
    /**
     * Address and port (RFC 7011 §8). A set whose template is unknown in its own session is read
     * with the template of other sessions of the same address if all of them agree, since ports
     * change at NAT devices and fail-overs.
     */
    BY_ADDRESS_AND_PORT,
    /**
     * The address (RFC 3954 §5.1). When definitions of one template alternate between two ports,
     * two exporters share the address, and it is told apart by port from then on.
     */
    BY_ADDRESS
  }

  /** The lenient reading that works for most networks. */
  public static final DecoderOptions DEFAULT =
      new DecoderOptions(Sessions.BY_ADDRESS_AND_PORT, true);
}
