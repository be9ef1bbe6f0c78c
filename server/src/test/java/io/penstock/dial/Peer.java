package io.penstock.dial;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/** The other side of a connection, which does what a test tells it, on loopback. */
final class Peer implements AutoCloseable {

  private final ServerSocket server;
  private final String scheme;
  private final List<Socket> connections = new CopyOnWriteArrayList<>();

  /** What was asked, in its order. */
  final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

  /** A request. */
  record Asked(String head, byte[] body) {}

  /** What is done with one connection. */
  interface Behaviour {
    void serve(Socket connection) throws IOException;
  }

  /** What is answered to one request: the whole text of an answer. */
  interface Answering {
    String answer(Asked asked);
  }

  private Peer(ServerSocket server, String scheme) {
    this.server = server;
    this.scheme = scheme;
  }

  static Peer doing(Behaviour behaviour) throws IOException {
    return new Peer(plain(), "http").start(behaviour);
  }

  static Peer answering(Answering answering) throws IOException {
    var peer = new Peer(plain(), "http");
    return peer.start(connection -> peer.answer(connection, answering));
  }

  static Peer secured(SSLContext context, boolean wantsCertificate, Answering answering)
      throws IOException {
    var server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server.setNeedClientAuth(wantsCertificate);
    var peer = new Peer(server, "https");
    return peer.start(connection -> peer.answer(connection, answering));
  }

  private static ServerSocket plain() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private Peer start(Behaviour behaviour) {
    Thread.ofVirtual().start(() -> accept(behaviour));
    return this;
  }

  private void answer(Socket connection, Answering answering) throws IOException {
    var in = new BufferedInputStream(connection.getInputStream());
    for (var next = read(in); next != null; next = read(in)) {
      asked.add(next);
      var answer = answering.answer(next).getBytes(StandardCharsets.ISO_8859_1);
      connection.getOutputStream().write(answer);
    }
  }

  /** An answer with its length. */
  static String reply(String status, String body, String... fields) {
    var head = new StringBuilder("HTTP/1.1 " + status + "\r\n");
    for (var field : fields) {
      head.append(field).append("\r\n");
    }
    return head.append("Content-Length: " + body.length() + "\r\n\r\n") + body;
  }

  URI uri(String path) {
    return URI.create(scheme + "://localhost:" + server.getLocalPort() + path);
  }

  int port() {
    return server.getLocalPort();
  }

  int connections() {
    return connections.size();
  }

  /** Connections that are still served. */
  int open() {
    return (int) connections.stream().filter(connection -> !connection.isClosed()).count();
  }

  private void accept(Behaviour behaviour) {
    while (!server.isClosed()) {
      try {
        var connection = server.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(behaviour, connection));
      } catch (IOException _) {
        // Closed.
      }
    }
  }

  private static void serve(Behaviour behaviour, Socket connection) {
    try (connection) {
      behaviour.serve(connection);
    } catch (IOException _) {
      // The client gave up, as some tests want it.
    }
  }

  /** The next request; null when there is none any more. */
  static @Nullable Asked read(InputStream in) throws IOException {
    var head = head(in);
    if (head == null) {
      return null;
    }
    int length = 0;
    for (var line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    return new Asked(head, in.readNBytes(length));
  }

  static @Nullable String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (true) {
      int b = in.read();
      if (b < 0) {
        return null;
      }
      head.write(b);
      var text = head.toString(StandardCharsets.ISO_8859_1);
      if (text.endsWith("\r\n\r\n")) {
        return text;
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (var connection : connections) {
      connection.close();
    }
  }
}
