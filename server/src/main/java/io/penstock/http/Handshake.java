package io.penstock.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes a WebSocket of a request (RFC 6455 §4.2). The web server asks it before it knows whether
 * the request may be answered at all; so it only remembers the connection, and the request goes the
 * way of all others, with its key, its limits and its line in the log, before anything is upgraded.
 */
final class Handshake implements Http1Upgrader {

  private static final String PROTOCOL = "websocket";
  private static final String VERSION = "13";

  /** RFC 6455 §1.3. */
  private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final HeaderName KEY = HeaderNames.create("Sec-WebSocket-Key");
  private static final HeaderName SENT_VERSION = HeaderNames.create("Sec-WebSocket-Version");

  private static final Answer NO_UPGRADE =
      Answer.problem(426, "upgrade_required", "This is a WebSocket (RFC 6455, version 13)")
          .with("Upgrade", PROTOCOL)
          .with("Connection", "Upgrade")
          .with("Sec-WebSocket-Version", VERSION);

  private final Cors cors;

  /** The connection whose request this thread handles; each connection has a thread of its own. */
  private static final ThreadLocal<@Nullable ConnectionContext> CONNECTION = new ThreadLocal<>();

  Handshake(Cors cors) {
    this.cors = cors;
  }

  @Override
  public String supportedProtocol() {
    return PROTOCOL;
  }

  /** Declines, which makes it a request like others. */
  @Override
  public @Nullable ServerConnection upgrade(
      ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
    CONNECTION.set(context);
    return null;
  }

  /** To be called when a request was handled, whatever became of it. */
  void forget() {
    CONNECTION.remove();
  }

  /** Why no WebSocket can be opened with a request; empty when one can. */
  Optional<Answer> refusal(ServerRequest request) {
    var headers = request.headers();
    boolean isAsked =
        CONNECTION.get() != null
            && request.prologue().method().text().equals("GET")
            && hasToken(request, HeaderNames.CONNECTION, "upgrade")
            && hasToken(request, HeaderNames.UPGRADE, PROTOCOL)
            && VERSION.equals(headers.first(SENT_VERSION).orElse(""));
    if (!isAsked) {
      return Optional.of(NO_UPGRADE);
    }
    if (headers.first(KEY).filter(Handshake::isNonce).isEmpty()) {
      return Optional.of(
          Answer.problem(400, "bad_request", "Sec-WebSocket-Key must be 16 octets in base64"));
    }
    // A browser asks no server whether a page of another origin may open a WebSocket to it.
    return cors.isOfForeignPage(request)
        ? Optional.of(
            Answer.problem(403, "forbidden_origin", "This origin may not open a WebSocket here"))
        : Optional.empty();
  }

  /** Opens the WebSocket: the answer's head goes out with the first flush. */
  FrameStream open(ServerRequest request, ServerResponseHeaders headers) {
    var context = CONNECTION.get();
    if (context == null) {
      throw new IllegalStateException("the request was not looked at before");
    }
    var head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
    headers.forEach(
        header ->
            header
                .allValues()
                .forEach(
                    value -> head.append(header.name()).append(": ").append(value).append("\r\n")));
    head.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
        .append(accept(request.headers().get(KEY).get()))
        .append("\r\n\r\n");
    return new FrameStream(
        context.dataReader(),
        new Writes(context.dataWriter()),
        head.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static boolean hasToken(ServerRequest request, HeaderName name, String token) {
    if (!request.headers().contains(name)) {
      return false;
    }
    for (var value : request.headers().get(name).allValues()) {
      for (var one : value.split(",", -1)) {
        if (one.strip().toLowerCase(Locale.ROOT).equals(token)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isNonce(String key) {
    try {
      return Base64.getDecoder().decode(key.strip()).length == 16;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  /** SHA-1, as RFC 6455 §4.2.2 wants it: proof that the key was read, and no secret. */
  private static String accept(String key) {
    try {
      var digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key.strip() + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** The connection as a stream to write to. */
  private static final class Writes extends OutputStream {
    private final DataWriter out;

    private Writes(DataWriter out) {
      this.out = out;
    }

    @Override
    public void write(int octet) {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int from, int length) {
      out.writeNow(BufferData.create(octets, from, length));
    }
  }
}
