package io.penstock.api;

import io.penstock.event.EventBatch;

/** Remembers which keyed requests were taken, by tenant, endpoint and key. */
public interface Idempotency {

  /** Claims a key for a request, or says what became of an earlier one. */
  Claim begin(String tenant, String endpoint, String key, byte[] fingerprint);

  /** What {@link #begin} says. */
  sealed interface Claim {

    /** The key is free: do the work, then complete or abandon the ticket. */
    record Fresh(Ticket ticket) implements Claim {}

    /** The same request was taken before: this was its answer. */
    record Replay(int status, String body) implements Claim {}

    /** The same key is being worked on. */
    record InFlight() implements Claim {}

    /** The key was used for another body. */
    record Mismatch() implements Claim {}
  }

  /** A claimed key. Exactly one of the two is called, once. */
  interface Ticket {

    /** The receipt is durable together with its events. */
    void complete(EventBatch.Receipt receipt);

    /** Nothing was taken; the key is free again. */
    void abandon();
  }
}
