package io.penstock.audit;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far a consumer of the log has come, and its latest steps: a request is recorded after its
 * answer, by when a quick consumer may have passed its events. Guarded by the audit's lock.
 */
final class Progress {

  private static final int STEPS_KEPT = 64;

  /** A step up to a position. */
  record Passed(long millis, String outcome) {}

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
