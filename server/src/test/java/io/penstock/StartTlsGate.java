package io.penstock;

import io.penstock.dial.Authority;
import io.penstock.dial.Pem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Stands before a mail server that does not know STARTTLS (RFC 3207) and speaks it in its place:
 * once the handshake is done, it hands on what is said in both directions. Without TLS nothing gets
 * through.
 */
final class StartTlsGate implements AutoCloseable {

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final SSLContext identity;
  private final int mailPort;
  private final Queue<String> clear = new ConcurrentLinkedQueue<>();
  private final AtomicInteger handshakes = new AtomicInteger();

  /**
   * @param identity what it proves to be
   * @param mailPort of the server behind it, on loopback
   */
  StartTlsGate(Authority.Issued identity, int mailPort)
      throws GeneralSecurityException, IOException {
    var pem = new ByteArrayInputStream(identity.certificate());
    this.identity = SSLContext.getInstance("TLS");
    this.identity.init(
        Pem.identity(Pem.certificates(pem), identity.keys().getPrivate()), null, null);
    this.mailPort = mailPort;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Every line that a client said before TLS. */
  List<String> clear() {
    return List.copyOf(clear);
  }

  /** Handshakes that both sides agreed on. */
  int handshakes() {
    return handshakes.get();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException _) {
        // The next one, or the end.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      if (isAskedForTls(client)) {
        secure(client);
      }
    } catch (IOException _) {
      // The client has seen it, too.
    }
  }

  /** The part of the conversation that anybody may read. */
  private boolean isAskedForTls(Socket client) throws IOException {
    var in = reader(client.getInputStream());
    var out =
        new BufferedWriter(
            new OutputStreamWriter(client.getOutputStream(), StandardCharsets.US_ASCII));
    say(out, "220 gate.example.com ESMTP");
    for (var line = in.readLine(); line != null; line = in.readLine()) {
      clear.add(line);
      if (line.startsWith("EHLO ")) {
        say(out, "250-gate.example.com\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS");
      } else if (line.equals("STARTTLS")) {
        say(out, "220 go ahead");
        return true;
      } else {
        say(out, "530 must issue a STARTTLS command first");
      }
    }
    return false;
  }

  private static BufferedReader reader(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
  }

  private static void say(BufferedWriter out, String text) throws IOException {
    out.write(text + "\r\n");
    out.flush();
  }

  private void secure(Socket client) throws IOException {
    // Nothing was read too far: a client waits for the answer before its handshake.
    InputStream nothing = null;
    try (var secured = (SSLSocket) identity.getSocketFactory().createSocket(client, nothing, true);
        var mail = new Socket(InetAddress.getLoopbackAddress(), mailPort)) {
      secured.startHandshake();
      handshakes.incrementAndGet();
      // A client says hello again after the handshake, a server does not (RFC 3207 §4.2).
      skipLine(mail.getInputStream());
      Thread.ofVirtual().start(() -> answer(mail, secured));
      secured.getInputStream().transferTo(mail.getOutputStream());
    }
  }

  private void answer(Socket mail, Socket secured) {
    try {
      mail.getInputStream().transferTo(secured.getOutputStream());
    } catch (IOException _) {
      // One of both is gone.
    }
  }

  private static void skipLine(InputStream in) throws IOException {
    for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
      // The greeting.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
