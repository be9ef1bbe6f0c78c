package io.penstock.filter;

import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import io.penstock.event.Nanos;
import io.penstock.filter.Filter.Operator;
import io.penstock.filter.FilterParser.SyntaxException;
import io.penstock.filter.FilterParser.Token;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import java.util.function.ToLongFunction;

/** Reads the values of a filter as the field wants them. */
final class Values {

  static final String RANGE = "..";
  private static final long DAY = 86_400 * Nanos.SECOND;

  private Values() {}

  /**
   * The end of a range that an order is about: {@code > 2026-11-22} is after the day, {@code >=}
   * from its start on.
   */
  static Operand end(Operand operand, Operator operator) {
    boolean isHigh = operator == Operator.GREATER || operator == Operator.LESS_OR_EQUAL;
    return switch (operand) {
      case Operand.Word word -> word;
      case Operand.Numbers(var low, var high) ->
          isHigh ? new Operand.Numbers(high, high) : new Operand.Numbers(low, low);
      case Operand.Addresses(var low, var high) ->
          isHigh ? new Operand.Addresses(high, high) : new Operand.Addresses(low, low);
    };
  }

  static Operand read(Field field, Token token) {
    return switch (field.kind()) {
      case ADDRESS -> addresses(token);
      case NUMBER -> numbers(token, Values::number);
      case PROTOCOL -> numbers(token, Values::protocol);
      case MAC -> numbers(token, Values::mac);
      case TIME -> times(token);
      case FLAG -> flag(token);
      case CODE -> new Operand.Word(token.text().toUpperCase(Locale.ROOT));
      case TEXT -> new Operand.Word(token.text());
      case ID -> id(token);
    };
  }

  private static Operand numbers(Token token, ToLongFunction<Token> one) {
    int dots = token.text().indexOf(RANGE);
    if (dots < 0) {
      long value = one.applyAsLong(token);
      return new Operand.Numbers(value, value);
    }
    long low = one.applyAsLong(before(token, dots));
    long high = one.applyAsLong(after(token, dots));
    ordered(token, Long.compare(low, high));
    return new Operand.Numbers(low, high);
  }

  private static Token before(Token token, int dots) {
    return new Token(token.kind(), token.text().substring(0, dots), token.position());
  }

  private static Token after(Token token, int dots) {
    int start = dots + RANGE.length();
    return new Token(token.kind(), token.text().substring(start), token.position() + start);
  }

  private static void ordered(Token token, int comparison) {
    if (comparison > 0) {
      throw new SyntaxException(
          token.position(), "the range " + token.shown() + " ends before it starts");
    }
  }

  private static long number(Token token) {
    var text = token.text().toLowerCase(Locale.ROOT);
    try {
      if (text.startsWith("0x")) {
        return Long.parseLong(text.substring(2), 16);
      }
      int scale = text.isEmpty() ? -1 : "kmgt".indexOf(text.charAt(text.length() - 1));
      if (scale < 0) {
        return Long.parseLong(text);
      }
      var digits = text.substring(0, text.length() - 1);
      if (digits.length() > 20) {
        throw new NumberFormatException("too long");
      }
      return new BigDecimal(digits).scaleByPowerOfTen(3 * (scale + 1)).longValueExact();
    } catch (NumberFormatException | ArithmeticException e) {
      throw new SyntaxException(
          token.position(), token.shown() + " is no number", "for example: 443, 0x1f, 10M");
    }
  }

  private static long protocol(Token token) {
    var known = IpProtocol.number(token.text().toLowerCase(Locale.ROOT));
    if (known.isPresent()) {
      return known.getAsInt();
    }
    try {
      return Integer.parseInt(token.text());
    } catch (NumberFormatException e) {
      throw new SyntaxException(
          token.position(), token.shown() + " is no IP protocol", "for example: tcp, udp, 47");
    }
  }

