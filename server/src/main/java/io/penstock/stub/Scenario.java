package io.penstock.stub;

import org.jspecify.annotations.Nullable;

/**
 * The part of a stub in a story of several requests.
 *
 * @param name of the story
 * @param requires the state in which the stub answers; null for any
 * @param then the state after its answer; null when it stays
 */
public record Scenario(String name, @Nullable String requires, @Nullable String then) {

  /** The state of a story that has not begun. */
  public static final String STARTED = "started";
}
