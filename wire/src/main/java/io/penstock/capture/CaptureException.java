package io.penstock.capture;

import java.io.IOException;

/** A file cannot be read as a capture, or not further; the message says where and why. */
public final class CaptureException extends IOException {

  private static final long serialVersionUID = 1L;

  CaptureException(String message) {
    super(message);
  }

  CaptureException(String message, IOException cause) {
    super(message, cause);
  }
}
