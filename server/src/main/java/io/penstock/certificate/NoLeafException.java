package io.penstock.certificate;

/** There is no certificate for a host. Without a stack: hostile clients cause it at any rate. */
public final class NoLeafException extends Exception {

  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Why. */
  public enum Reason {
    /** What was asked for is no host. */
    NO_HOST,
    /** The authority's constraints do not permit the host: no client would accept it. */
    NOT_PERMITTED,
    /** The authority is not valid now, or not any more. */
    EXPIRED,
    /** Too many are waited for, or were issued lately. */
    BUSY,
    /** Signing failed. */
    FAILED
  }

  NoLeafException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
