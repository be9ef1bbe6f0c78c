package io.penstock.filter;

import io.penstock.event.Ip;
import java.time.Instant;
import java.util.HexFormat;

/** What a field is compared with: a word, or everything between two ends. */
public sealed interface Operand {

  /** The operand as the language writes it for a field. */
  String print(Field field);

  /** A text. */
  record Word(String text) implements Operand {

    @Override
    public String print(Field field) {
      return quote(text);
    }
  }

  /** Numbers from {@code low} to {@code high}, both included: one number when they are equal. */
  record Numbers(long low, long high) implements Operand {

    @Override
    public String print(Field field) {
      var first = one(field, low);
      return low == high ? first : first + ".." + one(field, high);
    }

    private static String one(Field field, long value) {
      return switch (field.kind()) {
        case TIME ->
            Instant.ofEpochSecond(
                    Math.floorDiv(value, 1_000_000_000L), Math.floorMod(value, 1_000_000_000L))
                .toString();
        case MAC ->
            HexFormat.ofDelimiter(":")
                .formatHex(
                    new byte[] {
                      (byte) (value >> 40),
                      (byte) (value >> 32),
                      (byte) (value >> 24),
                      (byte) (value >> 16),
                      (byte) (value >> 8),
                      (byte) value
                    });
        case FLAG -> value == 0 ? "false" : "true";
        case NUMBER, PROTOCOL, ADDRESS, CODE, TEXT, ID -> Long.toString(value);
      };
    }
  }

  /** Addresses from {@code low} to {@code high}, both included: one when they are equal. */
  record Addresses(Ip low, Ip high) implements Operand {

    @Override
    public String print(Field field) {
      return low.equals(high) ? low.toString() : low + ".." + high;
    }
  }

  /** A text between quotes. */
  static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
