package io.penstock.command;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * The connections that IPFIX messages leave by (RFC 7011 §10.4): one for each exporter played, up
 * to a limit beyond which exporters share. Over TLS the collector's certificate has to be for its
 * name and from an authority that the JDK trusts ({@code -Djavax.net.ssl.trustStore}).
 */
final class StreamOutlet implements Outlet {

  private static final int CONNECT_MILLIS = 10_000;
  private static final int END_MILLIS = 2_000;
  private static final int IPFIX = 10;

  private final Target target;
  private final InetSocketAddress address;
  private final List<Connection> connections = new ArrayList<>();
  private long messages;
  private long octets;
  private long notIpfix;

  private record Connection(Socket socket, OutputStream out) {}

  StreamOutlet(Target target) {
    this.target = target;
    this.address = target.resolve();
  }

  @Override
  public void send(int exporter, byte[] bytes, int offset, int length) {
    if (length < 2 || (bytes[offset] << 8 | bytes[offset + 1] & 0xff) != IPFIX) {
      notIpfix++;
      return;
    }
    try {
      connection(exporter % EXPORTERS_MAX).out.write(bytes, offset, length);
    } catch (IOException e) {
      throw new CommandFailure(
          "%s closed the connection after %d messages: %s"
              .formatted(target, messages, e.getMessage()),
          e);
    }
    messages++;
    octets += length;
  }

  private Connection connection(int index) {
    while (connections.size() <= index) {
      connections.add(open());
    }
    return connections.get(index);
  }

  private Connection open() {
    try {
      var socket = new Socket();
      try {
        socket.connect(address, CONNECT_MILLIS);
        var secured = target.transport() == Target.Transport.TLS ? secured(socket) : socket;
        return new Connection(secured, secured.getOutputStream());
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot connect to %s: %s; is the collector running, and is this its port?"
              .formatted(target, e.getMessage()),
          e);
    }
  }

  private SSLSocket secured(Socket plain) throws IOException {
    var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    var secured = (SSLSocket) factory.createSocket(plain, target.host(), target.port(), true);
    var parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return secured;
  }

  @Override
  public long datagrams() {
    return messages;
  }

  @Override
  public long octets() {
    return octets;
  }

  @Override
  public String leftOut() {
    return notIpfix == 0
        ? ""
        : "; %d are no IPFIX, which alone is defined over TCP, and were left out"
            .formatted(notIpfix);
  }

  /** A refusal shows when the connection is made, and its end when more is written. */
  @Override
  public void demandListener() {}

  /**
   * Ends the streams and waits for the collector to end its side. A socket that is closed with
   * something unread, such as a session ticket of TLS, resets its connection, and what is still on
   * its way would be lost.
   */
  @Override
  public void close() {
    connections.forEach(StreamOutlet::end);
    for (var connection : connections) {
      try (var socket = connection.socket) {
        socket.setSoTimeout(END_MILLIS);
        var _ = socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        // All that could be sent has left; there is nobody to tell.
      }
    }
  }

  private static void end(Connection connection) {
    try {
      connection.socket.shutdownOutput();
    } catch (IOException e) {
      // The collector has ended it already.
    }
  }
}
