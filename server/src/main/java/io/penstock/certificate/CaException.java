package io.penstock.certificate;

/**
 * There is no authority to issue certificates with. The message is one line for the operator and
 * says what to change.
 */
public final class CaException extends IllegalStateException {

  CaException(String message) {
    super(message);
  }

  CaException(String message, Throwable cause) {
    super(message, cause);
  }
}
