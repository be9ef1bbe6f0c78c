package io.penstock.wire;

import io.penstock.wire.DecoderCounters.Count;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Queue;

/**
 * The data sets whose template has not come yet, of all sessions. Bounded per session, in total and
 * in time: a session that is full is refused, and when all together are, {@link Shares} says whose
 * oldest set is given up.
 */
final class WaitingSets {

  private final Limits limits;
  private final long ageMillis;
  private final Ledger ledger;

  /** In the order they came, which is the order they expire in. */
  private final LinkedHashSet<WaitingSet> all = new LinkedHashSet<>();

  private final Shares<Session> shares;

  WaitingSets(Limits limits, Ledger ledger) {
    this.limits = limits;
    this.ageMillis = limits.pendingAge().toMillis();
    this.ledger = ledger;
    this.shares = new Shares<>(limits.pendingBytes());
  }

  /** Copies a set's octets until its template comes, or refuses it. */
  void add(Message message, long key, int at, int end, boolean isCut) {
    int octets = end - at;
    int price = WaitingSet.cost(octets);
    var session = message.session();
    ledger.count(Count.SETS_PUT_ASIDE);
    if (session.pending.amount() + price > limits.pendingBytesPerExporter()
        || price > limits.pendingBytes()) {
      ledger.reject(message.exporter(), Rejection.TEMPLATE_NEVER_CAME, octets);
      return;
    }
    var body = Arrays.copyOfRange(message.bytes(), at, end);
    var set = new WaitingSet(session, key, message, body, isCut);
    session.waiting.computeIfAbsent(key, _ -> new ArrayDeque<>(4)).add(set);
    shares.add(session.pending, price);
    all.add(set);
    ledger.count(Count.WAITING_SETS);
    ledger.count(Count.WAITING_OCTETS, octets);
    while (shares.isExceeded()) {
      shed(shares.payer(session.pending));
    }
  }

  boolean canEstablish(Session session) {
    return shares.canEstablish(session.pending);
  }

  void establish(Session session) {
    shares.establish(session.pending);
  }

  /** Gives up the oldest set of a session. */
  private void shed(Session session) {
    giveUp(session.waiting.firstEntry().getValue().getFirst());
  }

  /** Takes out the sets that wait for this template, oldest first. */
  Queue<WaitingSet> take(Session session, long key) {
    var sets = session.waiting.remove(key);
    if (sets == null) {
      return new ArrayDeque<>(0);
    }
    sets.forEach(this::forget);
    return sets;
  }

  /** Gives up what a session has waiting. */
  void drop(Session session) {
    var queues = session.waiting.values();
    for (var queue : queues) {
      for (var set : queue) {
        forget(set);
        ledger.reject(set.exporter, Rejection.TEMPLATE_NEVER_CAME, set.body.length);
      }
    }
    queues.clear();
  }

  /** Gives up the sets that waited too long. */
  void expire(long nowMillis) {
    while (!all.isEmpty()) {
      var oldest = all.getFirst();
      if (nowMillis - oldest.receivedMillis <= ageMillis) {
        return;
      }
      giveUp(oldest);
    }
  }

  /** Gives up a set that is the oldest of those that wait for its template. */
  private void giveUp(WaitingSet set) {
    forget(set);
    var queue = set.session.waiting.get(set.key);
    if (queue != null) {
      queue.remove(set);
      if (queue.isEmpty()) {
        set.session.waiting.remove(set.key);
      }
    }
    ledger.reject(set.exporter, Rejection.TEMPLATE_NEVER_CAME, set.body.length);
  }

  private void forget(WaitingSet set) {
    all.remove(set);
    shares.add(set.session.pending, -set.cost());
    ledger.count(Count.WAITING_SETS, -1);
    ledger.count(Count.WAITING_OCTETS, -set.body.length);
  }
}
