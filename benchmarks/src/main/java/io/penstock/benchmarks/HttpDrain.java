package io.penstock.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads requests and answers each with the same body, in a process of its own so that its CPU time
 * is not counted. Ends with whoever started it.
 */
final class HttpDrain implements AutoCloseable {

  private final Process process;
  private final URI uri;

  private HttpDrain(Process process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /** Starts one that answers 200 with this JSON. */
  static HttpDrain start(String answer) throws IOException {
    var process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                HttpDrain.class.getName(),
                answer)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out = process.inputReader();
    var port = out.readLine();
    if (port == null) {
      throw new IllegalStateException("the receiver did not start");
    }
    return new HttpDrain(process, URI.create("http://127.0.0.1:" + port));
  }

  URI uri() {
    return uri;
  }

  @Override
  public void close() {
    process.destroy();
  }

  public static void main(String[] args) throws IOException {
    Thread.ofPlatform().daemon().start(HttpDrain::endWithTheOther);
    byte[] body = args[0].getBytes(StandardCharsets.UTF_8);
    var head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    byte[] answer = (head + args[0]).getBytes(StandardCharsets.UTF_8);
    try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      System.out.println(server.getLocalPort());
      while (true) {
        var connection = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(connection, answer));
      }
    }
  }

  /** Nothing comes over the standard input but its end, once the other process is gone. */
  private static void endWithTheOther() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException _) {
      // That is an end, too.
    }
    System.exit(0);
  }

  private static void serve(Socket connection, byte[] answer) {
    byte[] room = new byte[64 * 1024];
    try (connection) {
      connection.setTcpNoDelay(true);
      var in = new BufferedInputStream(connection.getInputStream(), room.length);
      for (int length = length(in, room); length >= 0; length = length(in, room)) {
        while (length > 0) {
          int read = in.read(room, 0, Math.min(room.length, length));
          if (read < 0) {
            return;
          }
          length -= read;
        }
        connection.getOutputStream().write(answer);
      }
    } catch (IOException _) {
      // The measurement is over.
    }
  }

  /** Reads a request's head; the length of its body, or -1 when there is no request any more. */
  private static int length(InputStream in, byte[] room) throws IOException {
    int size = 0;
    while (size < room.length) {
      int b = in.read();
      if (b < 0) {
        return -1;
      }
      room[size++] = (byte) b;
      if (b == '\n' && size >= 4 && room[size - 3] == '\n') {
        return contentLength(new String(room, 0, size, StandardCharsets.ISO_8859_1));
      }
    }
    return -1;
  }

  private static int contentLength(String head) {
    for (var line : head.split("\r\n")) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(15).strip());
      }
    }
    return 0;
  }
}
