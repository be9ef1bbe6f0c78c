package io.penstock.wire;

import io.penstock.wire.DecoderCounters.Count;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Queue;

/**
 * The data sets whose template has not come yet, of all sessions. Bounded per session, in total and
 * in time; who is full is refused, so that no exporter displaces what another has waiting.
 */
final class WaitingSets {

  private final Limits limits;
  private final long ageMillis;
  private final Ledger ledger;

  /** In the order they came, which is the order they expire in. */
  private final LinkedHashSet<WaitingSet> all = new LinkedHashSet<>();

  private long cost;

  WaitingSets(Limits limits, Ledger ledger) {
    this.limits = limits;
    this.ageMillis = limits.pendingAge().toMillis();
    this.ledger = ledger;
  }

  /** Copies a set's octets until its template comes, or refuses it. */
  void add(Message message, long key, int at, int end, boolean isCut) {
    int octets = end - at;
    int price = WaitingSet.cost(octets);
    var session = message.session();
    ledger.count(Count.SETS_PUT_ASIDE);
    if (session.waitingCost + price > limits.pendingBytesPerExporter()
        || cost + price > limits.pendingBytes()) {
      ledger.reject(message.exporter(), Rejection.TEMPLATE_NEVER_CAME, octets);
      return;
    }
    var body = Arrays.copyOfRange(message.bytes(), at, end);
    var set = new WaitingSet(session, key, message, body, isCut);
    session.waiting.computeIfAbsent(key, _ -> new ArrayDeque<>(4)).add(set);
    session.waitingCost += price;
    cost += price;
    all.add(set);
    ledger.count(Count.WAITING_SETS);
    ledger.count(Count.WAITING_OCTETS, octets);
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
      forget(oldest);
      var queue = oldest.session.waiting.get(oldest.key);
      if (queue != null) {
        queue.remove(oldest);
        if (queue.isEmpty()) {
          oldest.session.waiting.remove(oldest.key);
        }
      }
      ledger.reject(oldest.exporter, Rejection.TEMPLATE_NEVER_CAME, oldest.body.length);
    }
  }

  private void forget(WaitingSet set) {
    all.remove(set);
    set.session.waitingCost -= set.cost();
    cost -= set.cost();
    ledger.count(Count.WAITING_SETS, -1);
    ledger.count(Count.WAITING_OCTETS, -set.body.length);
  }
}
