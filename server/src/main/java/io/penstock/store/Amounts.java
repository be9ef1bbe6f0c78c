package io.penstock.store;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;

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

  /** Sums in the columns of a result; those of no events are zero. */
  static Amounts read(ResultSet row, String bytes, String packets, String events)
      throws SQLException {
    return new Amounts(whole(row, bytes), whole(row, packets), whole(row, events));
  }

  /** A sum as it is; an estimate without its fraction. */
  static BigInteger whole(ResultSet row, String column) throws SQLException {
    return switch (row.getObject(column)) {
      case BigInteger wide -> wide;
      case Double estimate -> new BigDecimal(estimate).toBigInteger();
      case Number number -> BigInteger.valueOf(number.longValue());
      case null, default -> BigInteger.ZERO;
    };
  }

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
