package io.penstock.exchange;

/** What is done with a request, or with a connection whose requests are not looked at. */
public enum Verdict {
  /** Answered here; nothing is resolved, connected to or sent. */
  MOCK,
  /** Read, journaled and forwarded unchanged. */
  OBSERVE,
  /** Refused here; nothing is resolved, connected to or sent. */
  BLOCK,
  /** Passed on as encrypted bytes that nobody here reads. */
  TUNNEL
}
