package io.penstock.certificate;

import io.penstock.dial.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** Shows one leaf to everybody and answers every request with {@code hello}. */
final class TlsServer implements AutoCloseable {

  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
          .getBytes(StandardCharsets.US_ASCII);

  private final SSLServerSocket listener;

  TlsServer(Leaf leaf) throws GeneralSecurityException, IOException {
    var context = SSLContext.getInstance("TLS");
    context.init(Pem.identity(leaf.chain(), leaf.key()), null, null);
    listener =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::serve);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try (var socket = listener.accept()) {
        answer(socket);
      } catch (IOException _) {
        // A client that does not trust us goes away: what it says about it is tested there.
      }
    }
  }

  private static void answer(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    var in = socket.getInputStream();
    int last = 0;
    for (int octet = in.read(); octet >= 0; octet = in.read()) {
      last = last << 8 | octet;
      if (last == 0x0d0a0d0a) {
        socket.getOutputStream().write(ANSWER);
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
