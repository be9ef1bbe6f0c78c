package io.penstock.audit;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a consumer of the log has come, and its latest steps: a request is recorded after its
 * answer, by when a quick consumer may have passed its events. Guarded by the audit's lock.
 */
final class Progress {

  private static final int STEPS_KEPT = 64;

  /**
   * A step up to a position.
   *
   * @param outcome what came of the events of a request
   * @param refused ids of the requests of which events were refused
   */
  record Passed(long millis, String outcome, Set<String> refused) {

    /** The outcome of those of which events were refused, as the contract's clients know it. */
    private static final String REFUSED = "refused";

    /** Requests of one step that are told apart; of more, none is. */
    private static final int REFUSED_MAX = 1_000;

    Passed {
      if (refused.size() > REFUSED_MAX) {
        outcome = REFUSED;
        refused = Set.of();
      }
      refused = Set.copyOf(refused);
    }

    String outcomeOf(String request) {
      return refused.contains(request) ? REFUSED : outcome;
    }
  }

  private final TreeMap<Long, Passed> steps = new TreeMap<>();
  private long position = Long.MIN_VALUE;

  /** The position before the step, exclusive start of what it covers. */
  long to(long newPosition, Passed passed) {
    long before = position;
    if (newPosition > position) {
      position = newPosition;
      steps.put(newPosition, passed);
      if (steps.size() > STEPS_KEPT) {
        steps.pollFirstEntry();
      }
    }
    return before;
  }

  /** The step that covered a position; null when none of those kept did. */
  @Nullable Passed past(long at) {
    Map.@Nullable Entry<Long, Passed> step = steps.ceilingEntry(at);
    return step == null ? null : step.getValue();
  }
}
