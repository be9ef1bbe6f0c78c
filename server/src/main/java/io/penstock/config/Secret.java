package io.penstock.config;

/** A text that nobody gets to read again: it prints itself masked. */
public record Secret(String value) {

  /** What stands for a secret in answers and logs. */
  public static final String MASK = "***";

  @Override
  public String toString() {
    return MASK;
  }
}
