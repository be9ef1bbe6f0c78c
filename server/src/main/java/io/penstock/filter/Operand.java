package io.penstock.filter;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import io.penstock.event.Mac;
import io.penstock.event.Nanos;

/** What a field is compared with: a word, or everything between two ends. */
public sealed interface Operand {

  /** The operand as the language writes it for a field. */
  String print(Field field);

  /** A text. */
  record Word(String text) implements Operand {

    private static final int ID_LENGTH = 36;

    @Override
    public String print(Field field) {
      return quote(text);
    }

    /** Whether it is the event's id, digit by digit: the id's text is not made for it. */
    boolean isId(Event event) {
      if (text.length() != ID_LENGTH) {
        return false;
      }
      int digits = 0;
      for (int i = 0; i < ID_LENGTH; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
          if (text.charAt(i) != '-') {
            return false;
          }
          continue;
        }
        long half = digits < 16 ? event.idHigh() : event.idLow();
        int digit = (int) (half >>> 60 - 4 * (digits & 15)) & 0xf;
        if (text.charAt(i) != Character.forDigit(digit, 16)) {
          return false;
        }
        digits++;
      }
      return true;
    }
  }

  /** Numbers from {@code low} to {@code high}, both included: one number when they are equal. */
  record Numbers(long low, long high) implements Operand {

    @Override
    public String print(Field field) {
      var first = one(field, low);
      return low == high ? first : first + ".." + one(field, high);
    }

    private static String protocol(long number) {
      var name = number < 0 || number > 255 ? null : IpProtocol.name((int) number);
      return name == null ? Long.toString(number) : name;
    }

    private static String one(Field field, long value) {
      return switch (field.kind()) {
        case TIME -> Nanos.instant(value).toString();
        case MAC -> Mac.text(value);
        case FLAG -> value == 0 ? "false" : "true";
        case PROTOCOL -> protocol(value);
        case NUMBER, ADDRESS, CODE, TEXT, ID -> Long.toString(value);
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
