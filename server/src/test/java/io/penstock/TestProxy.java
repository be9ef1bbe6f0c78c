package io.penstock;

import io.penstock.certificate.Authority;
import io.penstock.certificate.CaConfig;
import io.penstock.certificate.LeafConfig;
import io.penstock.certificate.Leaves;
import io.penstock.certificate.Trust;
import io.penstock.dial.Pem;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * As much of an intercepting proxy as a client sees: it answers every request with {@code quokka},
 * whoever it is for, and remembers what was asked.
 */
final class TestProxy implements AutoCloseable {

  private static final byte[] TUNNEL =
      "HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nquokka"
          .getBytes(StandardCharsets.US_ASCII);

  final List<String> asked = new CopyOnWriteArrayList<>();

  private final Authority authority;
  private final Leaves leaves;
  private final ServerSocket listener;

  TestProxy(Path data) throws IOException {
    this.authority = Authority.open(CaConfig.under(data), InstantSource.system());
    this.leaves =
        new Leaves(
            authority, LeafConfig.STANDARD, InstantSource.system(), new PrometheusRegistry());
    this.listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::serve);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  Running running(@Nullable String probe) {
    return new Running(
        uri(),
        ProcessHandle.current().pid(),
        Trust.in(authority).pem(),
        probe == null ? null : URI.create(probe));
  }

  private void serve() {
    while (!listener.isClosed()) {
      try {
        var socket = listener.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException _) {
        return; // closed
      }
    }
  }

  private void answer(Socket socket) {
    try (socket) {
      socket.setSoTimeout(10_000);
      var request = requestLine(socket.getInputStream());
      if (request.isEmpty()) {
        return;
      }
      asked.add(request);
      if (!request.startsWith("CONNECT ")) {
        socket.getOutputStream().write(ANSWER);
        return;
      }
      socket.getOutputStream().write(TUNNEL);
      var leaf = leaves.leaf(request.split("[ :]")[1]).get();
      var context = SSLContext.getInstance("TLS");
      context.init(Pem.identity(leaf.chain(), leaf.key()), null, null);
      try (var secure = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true)) {
        asked.add(requestLine(secure.getInputStream()));
        secure.getOutputStream().write(ANSWER);
      }
    } catch (Exception e) {
      asked.add(e.toString());
    }
  }

  private static String requestLine(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        return "";
      }
      head.append((char) octet);
    }
    return head.substring(0, head.indexOf("\r\n"));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    leaves.close();
  }
}
