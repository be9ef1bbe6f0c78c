package io.penstock.destination;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A way to a server that a test cuts and mends, while the server knows of nothing. */
final class Relay implements AutoCloseable {

  private final int target;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private ServerSocket listener;

  /**
   * @param target a port of this machine
   */
  Relay(int target) throws IOException {
    this.target = target;
    this.listener = listen(0);
  }

  private ServerSocket listen(int port) throws IOException {
    var opened = new ServerSocket();
    opened.setReuseAddress(true);
    opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    Thread.ofVirtual().start(() -> accept(opened));
    return opened;
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  private void accept(ServerSocket opened) {
    while (!opened.isClosed()) {
      try {
        var client = opened.accept();
        var server = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(client);
        sockets.add(server);
        Thread.ofVirtual().start(() -> copy(client, server));
        Thread.ofVirtual().start(() -> copy(server, client));
      } catch (IOException _) {
        // Cut.
      }
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException _) {
      // Cut.
    }
  }

  void cut() throws IOException {
    listener.close();
    for (var socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  void mend() throws IOException {
    listener = listen(listener.getLocalPort());
  }

  @Override
  public void close() throws IOException {
    cut();
  }
}
