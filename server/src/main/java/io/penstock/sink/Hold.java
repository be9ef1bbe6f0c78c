package io.penstock.sink;

/** How long the log keeps events for a sink that does not get rid of them. */
@FunctionalInterface
public interface Hold {

  /**
   * Whether a sink is to give up an event that it could not deliver.
   *
   * @param position of its frame in the log
   * @param receivedNanos when it was received, nanoseconds since 1970 UTC
   */
  boolean isOver(long position, long receivedNanos);

  /** Never. */
  Hold FOREVER = (_, _) -> false;
}
