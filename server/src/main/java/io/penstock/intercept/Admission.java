package io.penstock.intercept;

import io.penstock.event.Ip;

/** How much a client may ask. Called on event loops for every request: never waits. */
@FunctionalInterface
public interface Admission {

  /** As much as it likes. */
  Admission OPEN = (_, _) -> true;

  /**
   * Takes one request from what a client has left.
   *
   * @param host whom the request is for
   * @return false when nothing is left; the client is told to come back later
   */
  boolean take(Ip client, String host);
}
