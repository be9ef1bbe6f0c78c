package io.penstock.forward;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The raw sockets of one destination.
 *
 * @param v6 null where the machine has no IPv6
 */
record RawSockets(RawSocket v4, @Nullable RawSocket v6) implements AutoCloseable {

  /**
   * Opens them.
   *
   * @throws IOException when the machine does not allow it, with the reason as its message
   */
  static RawSockets open() throws IOException {
    return new RawSockets(RawSocket.open(false), v6IfPossible());
  }

  private static @Nullable RawSocket v6IfPossible() {
    try {
      return RawSocket.open(true);
    } catch (IOException _) {
      // Who may open the other may open this: there is no IPv6, and no such exporter either.
      return null;
    }
  }

  @Override
  public void close() {
    v4.close();
    if (v6 != null) {
      v6.close();
    }
  }
}
