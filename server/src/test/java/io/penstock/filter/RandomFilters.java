package io.penstock.filter;

import io.penstock.event.Ip;
import io.penstock.filter.Filter.Operator;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

/** Seeded filters of every shape the language has. */
public final class RandomFilters {

  private static final String[] WORDS = {
    "DE",
    "US",
    "City 12",
    "it's",
    "a\"b",
    "back\\slash",
    "x' OR '1'='1",
    "%",
    "",
    "\u00fcber",
    "443"
  };

  private final Random random;

  public RandomFilters(long seed) {
    random = new Random(seed);
  }

  /** A filter nested at most {@code depth} levels. */
  public Filter next(int depth) {
    return switch (random.nextInt(depth > 0 ? 7 : 4)) {
      case 0, 1 -> compare();
      case 2 -> in();
      case 3 -> random.nextBoolean() ? new Filter.Exists(field()) : contains();
      case 4 ->
          new Filter.And(
              IntStream.range(0, 2 + random.nextInt(2)).mapToObj(_ -> next(depth - 1)).toList());
      case 5 ->
          new Filter.Or(
              IntStream.range(0, 2 + random.nextInt(2)).mapToObj(_ -> next(depth - 1)).toList());
      default -> new Filter.Not(next(depth - 1));
    };
  }

  private Field field() {
    return Field.values()[random.nextInt(Field.values().length)];
  }

  private Filter compare() {
    var field = field();
    var operators = Operator.values();
    var operator =
        field.kind().isOrdered()
            ? operators[random.nextInt(operators.length)]
            : operators[random.nextInt(2)];
    boolean mayBeRange = operator == Operator.EQUAL || operator == Operator.NOT_EQUAL;
    return new Filter.Compare(field, operator, operand(field, mayBeRange && random.nextBoolean()));
  }

  private Filter in() {
    var field = field();
    return new Filter.In(
        field,
        IntStream.range(0, 1 + random.nextInt(3))
            .mapToObj(_ -> operand(field, random.nextBoolean()))
            .toList());
  }

  private Filter contains() {
    var fields = new Field[] {Field.SRC_CITY, Field.COUNTRY, Field.AS_ORG, Field.TYPE, Field.EXTRA};
    return new Filter.Contains(fields[random.nextInt(fields.length)], word());
  }

  private String word() {
    return WORDS[random.nextInt(WORDS.length)];
  }

  private Operand operand(Field field, boolean isRange) {
    return switch (field.kind()) {
      case NUMBER ->
          numbers(
              random.nextInt(4) == 0
                  ? random.nextInt(1 << 30)
                  : PORTS[random.nextInt(PORTS.length)],
              isRange);
      case PROTOCOL -> numbers(new int[] {1, 6, 17, 200}[random.nextInt(4)], isRange);
      case TIME -> numbers(1_790_000_000_000_000_000L + random.nextInt(1_000_000_000), isRange);
      case MAC -> numbers(random.nextLong() & 0xffff_ffff_ffffL, false);
      case FLAG -> numbers(random.nextInt(2), false);
      case ADDRESS -> addresses(isRange);
      case CODE -> new Operand.Word(word().toUpperCase(Locale.ROOT));
      case TEXT -> new Operand.Word(word());
      case ID -> new Operand.Word(new UUID(random.nextLong(), random.nextLong()).toString());
    };
  }

  private static final int[] PORTS = {443, 80, 53, 22, 8, 6, 0, 10, 15, 24, 2055, 1000};

  private Operand numbers(long low, boolean isRange) {
    return new Operand.Numbers(low, isRange ? low + random.nextInt(30_000) : low);
  }

  private Operand addresses(boolean isRange) {
    var low =
        switch (random.nextInt(4)) {
          case 0 -> Ip.v4(0x0a01_0000 | random.nextInt(4096));
          case 1 -> Ip.v4(0x5000_0000 | random.nextInt(1 << 20));
          case 2 -> new Ip(random.nextLong(), random.nextLong());
          default -> Ip.v4(0x0a00_00fe);
        };
    if (!isRange) {
      return new Operand.Addresses(low, low);
    }
    var high =
        random.nextBoolean()
            ? new Ip(low.high(), low.low() | 0xffff)
            : new Ip(low.high() | 0xff, -1);
    return new Operand.Addresses(low, high);
  }
}
