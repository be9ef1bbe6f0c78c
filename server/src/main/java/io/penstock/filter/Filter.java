package io.penstock.filter;

import io.penstock.event.Event;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A condition on events, as a tree. Two-valued: a comparison with a field that the event does not
 * have is false, and {@code not} turns that into true. Prints itself in the language it was read
 * from.
 */
public sealed interface Filter {

  /** Whether the event meets the condition. */
  boolean matches(Event event);

  /** Every one of the conditions. */
  record And(List<Filter> all) implements Filter {

    public And {
      all = List.copyOf(all);
    }

    @Override
    public boolean matches(Event event) {
      for (int i = 0; i < all.size(); i++) {
        if (!all.get(i).matches(event)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public String toString() {
      return all.stream().map(Filter::toString).collect(Collectors.joining(" and ", "(", ")"));
    }
  }

  /** At least one of the conditions. */
  record Or(List<Filter> any) implements Filter {

    public Or {
      any = List.copyOf(any);
    }

    @Override
    public boolean matches(Event event) {
      for (int i = 0; i < any.size(); i++) {
        if (any.get(i).matches(event)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return any.stream().map(Filter::toString).collect(Collectors.joining(" or ", "(", ")"));
    }
  }

  /** The opposite of a condition. */
  record Not(Filter inner) implements Filter {

    @Override
    public boolean matches(Event event) {
      return !inner.matches(event);
    }

    @Override
    public String toString() {
      return "not " + inner;
    }
  }

  /** A field, at either end if it stands for both, compared with one value. */
  record Compare(Field field, Operator operator, Operand operand) implements Filter {

    @Override
    public boolean matches(Event event) {
      if (operator == Operator.NOT_EQUAL) {
        return !Operator.EQUAL.holdsAtAnyEnd(field, operand, event);
      }
      return operator.holdsAtAnyEnd(field, operand, event);
    }

    @Override
    public String toString() {
      return field.title() + " " + operator.symbol() + " " + operand.print(field);
    }
  }

  /** A field whose value is one of several values or lies in one of several ranges. */
  record In(Field field, List<Operand> operands) implements Filter {

    public In {
      operands = List.copyOf(operands);
    }

    @Override
    public boolean matches(Event event) {
      for (int i = 0; i < operands.size(); i++) {
        if (Operator.EQUAL.holdsAtAnyEnd(field, operands.get(i), event)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return field.title()
          + operands.stream()
              .map(o -> o.print(field))
              .collect(Collectors.joining(", ", " in (", ")"));
    }
  }

  /** A text field that contains a text, whatever the case. */
  record Contains(Field field, String text) implements Filter {

    @Override
    public boolean matches(Event event) {
      return contains(field.first(), event) || field.hasTwoEnds() && contains(field.last(), event);
    }

    private boolean contains(Field end, Event event) {
      if (end == Field.EXTRA) {
        // Absent where there is none, as a text is.
        return event.extra().length > 0 && Fold.contains(event.extra(), text);
      }
      var value = end.text(event);
      return value != null && Fold.contains(value, text);
    }

    @Override
    public String toString() {
      return field.title() + " ~ " + Operand.quote(text);
    }
  }

  /** A field that the event has. */
  record Exists(Field field) implements Filter {

    @Override
    public boolean matches(Event event) {
      return field.first().isPresent(event) || field.hasTwoEnds() && field.last().isPresent(event);
    }

    @Override
    public String toString() {
      return "exists " + field.title();
    }
  }

  /** How a field is compared. */
  enum Operator {
    EQUAL("="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">=");

    private final String symbol;

    Operator(String symbol) {
      this.symbol = symbol;
    }

    public String symbol() {
      return symbol;
    }

    /** Whether it asks which of two values comes first. */
    public boolean isOrder() {
      return this != EQUAL && this != NOT_EQUAL;
    }

    private boolean holdsAtAnyEnd(Field field, Operand operand, Event event) {
      return holds(field.first(), operand, event)
          || field.hasTwoEnds() && holds(field.last(), operand, event);
    }

    private boolean holds(Field end, Operand operand, Event event) {
      return switch (operand) {
        case Operand.Word word -> end == Field.ID ? word.isId(event) : isText(word, end, event);
        case Operand.Numbers range -> {
          long value = end.number(event);
          yield value != Event.ABSENT
              && holds(Long.compare(value, range.low()), Long.compare(value, range.high()));
        }
        case Operand.Addresses range ->
            end.hasAddress(event)
                && holds(end.compare(event, range.low()), end.compare(event, range.high()));
      };
    }

    private static boolean isText(Operand.Word word, Field end, Event event) {
      return word.text().equals(end.text(event));
    }

    /** Given how a value compares with the lower and with the upper end of the operand. */
    private boolean holds(int toLow, int toHigh) {
      return switch (this) {
        case EQUAL -> toLow >= 0 && toHigh <= 0;
        case NOT_EQUAL -> toLow < 0 || toHigh > 0;
        case LESS -> toLow < 0;
        case LESS_OR_EQUAL -> toHigh <= 0;
        case GREATER -> toHigh > 0;
        case GREATER_OR_EQUAL -> toLow >= 0;
      };
    }
  }
}
