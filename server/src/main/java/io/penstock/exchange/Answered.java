package io.penstock.exchange;

/**
 * A response as it went to the client.
 *
 * @param trailers fields behind the body (RFC 9110 §6.5), such as gRPC's status
 */
public record Answered(int status, Headers headers, Content body, Headers trailers) {

  public Answered(int status, Headers headers, Content body) {
    this(status, headers, body, Headers.NONE);
  }
}
