package io.penstock.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Iterator;

/**
 * Codes that sign a person in to the dashboard once, for whoever stands at the machine: a start in
 * a terminal prints one as a part of the dashboard's address. A code works once and for an hour.
 * Safe for many threads.
 */
public final class SignInLinks {

  public static final Duration LIFE = Duration.ofHours(1);

  /** Each start makes one; more than a few at a time are somebody's mistake. */
  private static final int OPEN_MAX = 8;

  private record Open(byte[] code, Instant expires) {}

  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Deque<Open> open = new ArrayDeque<>();

  public SignInLinks(InstantSource clock) {
    this.clock = clock;
  }

  /** A fresh code of 256 random bits. The oldest one that nobody used makes way for it. */
  public synchronized String issue() {
    forgetExpired();
    if (open.size() == OPEN_MAX) {
      open.removeFirst();
    }
    var octets = new byte[32];
    random.nextBytes(octets);
    var code = "psl_" + Base64.getUrlEncoder().withoutPadding().encodeToString(octets);
    open.addLast(new Open(octets(code), clock.instant().plus(LIFE)));
    return code;
  }

  /** Whether the code is good; from now on it is not any more. */
  synchronized boolean redeem(String code) {
    forgetExpired();
    var shown = octets(code);
    for (Iterator<Open> each = open.iterator(); each.hasNext(); ) {
      if (MessageDigest.isEqual(each.next().code, shown)) {
        each.remove();
        return true;
      }
    }
    return false;
  }

  private void forgetExpired() {
    var now = clock.instant();
    open.removeIf(one -> !now.isBefore(one.expires));
  }

  private static byte[] octets(String code) {
    return code.getBytes(StandardCharsets.UTF_8);
  }
}
