package io.penstock.journal;

/** What becomes of an exchange for which the queue has no room. */
public enum Overflow {
  /** It is not kept, and counted. */
  DROP,
  /** The listener is told so before it answers, and refuses the request. */
  REFUSE
}
