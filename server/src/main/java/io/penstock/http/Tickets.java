package io.penstock.http;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Stand-ins for a key where only an address can be given, as with a browser's {@code EventSource}:
 * an address ends up in histories and in the logs of proxies, so a ticket works once and for half a
 * minute. Safe for many threads.
 */
public final class Tickets {

  public static final Duration LIFE = Duration.ofSeconds(30);

  private static final int TICKETS_MAX = 10_000;
  private static final int PER_KEY_MAX = 20;

  private record Issued(Caller caller, Instant expires) {}

  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /** In the order in which they were issued, hence in that in which they expire. */
  private final Map<String, Issued> issued = new LinkedHashMap<>();

  public Tickets(InstantSource clock) {
    this.clock = clock;
  }

  /** A ticket for this caller and its tenant; empty when it has too many that were not used. */
  public synchronized Optional<String> issue(Caller caller) {
    var now = clock.instant();
    forgetExpired(now);
    var keyId = caller.principal().keyId();
    long unused =
        issued.values().stream()
            .filter(one -> one.caller.principal().keyId().equals(keyId))
            .count();
    if (unused >= PER_KEY_MAX || issued.size() >= TICKETS_MAX) {
      return Optional.empty();
    }
    var bytes = new byte[32];
    random.nextBytes(bytes);
    var ticket = "pst_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    issued.put(ticket, new Issued(caller, now.plus(LIFE)));
    return Optional.of(ticket);
  }

  /** Who the ticket was issued to, if it is good; from now on it is not any more. */
  synchronized Optional<Caller> redeem(String ticket) {
    forgetExpired(clock.instant());
    return Optional.ofNullable(issued.remove(ticket))
        .map(Issued::caller)
        .filter(caller -> caller.isStillAllowed().getAsBoolean());
  }

  private void forgetExpired(Instant now) {
    Iterator<Issued> eldest = issued.values().iterator();
    while (eldest.hasNext() && !now.isBefore(eldest.next().expires)) {
      eldest.remove();
    }
  }
}
