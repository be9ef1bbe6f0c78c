package io.penstock.backends;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a backend is started with: {@code FOLDER [PORT [PEM]]}.
 *
 * @param folder where it keeps its data
 * @param port on loopback; 0 for any
 * @param pem a file with a private key and its certificate, for those that speak TLS
 */
record Arguments(Path folder, int port, @Nullable Path pem) {

  static Arguments of(String... args) throws IOException {
    if (args.length < 1 || args.length > 3) {
      System.err.println("usage: FOLDER [PORT [PEM]]");
      System.exit(2);
    }
    return new Arguments(
        Files.createDirectories(Path.of(args[0]).toAbsolutePath()),
        args.length > 1 ? Integer.parseInt(args[1]) : 0,
        args.length > 2 ? Path.of(args[2]).toAbsolutePath() : null);
  }

  /** A port that nobody uses right now, for what has to know its port before it opens it. */
  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Lives as long as whoever started it holds on to the standard input. */
  static void awaitEndOfInput() throws IOException {
    System.in.transferTo(OutputStream.nullOutputStream());
  }
}
