package io.penstock.capture;

import org.jspecify.annotations.Nullable;

/** Where payloads come from, by kind of file. */
interface PayloadSource {

  /** The next payload, or null at the end of the file. */
  @Nullable Payload next() throws CaptureException;
}
