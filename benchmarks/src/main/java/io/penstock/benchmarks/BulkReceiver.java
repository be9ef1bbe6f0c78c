package io.penstock.benchmarks;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * Answers {@code _bulk} as a node does that takes everything, one item for each two lines, and
 * keeps nothing. A process of its own, which ends with its standard input.
 */
final class BulkReceiver {

  private static final byte[] ITEM = ascii("{\"create\":{\"status\":201}}");

  private BulkReceiver() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Says the port that it listens on. */
  public static void main(String[] args) throws IOException {
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(() -> accept(server));
    System.out.println(server.getLocalPort());
    System.in.transferTo(OutputStream.nullOutputStream());
    System.exit(0);
  }

  private static void accept(ServerSocket server) {
    while (true) {
      try {
        var connection = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(connection));
      } catch (IOException e) {
        throw new IllegalStateException("cannot accept", e);
      }
    }
  }

  private static void serve(Socket connection) {
    try (connection) {
      var in = new BufferedInputStream(connection.getInputStream(), 1 << 16);
      while (true) {
        int items = items(in) / 2;
        connection.getOutputStream().write(answer(items));
      }
    } catch (IOException _) {
      // The client has what it wants.
    }
  }

  /** Lines of the next request. */
  private static int items(InputStream in) throws IOException {
    int length = 0;
    boolean isGzip = false;
    for (var line = line(in); !line.isEmpty(); line = line(in)) {
      var field = line.toLowerCase(Locale.ROOT);
      if (field.startsWith("content-length:")) {
        length = Integer.parseInt(field.substring(15).strip());
      }
      isGzip |= field.startsWith("content-encoding: gzip");
    }
    var body = in.readNBytes(length);
    if (isGzip) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    int lines = 0;
    for (byte b : body) {
      lines += b == '\n' ? 1 : 0;
    }
    return lines;
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException();
      }
      line.append((char) b);
    }
    return line.toString().strip();
  }

  private static byte[] answer(int items) {
    var body = new ByteArrayOutputStream(items * (ITEM.length + 1) + 64);
    body.writeBytes(ascii("{\"errors\":false,\"items\":["));
    for (int i = 0; i < items; i++) {
      if (i > 0) {
        body.write(',');
      }
      body.writeBytes(ITEM);
    }
    body.writeBytes(ascii("]}"));
    var whole = new ByteArrayOutputStream(body.size() + 100);
    whole.writeBytes(
        ascii("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "));
    whole.writeBytes(ascii(body.size() + "\r\n\r\n"));
    whole.writeBytes(body.toByteArray());
    return whole.toByteArray();
  }
}
