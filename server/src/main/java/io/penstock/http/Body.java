package io.penstock.http;

/** What reading a request's body came to. */
public sealed interface Body {

  /**
   * The decoded body.
   *
   * @param bytes holds the body from 0 on and may be longer than it
   * @param length how many bytes the body has
   * @param wireLength how many bytes were sent for it
   * @param encoding {@code identity} or {@code gzip}
   */
  record Bytes(byte[] bytes, int length, long wireLength, String encoding) implements Body {}

  /** More than was allowed: on the wire, or after inflating. */
  record TooLarge(long limit, long actual, String encoding) implements Body {}

  /** The compressed form is damaged. */
  record Corrupt(String detail) implements Body {}

  /** A content encoding that we do not read. */
  record Unsupported(String encoding) implements Body {}

  /** Too many bytes of other requests are in memory; nothing was taken. */
  record Busy() implements Body {}

  /** Its framing on the wire cannot be read; nor can what follows on the connection. */
  record Malformed() implements Body {}

  /** It did not come in time. */
  record Late() implements Body {}
}
