package io.penstock.log;

import org.jspecify.annotations.Nullable;

/** The log cannot take a batch now: the disk is full or failing, or the log is closing. */
public final class LogUnavailableException extends RuntimeException {

  /** Why the log refuses. */
  public enum Reason {
    DISK_FULL,
    DISK_ERROR,
    CLOSED
  }

  private final Reason reason;

  public LogUnavailableException(Reason reason, @Nullable Throwable cause) {
    super("log unavailable: " + reason, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