  private static long mac(Token token) {
    var digits = token.text().replaceAll("[:.-]", "");
    if (digits.length() != 12 || !digits.chars().allMatch(HexFormat::isHexDigit)) {
      throw new SyntaxException(
          token.position(), token.shown() + " is no MAC address", "like 00:1b:21:3c:4d:5e");
    }
    return HexFormat.fromHexDigitsToLong(digits);
  }

  private static Operand flag(Token token) {
    return switch (token.text().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "1" -> new Operand.Numbers(1, 1);
      case "false", "no", "0" -> new Operand.Numbers(0, 0);
      default -> throw new SyntaxException(token.position(), "expected true or false");
    };
  }

  private static Operand id(Token token) {
    try {
      return new Operand.Word(UUID.fromString(token.text()).toString());
    } catch (IllegalArgumentException e) {
      throw new SyntaxException(token.position(), token.shown() + " is no event id");
    }
  }

  /** A time, a day (all of it), or a range of both. */
  private static Operand times(Token token) {
    int dots = token.text().indexOf(RANGE);
    if (dots < 0) {
      return new Operand.Numbers(time(token), lastOf(token));
    }
    long low = time(before(token, dots));
    long high = lastOf(after(token, dots));
    ordered(token, Long.compare(low, high));
    return new Operand.Numbers(low, high);
  }

  private static long lastOf(Token token) {
    return isDay(token.text()) ? time(token) + DAY - 1 : time(token);
  }

  private static boolean isDay(String text) {
    return text.length() == 10 && text.indexOf('-') == 4;
  }

  private static long time(Token token) {
    var text = token.text().toUpperCase(Locale.ROOT).replace(' ', 'T');
    try {
      if (isDay(text)) {
        return Nanos.of(LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));
      }
      if (text.matches("\\d{1,10}(\\.\\d{1,9})?")) {
        return new BigDecimal(text).movePointRight(9).longValueExact();
      }
      boolean hasZone =
          text.endsWith("Z") || text.lastIndexOf('+') > 10 || text.lastIndexOf('-') > 10;
      return Nanos.of(
          hasZone
              ? OffsetDateTime.parse(text).toInstant()
              : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException | ArithmeticException e) {
      throw new SyntaxException(
          token.position(),
          token.shown() + " is no time",
          "like 2026-11-22, 2026-11-22T14:30:00Z or seconds since 1970");
    }
  }

  private static Operand addresses(Token token) {
    int dots = token.text().indexOf(RANGE);
    int slash = token.text().indexOf('/');
    if (dots >= 0) {
      var low = address(before(token, dots));
      var high = address(after(token, dots));
      ordered(token, low.compareTo(high));
      return new Operand.Addresses(low, high);
    }
    if (slash < 0) {
      var ip = address(token);
      return new Operand.Addresses(ip, ip);
    }
    return prefix(token, slash);
  }

  private static Operand prefix(Token token, int slash) {
    var ip = address(new Token(token.kind(), token.text().substring(0, slash), token.position()));
    var bitsText = token.text().substring(slash + 1);
    int bitsMax = ip.isV4() ? 32 : 128;
    if (!bitsText.matches("\\d{1,3}") || Integer.parseInt(bitsText) > bitsMax) {
      throw new SyntaxException(
          token.position() + slash + 1, "'" + bitsText + "' is no prefix length up to " + bitsMax);
    }
    int bits = Integer.parseInt(bitsText) + (ip.isV4() ? 96 : 0);
    long high = mask(bits);
    long low = mask(bits - 64);
    return new Operand.Addresses(
        new Ip(ip.high() & high, ip.low() & low), new Ip(ip.high() | ~high, ip.low() | ~low));
  }

  /** 64 bits with the first {@code bits} set; all or none beyond the ends. */
  private static long mask(int bits) {
    if (bits <= 0) {
      return 0;
    }
    return bits >= 64 ? -1 : -1L << (64 - bits);
  }

  private static Ip address(Token token) {
    return Ip.parse(token.text())
        .orElseThrow(
            () ->
                new SyntaxException(
                    token.position(),
                    token.shown() + " is no IP address",
                    "for example: 10.0.0.0/8 or 2001:db8::1"));
  }
}
