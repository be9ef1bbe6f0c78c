package io.penstock;

/** There is no proxy to lead a program through. The message is one line for the operator. */
final class NoProxyException extends Exception {

  private static final long serialVersionUID = 1L;

  NoProxyException(String message) {
    super(message);
  }

  NoProxyException(String message, Throwable cause) {
    super(message, cause);
  }
}
