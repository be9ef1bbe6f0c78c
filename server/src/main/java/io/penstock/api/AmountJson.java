package io.penstock.api;

import io.penstock.api.EventQueries.Amounts;
import io.penstock.json.Json;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Amounts as JSON. A reader that has only floating-point numbers, as JavaScript's, would round
 * whole ones beyond 2^53 (RFC 8259 §6): such an amount is sent as a string of its digits.
 */
final class AmountJson {

  private static final int NUMBER_BITS = 53;

  private AmountJson() {}

  static Object of(BigInteger amount) {
    return amount.bitLength() <= NUMBER_BITS ? amount : amount.toString();
  }

  static Object of(long amount) {
    return of(BigInteger.valueOf(amount));
  }

  static Map<String, @Nullable Object> of(Amounts amounts) {
    return Json.object(
        "bytes", of(amounts.bytes()),
        "packets", of(amounts.packets()),
        "events", of(amounts.events()));
  }
}
