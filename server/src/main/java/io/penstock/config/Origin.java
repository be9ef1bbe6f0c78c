package io.penstock.config;

/** Where a value came from. */
public sealed interface Origin {

  /** Nobody set it. */
  record Standard() implements Origin {}

  /** An environment variable. */
  record Variable(String name) implements Origin {}

  /**
   * A line of the settings file.
   *
   * @param key as it is written there
   * @param place file, line and column, as compilers print them
   */
  record Line(String key, String place) implements Origin {}

  /** What a problem with the value begins with. */
  default String prefix() {
    return switch (this) {
      case Standard _ -> "";
      case Variable(var name) -> name + ": ";
      case Line(var key, var place) -> place + ": " + key + ": ";
    };
  }

  /** A few words for whoever asks what is in force. */
  default String words() {
    return switch (this) {
      case Standard _ -> "default";
      case Variable(var name) -> "environment, " + name;
      case Line(_, var place) -> place;
    };
  }
}
