package io.penstock.exchange;

import io.penstock.event.Ip;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One request with what became of it. Immutable.
 *
 * @param tenant whose it is
 * @param began when its first octet was here, nanoseconds since 1970 UTC
 * @param answered when the head of the answer went to the client; {@code ended} when there was none
 * @param ended when the last octet of the answer went to the client, or the exchange was given up
 * @param listener which listener took it: {@code proxy}, {@code reverse}, {@code mock}, {@code
 *     socks}
 * @param verdict what was done with it
 * @param rule which rule said so
 * @param product the profile it belongs to; null when none knows it
 * @param request for a tunnel: method {@code CONNECT} and the authority
 * @param response null when the client got none
 * @param tls the client's TLS; null when it spoke none, or none that was read here
 * @param upstream where it was forwarded to; null when nothing was connected to
 * @param failure what went wrong; null when nothing did
 * @param webSocket what was said over it; null when it was no WebSocket
 */
public record Exchange(
    UUID id,
    String tenant,
    long began,
    long answered,
    long ended,
    String listener,
    Client client,
    Verdict verdict,
    String rule,
    @Nullable String product,
    Asked request,
    @Nullable Answered response,
    @Nullable Tls tls,
    @Nullable Upstream upstream,
    @Nullable Failure failure,
    @Nullable WebSocket webSocket) {

  /**
   * Who asked.
   *
   * @param user as it authenticated at the proxy; null when it did not
   */
  public record Client(Ip ip, int port, @Nullable String user) {}

  /**
   * What a handshake agreed on.
   *
   * @param version such as {@code TLSv1.3}
   * @param sni the server name that the client asked for (RFC 6066 §3)
   * @param alpn such as {@code h2} (RFC 7301)
   */
  public record Tls(String version, String cipher, @Nullable String sni, @Nullable String alpn) {}

  /**
   * Where an exchange was forwarded to, and what that took.
   *
   * @param address address and port that were connected to
   * @param through the proxy in between; null when there was none
   * @param tls with the upstream server
   * @param connectNanos to look up and connect, 0 over a connection that was there
   * @param tlsNanos to shake hands, 0 over a connection that was there
   * @param firstOctetNanos from the end of the request to the head of the response
   */
  public record Upstream(
      String address,
      @Nullable String through,
      @Nullable Tls tls,
      long connectNanos,
      long tlsNanos,
      long firstOctetNanos) {}

  /**
   * What passed over a WebSocket (RFC 6455), without the frames of control.
   *
   * @param messagesSent by the client; whole ones, of however many frames
   * @param bytesSent payload as it passed by, compressed where that was agreed on (RFC 7692)
   * @param messagesReceived from the server
   * @param closeCode of the first Close frame; 1005 when it had none, 1006 when there was no such
   *     frame (RFC 6455 §7.4.1)
   */
  public record WebSocket(
      long messagesSent,
      long bytesSent,
      long messagesReceived,
      long bytesReceived,
      int closeCode) {}

  /** What ended an exchange before its time. */
  public record Failure(Cause cause, String detail) {}

  /** Why an exchange has no proper end. */
  public enum Cause {
    /** The client did not accept our certificate, or broke the handshake off: not readable. */
    CLIENT_TLS,
    /** The client sent what is not HTTP, or more than is allowed. */
    CLIENT_PROTOCOL,
    /** The client went away, or was too slow. */
    CLIENT_GONE,
    /** The name has no address. */
    UPSTREAM_NAME,
    /** An address that may not be connected to. */
    UPSTREAM_FORBIDDEN,
    /** Everything is sealed: nothing was looked up or connected to. */
    SEALED,
    UPSTREAM_CONNECT,
    UPSTREAM_TLS,
    UPSTREAM_PROTOCOL,
    UPSTREAM_GONE,
    /** A stub that breaks off on purpose. */
    FAULT;

    /** Whether nothing of the request was sent on, although it was to be. */
    public boolean isBeforeSending() {
      return switch (this) {
        case SEALED, UPSTREAM_NAME, UPSTREAM_FORBIDDEN, UPSTREAM_CONNECT, CLIENT_TLS -> true;
        case CLIENT_PROTOCOL, CLIENT_GONE, UPSTREAM_TLS, UPSTREAM_PROTOCOL, UPSTREAM_GONE, FAULT ->
            false;
      };
    }
  }
}
