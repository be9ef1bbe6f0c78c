package io.penstock.event;

import org.jspecify.annotations.Nullable;

/**
 * One end of a flow. Numbers that were not sent are {@link Event#ABSENT}.
 *
 * @param ipHigh upper half of the address as in {@link Ip}
 * @param ipLow lower half of the address; both halves 0 when no address was sent
 * @param port transport port
 * @param prefixLength length of the routed prefix as the exporter saw it
 * @param as AS number as the exporter saw it
 * @param mac MAC address in the low 48 bits
 * @param bytes octets sent by this end
 * @param packets packets sent by this end
 * @param nat the address and port after translation, null when not sent
 */
public record Endpoint(
    long ipHigh,
    long ipLow,
    int port,
    int prefixLength,
    long as,
    long mac,
    long bytes,
    long packets,
    @Nullable Nat nat) {

  /** An end about which nothing was sent. */
  public static final Endpoint NONE =
      new Endpoint(
          0,
          0,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          null);

  /** Address and port after translation; the port is {@link Event#ABSENT} when not sent. */
  public record Nat(Ip ip, int port) {}

  /** Whether an address was sent. {@code ::} counts as none. */
  public boolean hasIp() {
    return (ipHigh | ipLow) != 0;
  }

  /** The address, {@code ::} when none was sent. */
  public Ip ip() {
    return new Ip(ipHigh, ipLow);
  }
}
