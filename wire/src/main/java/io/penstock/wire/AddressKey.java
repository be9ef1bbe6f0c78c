package io.penstock.wire;

import java.net.InetAddress;

/**
 * An address as the key of a map whose keys come from anybody. An {@link InetAddress} of IPv6
 * hashes to the sum of its words and is not comparable: whoever owns a network can choose any
 * number of addresses that share a bucket, and make every look-up a search through all of them.
 */
record AddressKey(long high, long low) implements Comparable<AddressKey> {

  static AddressKey of(InetAddress address) {
    var octets = address.getAddress();
    if (octets.length == 4) {
      return new AddressKey(-1, Octets.u32(octets, 0));
    }
    return new AddressKey(u64(octets, 0), u64(octets, 8));
  }

  private static long u64(byte[] octets, int at) {
    return Octets.u32(octets, at) << 32 | Octets.u32(octets, at + 4);
  }

  /** Should two hashes be equal all the same, the map sorts the bucket. */
  @Override
  public int compareTo(AddressKey other) {
    int byHigh = Long.compare(high, other.high);
    return byHigh != 0 ? byHigh : Long.compare(low, other.low);
  }

  @Override
  public int hashCode() {
    long mixed = (high * 0x9e3779b97f4a7c15L ^ low) * 0xff51afd7ed558ccdL;
    return (int) (mixed >>> 32);
  }
}
