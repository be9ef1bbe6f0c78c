package io.penstock.exchange;

/**
 * The body of a message as it was on the wire, content coding and all, without the framing of
 * chunks or frames.
 *
 * @param bytes its beginning, as much of it as is kept; owned by the content, not to be modified
 * @param length how long it was in octets
 */
public record Content(byte[] bytes, long length) {

  public static final Content NONE = new Content(new byte[0], 0);

  /** A whole body. */
  public static Content of(byte[] bytes) {
    return bytes.length == 0 ? NONE : new Content(bytes, bytes.length);
  }

  /** Whether more was sent than is kept. */
  public boolean isTruncated() {
    return length > bytes.length;
  }
}
