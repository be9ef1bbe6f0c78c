package io.penstock.elements;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the elements file stands, for {@code /v1/system}.
 *
 * @param state what became of the newest file
 * @param path where the file is; null when none is configured
 * @param entries elements in use, which may be an older file's
 * @param loaded when they were read; null when none are
 * @param problems why the newest file was refused, {@code file:line:column: text}
 */
public record ElementsStatus(
    State state,
    @Nullable String path,
    int entries,
    @Nullable Instant loaded,
    List<String> problems) {

  /** What became of the newest file. */
  public enum State {
    /** No file is configured. */
    NONE,
    /** In use. */
    LOADED,
    /** Refused, or not there; what was read before stays in use. */
    ERROR
  }

  public ElementsStatus {
    problems = List.copyOf(problems);
  }
}
