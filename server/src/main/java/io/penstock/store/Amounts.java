package io.penstock.store;

import java.math.BigInteger;

/**
 * What events add up to, exactly: counters have up to 63 bits each, so that a sum of them may need
 * more than a long has.
 *
 * @param bytes octets of both directions, as the exporters reported them
 * @param packets packets of both directions
 * @param events how many events there are
 */
public record Amounts(BigInteger bytes, BigInteger packets, BigInteger events) {

  static final Amounts NONE = new Amounts(BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO);

  Amounts plus(Amounts more) {
    return new Amounts(bytes.add(more.bytes), packets.add(more.packets), events.add(more.events));
  }

  Amounts minus(Amounts less) {
    return new Amounts(
        bytes.subtract(less.bytes), packets.subtract(less.packets), events.subtract(less.events));
  }

  Amounts half() {
    return new Amounts(bytes.shiftRight(1), packets.shiftRight(1), events.shiftRight(1));
  }
}
