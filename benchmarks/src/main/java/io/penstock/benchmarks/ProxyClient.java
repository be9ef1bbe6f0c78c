package io.penstock.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.StringJoiner;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * One connection to the intercepting proxy, or to whoever answers in its place, and the requests of
 * a product with 47 query parameters on it, one after the other. For one thread.
 */
final class ProxyClient implements AutoCloseable {

  /** A product that the server under test mocks. */
  static final String HOST = "cdn.cribl.io";

  private static final int PARAMETERS = 47;

  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;

  private ProxyClient(Socket socket) throws IOException {
    this.socket = socket;
    this.out = socket.getOutputStream();
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  static ProxyClient plain(int port) throws IOException {
    return new ProxyClient(connected(port));
  }

  /** TLS inside a CONNECT. */
  static ProxyClient secure(int port, SSLContext tls) throws IOException {
    var socket = connected(port);
    var connect = "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n".formatted(HOST, HOST);
    socket.getOutputStream().write(connect.getBytes(StandardCharsets.ISO_8859_1));
    answer(socket.getInputStream());
    var secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, HOST, 443, true);
    secure.startHandshake();
    return new ProxyClient(secure);
  }

  private static Socket connected(int port) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** The octets of a request in absolute form (RFC 9112 §3.2.2), for a proxy. */
  static byte[] absolute(String host) {
    return request("http://" + host, host);
  }

  /** The octets of a request in origin form, for a server. */
  static byte[] origin(String host) {
    return request("", host);
  }

  private static byte[] request(String authority, String host) {
    var query = new StringJoiner("&", "?", "");
    for (int i = 0; i < PARAMETERS; i++) {
      query.add("fc.p" + i + "=" + (1_000 + i));
    }
    return "GET %s/telemetry/index.html%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: node\r\nAccept: */*\r\n\r\n"
        .formatted(authority, query, host)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Sends a request and reads its answer; false when the journal is behind, and the request was
   * refused for it.
   */
  boolean ask(byte[] request) throws IOException {
    out.write(request);
    return answer(in);
  }

  /** The next connection's handshake begins from nothing. */
  void forgetSession() {
    if (socket instanceof SSLSocket secure) {
      secure.getSession().invalidate();
    }
  }

  /** Reads one answer with its length in its head. */
  private static boolean answer(InputStream in) throws IOException {
    var head = new StringBuilder(256);
    while (head.length() < 4 || head.lastIndexOf("\r\n\r\n") != head.length() - 4) {
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException("the proxy closed the connection after: " + head);
      }
      head.append((char) octet);
    }
    var status = head.substring(9, 12);
    if (!status.equals("200") && !status.equals("503")) {
      throw new IOException("the proxy answered: " + head);
    }
    int length = length(head.toString());
    if (in.readNBytes(length).length < length) {
      throw new EOFException("the proxy closed the connection within an answer");
    }
    return status.equals("200");
  }

  private static int length(String head) {
    return head.lines()
        .filter(line -> line.regionMatches(true, 0, "content-length:", 0, 15))
        .map(line -> line.substring(15).strip())
        .findFirst()
        .map(Integer::parseInt)
        .orElse(0);
  }

  /** Trusts the authority in a PEM file alone. */
  static SSLContext trusting(Path pem) throws IOException, GeneralSecurityException {
    var roots = KeyStore.getInstance(KeyStore.getDefaultType());
    roots.load(null, null);
    try (var in = Files.newInputStream(pem)) {
      var root = CertificateFactory.getInstance("X.509").generateCertificate(in);
      roots.setCertificateEntry("root", root);
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    var tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return tls;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
