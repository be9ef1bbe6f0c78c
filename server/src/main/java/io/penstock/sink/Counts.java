package io.penstock.sink;

import java.util.concurrent.atomic.LongAdder;

/**
 * What became of the events of one sink since the server started. Every event that was read is
 * counted once as filtered, expired, delivered or refused when it leaves, and waits until then.
 * Safe for many threads.
 */
final class Counts {

  final LongAdder read = new LongAdder();
  final LongAdder filtered = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder delivered = new LongAdder();
  final LongAdder refused = new LongAdder();

  /** Of those delivered: had arrived before. */
  final LongAdder duplicates = new LongAdder();

  /** Of those delivered: arrived somewhere else than asked. */
  final LongAdder redirected = new LongAdder();

  /** Times that events were sent again. */
  final LongAdder retries = new LongAdder();

  /** Replayed dead letters that arrived; they are in no other count. */
  final LongAdder replayed = new LongAdder();
}
