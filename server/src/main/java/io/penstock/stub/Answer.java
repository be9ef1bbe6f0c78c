package io.penstock.stub;

import io.penstock.exchange.Headers;
import java.time.Duration;

/**
 * What a stub answers.
 *
 * @param stub its name, for the journal
 * @param headers without the framing ({@code Content-Length}, {@code Transfer-Encoding}), which the
 *     listener adds
 * @param body owned by the answer, not to be modified
 * @param trailers behind the body, such as gRPC's status
 */
public record Answer(
    String stub, int status, Headers headers, byte[] body, Headers trailers, Pace pace) {

  /** An answer that goes out at once. */
  public Answer(String stub, int status, Headers headers, byte[] body) {
    this(stub, status, headers, body, Headers.NONE, Pace.AT_ONCE);
  }

  /**
   * How it goes out.
   *
   * @param delay before the head
   * @param bodyOver the time over which the body is spread
   */
  public record Pace(Duration delay, Duration bodyOver, Fault fault) {

    public static final Pace AT_ONCE = new Pace(Duration.ZERO, Duration.ZERO, Fault.NONE);
  }

  /** What goes wrong on purpose. */
  public enum Fault {
    NONE,
    /** The connection is reset (TCP RST; HTTP/2: RST_STREAM) instead of an answer. */
    RESET,
    /** The connection is closed without an answer. */
    EMPTY,
    /** The head and half of the body, then silence until the client gives up. */
    STALL,
    /** The head and half of the body, then the end of the connection. */
    TRUNCATE,
    /** Octets that are not HTTP, then the end. */
    GARBAGE
  }
}
