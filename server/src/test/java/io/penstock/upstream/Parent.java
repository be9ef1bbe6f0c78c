package io.penstock.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToIntFunction;

/**
 * The conversations of proxies, for tests: they connect to this machine whatever the name, and keep
 * what they were asked for.
 */
final class Parent {

  final List<String> asked = new CopyOnWriteArrayList<>();

  /** Through CONNECT; others than 200 are answered and that is all. */
  Origin.Script http(ToIntFunction<String> status) {
    return talk -> {
      var head = talk.head();
      if (head == null) {
        return;
      }
      asked.add(head);
      int code = status.applyAsInt(head);
      if (code != 200) {
        talk.say("HTTP/1.1 " + code + " No\r\nContent-Length: 4\r\n\r\nbody");
        return;
      }
      var authority = head.split(" ")[1];
      int port = Integer.parseInt(authority.substring(authority.lastIndexOf(':') + 1));
      try (var server = new Socket(InetAddress.getLoopbackAddress(), port)) {
        talk.say("HTTP/1.1 200 Connection established\r\n\r\n");
        splice(talk, server);
      }
    };
  }

  /** SOCKS 5 with user and password, or without. */
  Origin.Script socks(String user, String password) {
    return talk -> {
      var in = talk.in();
      in.read();
      var methods = in.readNBytes(in.read());
      boolean wantsPassword = !user.isEmpty();
      byte method = (byte) (wantsPassword ? 2 : 0);
      if (new String(methods, StandardCharsets.ISO_8859_1).indexOf(method) < 0) {
        talk.out().write(new byte[] {5, -1});
        return;
      }
      talk.out().write(new byte[] {5, method});
      if (wantsPassword) {
        in.read();
        var said = text(in) + ":" + text(in);
        boolean isRight = said.equals(user + ":" + password);
        talk.out().write(new byte[] {1, (byte) (isRight ? 0 : 1)});
        if (!isRight) {
          return;
        }
      }
      in.readNBytes(3);
      int type = in.read();
      var host =
          type == 3
              ? text(in)
              : InetAddress.getByAddress(in.readNBytes(type == 1 ? 4 : 16)).toString();
      int port = in.read() << 8 | in.read();
      asked.add(type + " " + host + " " + port);
      if (host.equals("refused.test")) {
        talk.out().write(new byte[] {5, 5, 0, 1, 0, 0, 0, 0, 0, 0});
        return;
      }
      try (var server = new Socket(InetAddress.getLoopbackAddress(), port)) {
        talk.out().write(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 0});
        splice(talk, server);
      }
    };
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readNBytes(in.read()), StandardCharsets.US_ASCII);
  }

  private static void splice(Origin.Talk talk, Socket server) throws IOException {
    var back = Thread.ofVirtual().start(() -> copy(server, talk));
    try {
      pump(talk.in(), server.getOutputStream());
      server.shutdownOutput();
      back.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(Socket server, Origin.Talk talk) {
    try {
      pump(server.getInputStream(), talk.out());
      talk.end();
    } catch (IOException _) {
      // One of the two has gone.
    }
  }

  private static void pump(InputStream from, OutputStream to) throws IOException {
    var buffer = new byte[8_192];
    for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
      to.write(buffer, 0, read);
      to.flush();
    }
  }
}
