package io.penstock.certificate;

import io.penstock.dial.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One request through a proxy by hand, to see where it ends. For operators, not for traffic. */
public final class ProxyProbe {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int HEAD_OCTETS_MAX = 16 << 10;

  private ProxyProbe() {}

  /** Whether something listens there; throws what it is that does not. */
  public static void reach(URI proxy) throws IOException {
    try (var _ = connected(proxy)) {
      return;
    }
  }

  /**
   * Connects to the host of an address through the proxy, trusts nothing but these roots and the
   * host's name, and asks for the address.
   *
   * @return the status of the answer
   * @throws IOException with what went wrong
   */
  public static int ask(URI proxy, Trust trust, URI url)
      throws IOException, GeneralSecurityException {
    int port = url.getPort() < 0 ? 443 : url.getPort();
    try (var plain = connected(proxy)) {
      tunnel(plain, proxy, url.getHost() + ":" + port);
      var context = SSLContext.getInstance("TLS");
      context.init(null, Pem.trust(trust.roots()), null);
      try (var secure =
          (SSLSocket) context.getSocketFactory().createSocket(plain, url.getHost(), port, true)) {
        var parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        var query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        var path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        send(secure, "GET " + path + query, url.getHost() + ":" + port, "");
        return status(secure.getInputStream());
      }
    }
  }

  private static Socket connected(URI proxy) throws IOException {
    var socket = new Socket();
    try {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      var address = new InetSocketAddress(proxy.getHost(), ClientVariables.port(proxy));
      socket.connect(address, (int) PATIENCE.toMillis());
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void tunnel(Socket socket, URI proxy, String authority) throws IOException {
    send(socket, "CONNECT " + authority, authority, login(proxy));
    int status = status(socket.getInputStream());
    if (status != 200) {
      throw new IOException("the proxy answers CONNECT " + authority + " with " + status);
    }
  }

  private static String login(URI proxy) {
    var user = proxy.getUserInfo();
    return user == null
        ? ""
        : "Proxy-Authorization: Basic "
            + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8))
            + "\r\n";
  }

  private static void send(Socket socket, String request, String authority, String more)
      throws IOException {
    var head =
        request + " HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: penstock-doctor\r\n" + more;
    socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Of the head of an answer, octet for octet: what comes behind it belongs to somebody else. */
  private static int status(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      int octet = in.read();
      if (octet < 0 || head.length() > HEAD_OCTETS_MAX) {
        throw new IOException(head.isEmpty() ? "no answer" : "the answer is not HTTP");
      }
      head.append((char) octet);
    }
    var words = head.toString().split("[ \r]", 3);
    if (!words[0].startsWith("HTTP/") || !words[1].matches("[1-5]\\d\\d")) {
      throw new IOException("the answer is not HTTP");
    }
    return Integer.parseInt(words[1]);
  }
}
