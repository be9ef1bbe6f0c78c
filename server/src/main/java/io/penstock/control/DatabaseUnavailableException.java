package io.penstock.control;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteException;

/**
 * The database cannot do its work now: it is not reached, locked, read-only or out of space. What
 * was asked for did not happen, or nobody knows; asking again later is right.
 */
public final class DatabaseUnavailableException extends RuntimeException {

  DatabaseUnavailableException(String reason, @Nullable RuntimeException cause) {
    super(reason, cause);
  }

  /** The same failure under this name, if it is of that kind and no fault of the statement. */
  static Optional<DatabaseUnavailableException> of(RuntimeException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && isUnavailable(sql)) {
        var reason = String.valueOf(sql.getMessage()).lines().findFirst().orElse("no reason given");
        return Optional.of(new DatabaseUnavailableException(reason, failure));
      }
    }
    return Optional.empty();
  }

  private static boolean isUnavailable(SQLException e) {
    if (e instanceof SQLiteException sqlite) {
      // The low byte of an extended code is its kind.
      return switch (sqlite.getResultCode().code & 0xff) {
        case 5, 6, 8, 10, 13, 14 -> true; // busy, locked, read-only, I/O, full, cannot open
        default -> false;
      };
    }
    return e instanceof SQLTransientException || isUnavailable(e.getSQLState());
  }

  /** By the classes of PostgreSQL's manual, appendix A. */
  private static boolean isUnavailable(@Nullable String state) {
    return state != null
        && (state.startsWith("08") // connection
            || state.startsWith("40") // rolled back for the sake of another transaction
            || state.startsWith("53") // no disk, memory or connections left
            || state.startsWith("57P") // shut down, or starting
            || state.startsWith("58") // the system below the server
            || state.equals("25006")); // a standby, or made read-only
  }
}
