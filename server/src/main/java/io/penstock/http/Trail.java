package io.penstock.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened to a request on its way, step by step, with the time of each. Facts are kept as
 * they are and only printed when somebody asks. For the request's thread, until it is answered.
 */
public final class Trail {

  /** A request has a handful of steps; what is beyond this was added by mistake. */
  private static final int STEPS_MAX = 12;

  /** Something that became true of a request. Immutable. */
  public interface Fact {

    /** What the step is called, lower case. */
    String event();

    /** What is known of it, as JSON members. */
    Map<String, @Nullable Object> meta();
  }

  /**
   * A fact and its time.
   *
   * @param afterNanos nanoseconds since the request began
   */
  public record Step(long afterNanos, Fact fact) {}

  private final long startNanos;
  private @Nullable List<Step> steps;

  /**
   * @param startNanos {@link System#nanoTime} at which the request began
   */
  public Trail(long startNanos) {
    this.startNanos = startNanos;
  }

  /** Adds a fact that is true from now on. */
  public void add(Fact fact) {
    if (steps == null) {
      steps = new ArrayList<>(4);
    }
    if (steps.size() < STEPS_MAX) {
      steps.add(new Step(System.nanoTime() - startNanos, fact));
    }
  }

  /** How long ago the latest fact was added, or the request began. */
  public long sinceLastNanos() {
    long last = steps == null ? 0 : steps.getLast().afterNanos;
    return System.nanoTime() - startNanos - last;
  }

  /** The facts so far, in the order in which they became true. */
  public List<Step> steps() {
    return steps == null ? List.of() : List.copyOf(steps);
  }
}
