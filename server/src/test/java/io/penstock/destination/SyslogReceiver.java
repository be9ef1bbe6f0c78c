package io.penstock.destination;

import io.penstock.destination.SyslogConfig.Framing;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * A syslog receiver on loopback that takes frames apart by the letter of RFC 6587 and gives up a
 * connection at the first octet that is not allowed.
 */
final class SyslogReceiver implements AutoCloseable {

  /** What it does besides reading. */
  enum Manner {
    /** Ends its side once the sender has. */
    GOOD,
    /** Keeps its side open, whatever the sender does. */
    NEVER_ENDS,
    /** Accepts connections and reads nothing. */
    NEVER_READS,
    /** Resets each connection after ten messages. */
    RESETS
  }

  private static final int MESSAGE_BYTES_MAX = 64 * 1024;

  private final Framing framing;
  private final Manner manner;
  private final @Nullable SSLContext tls;
  private final boolean wantsCertificate;
  private final int port;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private ServerSocket server;
  private Thread accepting = Thread.currentThread();

  /** Messages without their frames, in the order in which they came. */
  final List<String> messages = new CopyOnWriteArrayList<>();

  /** What was wrong with frames. */
  final List<String> faults = new CopyOnWriteArrayList<>();

  SyslogReceiver(Framing framing, Manner manner) throws IOException {
    this(framing, manner, null, false);
  }

  SyslogReceiver(Framing framing, Manner manner, @Nullable SSLContext tls, boolean wantsCertificate)
      throws IOException {
    this.framing = framing;
    this.manner = manner;
    this.tls = tls;
    this.wantsCertificate = wantsCertificate;
    this.server = listen(0);
    this.port = server.getLocalPort();
  }

  private ServerSocket listen(int wanted) throws IOException {
    var listening =
        tls == null ? new ServerSocket() : tls.getServerSocketFactory().createServerSocket();
    if (listening instanceof SSLServerSocket secured) {
      secured.setNeedClientAuth(wantsCertificate);
    }
    listening.setReuseAddress(true);
    if (manner == Manner.NEVER_READS) {
      listening.setReceiveBufferSize(4 * 1024);
    }
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
    accepting = Thread.ofVirtual().start(() -> accept(listening));
    return listening;
  }

  private void accept(ServerSocket listening) {
    while (!listening.isClosed()) {
      try {
        var connection = listening.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      if (manner == Manner.NEVER_READS) {
        closed.await();
        return;
      }
      var in = new BufferedInputStream(connection.getInputStream());
      for (int count = 1; ; count++) {
        var message = message(in);
        if (message == null) {
          break;
        }
        messages.add(message);
        if (manner == Manner.RESETS && count == 10) {
          connection.setSoLinger(true, 0);
          return;
        }
      }
      if (manner == Manner.NEVER_ENDS) {
        closed.await();
      }
    } catch (IllegalArgumentException e) {
      faults.add(String.valueOf(e.getMessage()));
    } catch (IOException | InterruptedException e) {
      // The sender is gone, or the test is over.
    }
  }

  private @Nullable String message(InputStream in) throws IOException {
    var octets = framing == Framing.OCTET_COUNTING ? counted(in) : line(in);
    if (octets == null) {
      return null;
    }
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    return decoder.decode(ByteBuffer.wrap(octets)).toString();
  }

  /** RFC 6587 §3.4.1: a number that begins with no zero, a space, and so many octets. */
  private static byte @Nullable [] counted(InputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    demand(first >= '1' && first <= '9', "a length begins with " + first);
    int length = first - '0';
    int next = in.read();
    while (next != ' ') {
      demand(next >= '0' && next <= '9', "a length goes on with " + next);
      length = 10 * length + next - '0';
      demand(length <= MESSAGE_BYTES_MAX, "too long");
      next = in.read();
    }
    var octets = in.readNBytes(length);
    demand(octets.length == length, "cut off");
    return octets;
  }

  /** RFC 6587 §3.4.2. */
  private static byte @Nullable [] line(InputStream in) throws IOException {
    var octets = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        demand(octets.size() == 0, "cut off");
        return null;
      }
      octets.write(next);
    }
    demand(octets.size() > 0, "an empty line");
    return octets.toByteArray();
  }

  private static void demand(boolean isSo, String otherwise) {
    if (!isSo) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  int port() {
    return port;
  }

  /** How often somebody connected. */
  int connections() {
    return connections.size();
  }

  /** Returns once nobody can connect any more. */
  void down() throws IOException {
    server.close();
    try {
      accepting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (var connection : connections) {
      connection.close();
    }
  }

  void up() throws IOException {
    server = listen(port);
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    down();
  }
}
