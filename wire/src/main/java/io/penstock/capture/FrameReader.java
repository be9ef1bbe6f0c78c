package io.penstock.capture;

import org.jspecify.annotations.Nullable;

/** Takes packets out of a capture file format. */
interface FrameReader {

  /** The largest packet we believe a capture to hold: libpcap's own limit. */
  int FRAME_BYTES_MAX = 262_144;

  /** The next packet, or null at the end of the file. */
  @Nullable Frame next() throws CaptureException;
}
