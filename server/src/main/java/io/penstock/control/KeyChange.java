package io.penstock.control;

import org.jspecify.annotations.Nullable;

/** What became of a change that was asked for. */
public sealed interface KeyChange {

  /**
   * It was made.
   *
   * @param after null when the key was removed
   */
  record Done(ApiKey before, @Nullable ApiKey after) implements KeyChange {}

  /** It was not made. */
  record Refused(Reason reason) implements KeyChange {}

  /** Why not. */
  enum Reason {
    /** There is no such key. */
    UNKNOWN,
    /** The key comes from the configuration. */
    CONFIGURED,
    /** Nobody could administer the server any more. */
    LAST_ADMIN
  }
}
