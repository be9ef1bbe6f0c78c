package io.penstock.destination;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A way to a server that a test cuts and mends, while the server knows of nothing. It keeps its
 * port while it is cut, since another process might take it: whoever connects is reset.
 */
final class Relay implements AutoCloseable {

  private final int target;
  private final ServerSocket listener;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean isCut;

  /**
   * @param target a port of this machine
   */
  Relay(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        serve(listener.accept());
      } catch (IOException _) {
        // Cut, or closed.
      }
    }
  }

  private void serve(Socket client) throws IOException {
    sockets.add(client);
    if (isCut) {
      reset(client);
      return;
    }
    var server = new Socket(InetAddress.getLoopbackAddress(), target);
    sockets.add(server);
    Thread.ofVirtual().start(() -> copy(client, server));
    Thread.ofVirtual().start(() -> copy(server, client));
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
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
    isCut = true;
    for (var socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  void mend() {
    isCut = false;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
