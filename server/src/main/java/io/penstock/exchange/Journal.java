package io.penstock.exchange;

/** Takes what the listeners saw. */
@FunctionalInterface
public interface Journal {

  /**
   * Takes an exchange that has ended. Never blocks: what cannot be kept is counted there.
   *
   * @return false when it was not taken
   */
  boolean record(Exchange exchange);
}
