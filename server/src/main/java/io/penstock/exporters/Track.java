package io.penstock.exporters;

import org.jspecify.annotations.Nullable;

/**
 * One run of sequence numbers: where it stands by each of the rules it may follow, and which rule
 * it does follow.
 *
 * <p>The protocol's rule is believed until another one has foretold several numbers in a row that
 * this one did not. While no number has told the rules apart, a miss that another rule explains is
 * held back, so that an exporter which counts otherwise is not charged with losses.
 */
final class Track {

  /** So far out of order a datagram may come, as a number of messages. */
  static final int WINDOW = 64;

  /** Hits in a row by which another rule replaces one that never hit where they differ. */
  private static final int HITS_IF_NEW = 2;

  /** The same for a rule that has proved itself. */
  private static final int HITS_IF_PROVEN = 4;

  /** A message of 65,535 octets can hold no more. */
  private static final int RECORDS_MAX = 65_535;

  private static final long UPTIME_JITTER = 5_000;
  private static final long UPTIME_WRAP = 1L << 32;
  private static final long NEAR_WRAP = 600_000;

  /** A jump of more messages than this has to be explained by the time that went by. */
  private static final int JUMP_MESSAGES = 4_096;

  /** A count below it looks like one that has just begun. */
  private static final int SMALL = 1_000;

  private Counting counting;
  private final int[] next = new int[Counting.COUNT];
  private final int[] hits = new int[Counting.COUNT];
  private boolean isProven;
  private int widest = 1;

  private final long startNanos;
  private long lastNanos;
  private long messages;
  private long units;
  private long uptimeMillis;
  private int lastSequence;
  private @Nullable Gaps gaps;
  private @Nullable Unread unread;

  /** Counted since the rule last hit; withdrawn when the rule turns out to be wrong. */
  long unprovenMissing;

  int unprovenGaps;

  /** A miss that another rule explains, held back until the next number decides. */
  int heldBack;

  /** Number of the stream's last message that belonged to it. */
  long lastMessage;

  /** Messages that the track before it had when this one began. */
  long mainMessages;

  /** Why it may have begun, other than as the stream's first. */
  Jump jump = Jump.NONE;

  int jumped;

  /** How one run of numbers gives way to another. */
  enum Jump {
    NONE,
    /** Forward, and no further than the exporter may have come meanwhile. */
    LOSS,
    /** The exporter began anew, by its uptime or its number. */
    RESTART
  }

  Track(Counting counting, Arrival first, long number) {
    this.counting = counting;
    this.startNanos = first.receivedNanos();
    follow(first, number);
  }

  Counting counting() {
    return counting;
  }

  /** The position that is expected next. */
  long expected() {
    return Integer.toUnsignedLong(next[counting.ordinal()]);
  }

  long messages() {
    return messages;
  }

  int lastSequence() {
    return lastSequence;
  }

  /** How far the message lies ahead of what is expected; negative when behind. */
  int delta(Arrival message) {
    return counting.first(message) - next[counting.ordinal()];
  }

  /** Whether this rule said that the message would be next. */
  boolean foretold(Counting rule, Arrival message) {
    return rule.units(message) >= 0 && rule.first(message) == next[rule.ordinal()];
  }

  /** Whether the next number cannot be told, since nobody knows what the last message held. */
  boolean isUnsure() {
    return unread != null && unread.isOpen();
  }

  /** Goes on behind the message. */
  void follow(Arrival message, long number) {
    for (int i = 0; i < Counting.COUNT; i++) {
      var rule = Counting.at(i);
      next[i] = rule.first(message) + Math.max(0, rule.units(message));
    }
    int own = Math.max(0, counting.units(message));
    messages++;
    units += own;
    widest = Math.max(widest, Math.min(own, RECORDS_MAX));
    lastSequence = message.sequence();
    lastNanos = message.receivedNanos();
    lastMessage = number;
    if (message.hasUptime()) {
      uptimeMillis = message.uptimeMillis();
    }
  }

  /** The numbers within which a datagram may be early or late. */
  int window() {
    return WINDOW * widest;
  }

  /** Compares what each rule expected with what came; before {@link #follow}. */
  void learn(Arrival message) {
    if (!counting.isCertain(message) || isUnsure()) {
      return;
    }
    boolean isHit = delta(message) == 0;
    boolean tellsApart = false;
    for (int i = 0; i < Counting.COUNT; i++) {
      var rule = Counting.at(i);
      boolean agrees = foretold(rule, message);
      tellsApart |= !agrees && rule.units(message) >= 0;
      hits[i] = agrees ? hits[i] + 1 : 0;
    }
    isProven |= isHit && tellsApart;
  }

