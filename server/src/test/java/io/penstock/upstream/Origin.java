package io.penstock.upstream;

import io.penstock.dial.Authority;
import io.penstock.dial.Pem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A server on loopback that says octet for octet what a test wants, one thread a connection. */
final class Origin implements AutoCloseable {

  private final ServerSocket listener;
  private final Script script;
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<String> heads = new CopyOnWriteArrayList<>();

  /** What one connection is told. */
  @FunctionalInterface
  interface Script {
    void serve(Talk talk) throws IOException;
  }

  /** One connection. */
  final class Talk {

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final int number;

    private Talk(Socket socket, int number) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
      this.out = socket.getOutputStream();
      this.number = number;
    }

    Socket socket() {
      return socket;
    }

    /** The first is 1. */
    int number() {
      return number;
    }

    InputStream in() {
      return in;
    }

    OutputStream out() {
      return out;
    }

    /** The next head of a request, to the empty line; null at the end. */
    @Nullable String head() throws IOException {
      var read = new ByteArrayOutputStream();
      while (true) {
        int octet = in.read();
        if (octet < 0) {
          return null;
        }
        read.write(octet);
        var text = read.toString(StandardCharsets.ISO_8859_1);
        if (text.endsWith("\r\n\r\n")) {
          heads.add(text);
          return text;
        }
      }
    }

    String body(int length) throws IOException {
      return new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    void say(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    void ok(String body) throws IOException {
      say("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /** Says no more, but listens. */
    void end() throws IOException {
      socket.shutdownOutput();
    }

    /** Ends it with a reset. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  private Origin(ServerSocket listener, Script script) {
    this.listener = listener;
    this.script = script;
    Thread.ofVirtual().start(this::accept);
  }

  static Origin plain(Script script) throws IOException {
    return new Origin(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
  }

  static Origin over(ServerSocket listener, Script script) {
    return new Origin(listener, script);
  }

  static Origin secure(Authority authority, String name, Script script)
      throws IOException, GeneralSecurityException {
    var context = context(authority, name);
    return new Origin(
        context
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
        script);
  }

  static SSLContext context(Authority authority, String name) throws GeneralSecurityException {
    var issued = authority.issue(name);
    var chain = Pem.certificates(new ByteArrayInputStream(issued.certificate()));
    var context = SSLContext.getInstance("TLS");
    context.init(Pem.identity(chain, issued.keys().getPrivate()), null, null);
    return context;
  }

  /** Answers every request with its own first line. */
  static void echo(Talk talk) throws IOException {
    for (var head = talk.head(); head != null; head = talk.head()) {
      talk.ok(head.substring(0, head.indexOf('\r')));
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var socket = listener.accept();
        open.add(socket);
        int number = connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket, number));
      } catch (IOException _) {
        // Closed, or a handshake that came to nothing.
      }
    }
  }

  private void serve(Socket socket, int number) {
    try (socket) {
      script.serve(new Talk(socket, number));
    } catch (IOException _) {
      // The other side has gone.
    } finally {
      open.remove(socket);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  /** Of all requests, in the order of their arrival. */
  List<String> heads() {
    return heads;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (var socket : open) {
      socket.close();
    }
  }
}
