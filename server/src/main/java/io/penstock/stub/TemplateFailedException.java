package io.penstock.stub;

/** A template that could not be filled in: a helper's arguments are wrong, or it asks too much. */
final class TemplateFailedException extends Exception {

  private static final long serialVersionUID = 1L;

  TemplateFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