  /** The rule that foretold this number and enough before it where the current one failed. */
  boolean hasBetterRule() {
    return hits[best()] >= (isProven ? HITS_IF_PROVEN : HITS_IF_NEW);
  }

  /** Whether another rule foretold this number and the current one has yet to prove itself. */
  boolean isExplained() {
    return !isProven && hits[best()] > 0;
  }

  private int best() {
    int best = 0;
    for (int i = 1; i < Counting.COUNT; i++) {
      best = hits[i] > hits[best] ? i : best;
    }
    return best;
  }

  void takeBetterRule() {
    counting = Counting.at(best());
    isProven = true;
    gaps = null;
    unread = null;
  }

  void open(int start, int length) {
    if (gaps == null) {
      gaps = new Gaps();
    }
    gaps.add(start, length);
  }

  void closeGaps() {
    gaps = null;
  }

  /** Whether the message belongs into a gap. */
  boolean hasGapFor(Arrival message) {
    return gaps != null && gaps.contains(counting.first(message));
  }

  /** Takes back what was missed; how much. */
  int fill(Arrival message) {
    return gaps == null
        ? 0
        : gaps.fill(counting.first(message), Math.max(0, counting.units(message)));
  }

  /** Whether the uptime fell, by more than a late datagram explains and not because it wrapped. */
  boolean hasRestarted(Arrival message) {
    if (!message.hasUptime()) {
      return false;
    }
    long fell = uptimeMillis - message.uptimeMillis();
    boolean wrapped = uptimeMillis > UPTIME_WRAP - NEAR_WRAP && message.uptimeMillis() < NEAR_WRAP;
    return fell > UPTIME_JITTER && !wrapped;
  }

  /** What a jump out of the window means if the numbers go on from there. */
  Jump jumpTo(Arrival message) {
    int distance = delta(message);
    if (distance <= 0 || hasRestarted(message)) {
      return Jump.RESTART;
    }
    long plain = (long) JUMP_MESSAGES * widest;
    if (distance <= plain) {
      return Jump.LOSS;
    }
    if (Integer.compareUnsigned(message.sequence(), SMALL) < 0) {
      return Jump.RESTART;
    }
    double elapsed = lastNanos - startNanos;
    double silent = message.receivedNanos() - lastNanos;
    boolean isPossible = elapsed > 0 && distance <= 8 * (units / elapsed) * silent;
    return isPossible ? Jump.LOSS : Jump.RESTART;
  }

  /**
   * Whether the numbers ahead may belong to records that were not read: of the message before, or
   * of this one where its number includes its own.
   */
  boolean isUnread(Arrival message) {
    int ahead = delta(message);
    if (ahead < 0 || ahead > RECORDS_MAX) {
      return false;
    }
    boolean isOwn = counting.includesOwn() && !counting.isCertain(message);
    return isOwn || isUnsure();
  }

  /** Before {@link #follow}: notes how many units nobody has read; how many. */
  int leaveUnread(Arrival message) {
    int ahead = isUnread(message) ? delta(message) : 0;
    boolean isOwn = counting.includesOwn() && !counting.isCertain(message);
    if (unread != null && unread.isOpen()) {
      unread.close(ahead);
    } else if (isOwn) {
      unread().open(message.sequence());
      unread().close(ahead);
    }
    return ahead;
  }

  /** After {@link #follow}: more records of this message may be read, or never. */
  void expectMore(Arrival message) {
    if (!counting.includesOwn() && !counting.isCertain(message)) {
      unread().open(message.sequence());
    }
  }

  private Unread unread() {
    if (unread == null) {
      unread = new Unread();
    }
    return unread;
  }

  /** A record of an earlier message was read late; how many units fewer are unread for that. */
  int readLate(int sequence, boolean isFlow) {
    if (unread == null || !counting.counts(isFlow)) {
      return 0;
    }
    int which = unread.find(sequence);
    if (which < 0) {
      return 0;
    }
    if (unread.isOpen(which)) {
      for (int i = 0; i < Counting.COUNT; i++) {
        next[i] += Counting.at(i).counts(isFlow) && !Counting.at(i).includesOwn() ? 1 : 0;
      }
      return 0;
    }
    return unread.take(which);
  }
}
