package io.penstock.backend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/** Stands before a real server and does to its connections what networks and balancers do. */
public final class UnrulyProxy implements AutoCloseable {

  /** What it does with connections. */
  public enum Mood {
    /** Passes everything on. */
    CALM,
    /** Lets nobody in, and ends what is open. */
    AWAY,
    /** Passes everything on, slowly. */
    SLOW,
    /** Resets connections in the middle of what the client sends. */
    RESETTING,
    /**
     * Passes on what the client sends, and resets instead of the answer: it arrived or it did not.
     */
    SWALLOWING_ANSWERS,
    /** Takes everything and answers nothing. */
    SILENT,
    /** Answers itself: 503, with a time to come back. */
    OVERLOADED,
    /** Answers itself: 401. */
    FORGETFUL,
    /** Answers itself: 200, and says nothing about what was sent. */
    LYING
  }

  private static final int CHUNK = 16 * 1024;

  private final ServerSocket server;
  private final IntSupplier target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile Mood mood = Mood.CALM;

  /**
   * @param target port on loopback of the server behind it; asked for each connection
   */
  public UnrulyProxy(IntSupplier target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Connections that were made to it. */
  public int connections() {
    return connections.get();
  }

  /** Changes its mood; connections that are open notice at once. */
  public void mood(Mood mood) {
    this.mood = mood;
    open.forEach(UnrulyProxy::reset);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var client = server.accept();
        connections.incrementAndGet();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed: the loop ends.
      }
    }
  }

  private void serve(Socket client) {
    try {
      switch (mood) {
        case AWAY -> reset(client);
        case SILENT -> drain(client.getInputStream());
        case OVERLOADED -> answer(client, "503 Service Unavailable", "Retry-After: 1\r\n", "");
        case FORGETFUL -> answer(client, "401 Unauthorized", "", "{}");
        case LYING -> answer(client, "200 OK", "", "{\"errors\":false,\"items\":[]}");
        case RESETTING -> {
          var _ = client.getInputStream().readNBytes(600);
          reset(client);
        }
        case CALM, SLOW, SWALLOWING_ANSWERS -> pass(client);
      }
    } catch (IOException e) {
      reset(client);
    } finally {
      open.remove(client);
    }
  }

  private static void drain(InputStream in) throws IOException {
    in.transferTo(OutputStream.nullOutputStream());
  }

  /** An answer to whatever comes, as soon as something does. */
  private static void answer(Socket client, String status, String headers, String body)
      throws IOException {
    try (client) {
      var in = client.getInputStream();
      var request = new byte[64 * 1024];
      // What has come by now is enough of a request: the answer ends the connection.
      if (in.read(request) < 0) {
        return;
      }
      client.setSoTimeout(100);
      try {
        drain(in);
      } catch (IOException e) {
        // Nothing more came in time.
      }
      var answer =
          "HTTP/1.1 %s\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
              .formatted(status, headers, body.length(), body);
      client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private void pass(Socket client) throws IOException {
    try (client;
        var behind = new Socket()) {
      behind.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target.getAsInt()));
      open.add(behind);
      var back =
          Thread.ofVirtual()
              .start(
                  () -> {
                    if (mood == Mood.SWALLOWING_ANSWERS) {
                      swallow(behind, client);
                    } else {
                      copy(behind, client);
                    }
                  });
      copy(client, behind);
      back.join();
      open.remove(behind);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void swallow(Socket behind, Socket client) {
    try {
      if (behind.getInputStream().read() >= 0) {
        reset(client);
        reset(behind);
      }
    } catch (IOException e) {
      reset(client);
    }
  }

  private void copy(Socket from, Socket to) {
    var chunk = new byte[CHUNK];
    try {
      var in = from.getInputStream();
      var out = to.getOutputStream();
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (mood == Mood.SLOW) {
          LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        out.write(chunk, 0, n);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      reset(from);
      reset(to);
    }
  }

  /** Ends a connection with RST, so that neither side takes it for an orderly end. */
  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    open.forEach(UnrulyProxy::reset);
  }
}
