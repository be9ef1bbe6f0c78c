package io.penstock.exchange;

/**
 * One header line (RFC 9110 §5) as it was sent: names keep their case, lines their order, and a
 * name may come more than once.
 */
public record Header(String name, String value) {

  /** Whether it has this name, whatever the case. */
  public boolean is(String other) {
    return name.equalsIgnoreCase(other);
  }
}
