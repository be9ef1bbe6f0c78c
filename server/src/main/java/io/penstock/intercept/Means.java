package io.penstock.intercept;

import io.penstock.exchange.Exchange;
import io.penstock.exchange.Journal;
import io.penstock.policy.Policy;
import io.penstock.upstream.Upstreams;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every connection works with. For any number of threads. */
final class Means {

  private static final Logger LOG = LoggerFactory.getLogger(Means.class);

  /** Clients could fill the log with it otherwise. */
  private static final long WARNING_MILLIS = 60_000;

  /** How long a journal that took no exchange is left alone. */
  private static final long JOURNAL_PAUSE_MILLIS = 1_000;

  final InterceptConfig config;
  final Supplier<Policy> policy;
  final Contexts contexts;
  final Answering answering;
  final Upstreams upstreams;
  final Logins logins;
  final Admission admission;
  final InstantSource clock;
  final InterceptMetrics metrics;
  final Slots slots;
  final OwnPorts own;

  private final Journal journal;
  private final AtomicLong journalRefusedUntil = new AtomicLong(Long.MIN_VALUE);
  private final AtomicLong nextWarning = new AtomicLong(Long.MIN_VALUE);
  private volatile boolean isStopping;

  Means(
      InterceptConfig config,
      Supplier<Policy> policy,
      Contexts contexts,
      Answering answering,
      Upstreams upstreams,
      Journal journal,
      Logins logins,
      Admission admission,
      InstantSource clock,
      InterceptMetrics metrics,
      OwnPorts own) {
    this.config = config;
    this.policy = policy;
    this.contexts = contexts;
    this.answering = answering;
    this.upstreams = upstreams;
    this.journal = journal;
    this.logins = logins;
    this.admission = admission;
    this.clock = clock;
    this.metrics = metrics;
    this.own = own;
    this.slots = new Slots(config.limits(), metrics);
  }

  void record(Exchange exchange) {
    if (!journal.record(exchange)) {
      metrics.unjournaled.inc();
      journalRefusedUntil.set(clock.millis() + JOURNAL_PAUSE_MILLIS);
    }
  }

  /** Whether what is asked now could not be journaled, although it must be. */
  boolean isJournalMissing() {
    return config.requiresJournal() && clock.millis() < journalRefusedUntil.get();
  }

  /** A connection ends because of a mistake of ours. */
  void bug(String where, Throwable thrown) {
    metrics.errors.inc();
    long now = clock.millis();
    long due = nextWarning.get();
    if (now >= due && nextWarning.compareAndSet(due, now + WARNING_MILLIS)) {
      LOG.atError()
          .setMessage("an intercepted exchange failed")
          .addKeyValue("where", where)
          .setCause(thrown)
          .log();
    }
  }

  /** No connection is kept for another request from now on. */
  void stop() {
    isStopping = true;
  }

  boolean isStopping() {
    return isStopping;
  }
}
