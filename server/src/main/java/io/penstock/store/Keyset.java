package io.penstock.store;

import io.penstock.event.Event;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * The place behind an event in the order of pages: newest received first, then the higher id. Since
 * it names values and not a count, events that arrive between two pages shift nothing.
 */
record Keyset(long receivedNanos, UUID id) {

  private static final int BYTES = 24;

  static Keyset after(Event event) {
    return new Keyset(event.origin().receivedNanos(), new UUID(event.idHigh(), event.idLow()));
  }

  /** The cursor that clients see. */
  String encode() {
    var bytes =
        ByteBuffer.allocate(BYTES)
            .putLong(receivedNanos)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  static Optional<Keyset> decode(String cursor) {
    try {
      var bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(cursor));
      return bytes.remaining() == BYTES
          ? Optional.of(new Keyset(bytes.getLong(), new UUID(bytes.getLong(), bytes.getLong())))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
