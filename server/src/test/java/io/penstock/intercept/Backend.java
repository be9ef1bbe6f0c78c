package io.penstock.intercept;

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

/** The server behind the proxy, on loopback: says octet for octet what a test wants. */
final class Backend implements AutoCloseable {

  private final ServerSocket listener;
  private final Script script;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  final AtomicInteger connections = new AtomicInteger();
  final List<String> heads = new CopyOnWriteArrayList<>();

  /** What happens on one connection. */
  @FunctionalInterface
  interface Script {
    void serve(Talk talk) throws IOException;
  }

  private Backend(ServerSocket listener, Script script) {
    this.listener = listener;
    this.script = script;
    Thread.ofVirtual().start(this::accept);
  }

  static Backend plain(Script script) throws IOException {
    return new Backend(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
  }

  static Backend secure(Authority authority, String name, Script script)
      throws IOException, GeneralSecurityException {
    var issued = authority.issue(name);
    var chain = Pem.certificates(new ByteArrayInputStream(issued.certificate()));
    var context = SSLContext.getInstance("TLS");
    context.init(Pem.identity(chain, issued.keys().getPrivate()), null, null);
    var sockets = context.getServerSocketFactory();
    return new Backend(sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var socket = listener.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      script.serve(new Talk(socket, heads));
    } catch (IOException _) {
      // The other side went; the test sees what it got.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (var socket : open) {
      socket.close();
    }
  }

  /** One connection, seen from either side. */
  static final class Talk implements AutoCloseable {

    final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final List<String> heads;

    Talk(Socket socket, List<String> heads) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
      this.out = socket.getOutputStream();
      this.heads = heads;
    }

    /** A client's connection to a port of this machine. */
    static Talk to(int port) throws IOException {
      var socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(10_000);
      return new Talk(socket, new CopyOnWriteArrayList<>());
    }

    List<String> heads() {
      return heads;
    }

    void say(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    void say(byte[] octets) throws IOException {
      out.write(octets);
      out.flush();
    }

    /** The next head, to the empty line; null at the end. */
    @Nullable String head() throws IOException {
      var read = new ByteArrayOutputStream();
      int matched = 0;
      while (matched < 4) {
        int octet = in.read();
        if (octet < 0) {
          return null;
        }
        read.write(octet);
        matched = octet == "\r\n\r\n".charAt(matched) ? matched + 1 : octet == '\r' ? 1 : 0;
      }
      var text = read.toString(StandardCharsets.ISO_8859_1);
      heads.add(text);
      return text;
    }

    String read(int length) throws IOException {
      return new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    byte[] octets(int length) throws IOException {
      return in.readNBytes(length);
    }

    /** All that comes until the other side closes. */
    String rest() throws IOException {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    void ok(String body) throws IOException {
      say("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
