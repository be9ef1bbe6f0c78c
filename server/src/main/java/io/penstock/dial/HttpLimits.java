package io.penstock.dial;

import java.time.Duration;

/**
 * Limits of the calls to one destination.
 *
 * @param connect longest wait for a connection, for a free one of the pool, and for each step of a
 *     TLS handshake
 * @param answer longest silence while an answer is waited for or read
 * @param total longest time that a call may take as a whole
 * @param idle how long an unused connection is kept; shorter than the other side's, which may
 *     otherwise close just when it is used again
 * @param connections most connections at a time
 * @param answerBytes most bytes of an answer's body that are read
 * @param keepsCookies whether cookies are sent back, as balancers need that pin a client to a host
 */
public record HttpLimits(
    Duration connect,
    Duration answer,
    Duration total,
    Duration idle,
    int connections,
    int answerBytes,
    boolean keepsCookies) {

  /** Idle connections are given up before Splunk does, which is after 12 seconds. */
  public static final HttpLimits DEFAULT =
      new HttpLimits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          Duration.ofSeconds(120),
          Duration.ofSeconds(9),
          16,
          8 << 20,
          false);

  public HttpLimits {
    if (connections < 1 || answerBytes < 0) {
      throw new IllegalArgumentException(
          "limits of a destination out of range: %d connections, %d bytes"
              .formatted(connections, answerBytes));
    }
  }

  public HttpLimits withTimes(Duration newConnect, Duration newAnswer, Duration newTotal) {
    return new HttpLimits(
        newConnect, newAnswer, newTotal, idle, connections, answerBytes, keepsCookies);
  }

  public HttpLimits withConnections(int number) {
    return new HttpLimits(connect, answer, total, idle, number, answerBytes, keepsCookies);
  }

  public HttpLimits withAnswerBytes(int number) {
    return new HttpLimits(connect, answer, total, idle, connections, number, keepsCookies);
  }

  public HttpLimits withCookies() {
    return new HttpLimits(connect, answer, total, idle, connections, answerBytes, true);
  }
}
