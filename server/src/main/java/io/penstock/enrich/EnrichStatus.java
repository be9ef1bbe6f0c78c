package io.penstock.enrich;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the tables of the enrich stage are and where they come from, for {@code /v1/system}.
 *
 * @param geo geography
 * @param as autonomous systems
 * @param threats threat intelligence
 * @param feeds names of the threat lists in use
 * @param dynamicIndicators indicators that came through the API and not from a file
 */
public record EnrichStatus(
    Table geo, Table as, Table threats, List<String> feeds, int dynamicIndicators) {

  /** How a table stands. */
  public enum State {
    /** In use; an {@link Table#error} beside it means that a newer file was refused. */
    LOADED,
    /** No file is configured or none is there. */
    MISSING,
    /** The file is unusable. */
    ERROR,
    /** Switched off by configuration. */
    DISABLED
  }

  /**
   * A file that a table was read from.
   *
   * @param name its own, without the folder
   * @param modified when somebody last wrote it
   */
  public record File(String name, long bytes, Instant modified) {}

  /**
   * One table.
   *
   * @param state how it stands
   * @param builtIn whether the table is the one inside the product
   * @param path where it is read from, null when it is built in or not configured
   * @param kind what the file calls itself
   * @param entries ranges or indicators in use
   * @param built when its publisher built it
   * @param loaded when it was last read
   * @param loadMillis how long reading took
   * @param error why the newest file was refused
   * @param badLines lines that were skipped
   * @param problems the first of them, {@code file:line: text}
   */
  public record Table(
      State state,
      boolean builtIn,
      @Nullable String path,
      @Nullable String kind,
      long entries,
      @Nullable Instant built,
      @Nullable Instant loaded,
      long loadMillis,
      @Nullable String error,
      long badLines,
      List<String> problems) {

    static Table without(State state, @Nullable String path, @Nullable String error) {
      return new Table(state, false, path, null, 0, null, null, 0, error, 0, List.of());
    }

    static Table of(Loaded<?> loaded, @Nullable String path, Instant at, long millis) {
      return new Table(
          State.LOADED,
          path == null,
          path,
          loaded.kind(),
          loaded.entries(),
          loaded.built(),
          at,
          millis,
          null,
          loaded.problems().count(),
          loaded.problems().first());
    }

    Table withError(@Nullable String text) {
      return new Table(
          state, builtIn, path, kind, entries, built, loaded, loadMillis, text, badLines, problems);
    }

    /** Whether the table answers, whatever happened to newer files. */
    public boolean isLoaded() {
      return state == State.LOADED;
    }
  }
}
