package io.penstock.stub;

import java.util.List;

/** A question about all values of one name: a name may repeat, and may be absent. */
sealed interface ValuesMatch {

  boolean holds(List<String> values, Effort effort);

  /** What it asks for, for people. */
  String expected();

  /** At least one value passes. */
  record Any(TextMatch test) implements ValuesMatch {

    @Override
    public boolean holds(List<String> values, Effort effort) {
      for (var value : values) {
        if (test.holds(value, effort)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String expected() {
      return test.expected();
    }
  }

  /** These values and no others, in this order. */
  record Exactly(List<String> expectedValues) implements ValuesMatch {

    public Exactly {
      expectedValues = List.copyOf(expectedValues);
    }

    @Override
    public boolean holds(List<String> values, Effort effort) {
      return values.equals(expectedValues);
    }

    @Override
    public String expected() {
      return "exactly " + expectedValues;
    }
  }

  /** There is a value, or there is none. */
  record Present(boolean isPresent) implements ValuesMatch {

    @Override
    public boolean holds(List<String> values, Effort effort) {
      return values.isEmpty() != isPresent;
    }

    @Override
    public String expected() {
      return isPresent ? "any value" : "no value";
    }
  }
}
