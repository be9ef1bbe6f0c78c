package io.penstock.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events of one tenant that become durable together or not at all: one frame of the log.
 *
 * @param tenant whose data it is
 * @param events in the order in which they came
 * @param receipt the idempotent request that brought them; null when there was no key
 */
public record EventBatch(String tenant, List<Event> events, @Nullable Receipt receipt) {

  public EventBatch {
    events = List.copyOf(events);
  }

  /**
   * The proof that a keyed request was taken. It lives in the same frame as its events, so a crash
   * keeps both or neither.
   *
   * @param endpoint the route it was posted to
   * @param key the client's {@code Idempotency-Key}
   * @param fingerprint SHA-256 of the decoded body and its media type
   * @param atNanos when it was taken, nanoseconds since 1970 UTC
   * @param status HTTP status of the answer
   * @param body the answer's body
   */
  public record Receipt(
      String endpoint, String key, byte[] fingerprint, long atNanos, int status, String body) {}
}
