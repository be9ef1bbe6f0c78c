package io.penstock.dial;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A call that got no answer, or none to its end. What it sent may have arrived. */
public final class UnansweredException extends IOException {

  private static final long serialVersionUID = 1;

  private final Stage stage;

  /** How far the call had come. */
  public enum Stage {
    /** No connection, or no trust: nothing has arrived. */
    CONNECTING,
    /** The body was under way; a server that finds it too large may well do this. */
    SENDING,
    /** All was sent. */
    WAITING,
    /** The answer had begun. */
    READING
  }

  UnansweredException(Stage stage, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.stage = stage;
  }

  public Stage stage() {
    return stage;
  }
}
