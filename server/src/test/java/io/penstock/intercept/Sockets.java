package io.penstock.intercept;

import io.penstock.intercept.Backend.Talk;
import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/** A server of WebSockets (RFC 6455) that says what it is told, and a client that listens. */
final class Sockets {

  private static final Pattern KEY = Pattern.compile("(?i)sec-websocket-key: (\\S+)");

  private Sockets() {}

  /** Echoes short text frames. */
  static void echo(Talk talk) throws IOException {
    var key = KEY.matcher(String.valueOf(talk.head()));
    if (!key.find()) {
      return;
    }
    talk.say(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Accept: "
            + accept(key.group(1))
            + "\r\n\r\n");
    while (true) {
      byte[] head = talk.octets(2);
      if (head.length < 2) {
        return;
      }
      int length = head[1] & 0x7f;
      byte[] mask = talk.octets(4);
      byte[] text = talk.octets(length);
      for (int i = 0; i < text.length; i++) {
        text[i] ^= mask[i % 4];
      }
      talk.say(new byte[] {head[0], (byte) length});
      talk.say(text);
    }
  }

  private static String accept(String key) {
    try {
      var sum =
          MessageDigest.getInstance("SHA-1")
              .digest(
                  (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                      .getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(sum);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Keeps the first text. */
  static final class Said implements WebSocket.Listener {

    final CompletableFuture<String> text = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
      text.complete(data.toString());
      return WebSocket.Listener.super.onText(socket, data, isLast);
    }
  }
}
