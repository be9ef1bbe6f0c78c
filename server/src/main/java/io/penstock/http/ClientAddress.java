package io.penstock.http;

import io.helidon.webserver.http.ServerRequest;
import java.net.InetSocketAddress;

/** The numeric address of a request's peer. */
final class ClientAddress {

  private ClientAddress() {}

  static String of(ServerRequest request) {
    if (request.remotePeer().address() instanceof InetSocketAddress socket
        && socket.getAddress() != null) {
      String text = socket.getAddress().getHostAddress();
      int zone = text.indexOf('%');
      return zone < 0 ? text : text.substring(0, zone);
    }
    return request.remotePeer().host();
  }
}
