package io.penstock.exporters;

import org.jspecify.annotations.Nullable;

/**
 * Whether the observation domains (source ids, engines, sub-agents) that send from one port share
 * one count, where the protocol wants one for each. Every number is foretold twice, from the last
 * message of its domain and from the last one of any; when only the latter comes true, several
 * times and never the other way round, there is one count.
 */
final class Sharing {

  /** So often a number has to go on where another domain left off. */
  private static final int EVIDENCE_MIN = 4;

  private final StreamKey key;
  private final int[] next = new int[Counting.COUNT];
  private final int[] evidence = new int[Counting.COUNT];

  /** By which rules the last message moved the count; a count at rest is no evidence. */
  private final boolean[] moved = new boolean[Counting.COUNT];

  private @Nullable SequenceStream last;
  private boolean isUnsure;
  private boolean isFound;
  private int members;

  /**
   * @param key the one of the common count
   */
  Sharing(StreamKey key) {
    this.key = key;
  }

  StreamKey key() {
    return key;
  }

  boolean isFound() {
    return isFound;
  }

  void join() {
    members++;
  }

  /** Whether the last domain has left. */
  boolean leave() {
    return --members == 0;
  }

  /**
   * Compares what was foretold with what came; before the domain's own stream takes it.
   *
   * @param own what is known of the domain
   * @return whether it has become clear by this message that the count is shared
   */
  boolean learn(SequenceStream own, Arrival message) {
    if (last != null && last != own && !isUnsure && own.foretells()) {
      for (int i = 0; i < Counting.COUNT && !isFound; i++) {
        weigh(i, own, message);
      }
    }
    last = own;
    isUnsure = !message.isComplete();
    for (int i = 0; i < Counting.COUNT; i++) {
      var rule = Counting.at(i);
      int units = Math.max(0, rule.units(message));
      next[i] = rule.first(message) + units;
      moved[i] = units > 0;
    }
    return isFound;
  }

  private void weigh(int ordinal, SequenceStream own, Arrival message) {
    var rule = Counting.at(ordinal);
    boolean isForetold = rule.units(message) >= 0 && rule.first(message) == next[ordinal];
    boolean isForetoldByOwn = own.foretold(rule, message);
    if (isForetoldByOwn && !isForetold) {
      evidence[ordinal] = 0;
    } else if (isForetold && !isForetoldByOwn && moved[ordinal]) {
      evidence[ordinal]++;
      isFound = evidence[ordinal] == EVIDENCE_MIN;
    }
  }
}
