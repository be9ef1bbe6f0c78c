package io.penstock.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A real server whose proxy answers a product's telemetry itself, with 47 query parameters, and
 * journals every exchange durably. The clients are threads here, so that the CPU time is the
 * server's alone; they share the machine with it.
 *
 * @param duration of each kind of load
 * @param clients connections at a time
 */
record InterceptScenario(Duration duration, int clients) implements Scenario {

  private static final String HOST = "cdn.cribl.io";
  private static final int PARAMETERS = 47;
  private static final Duration REFUSED_PAUSE = Duration.ofMillis(20);
  private static final Duration SETTLE_MAX = Duration.ofSeconds(20);
  private static final String DURABLE = "intercept_journal_total{outcome=\"durable\"}";

  /** How requests come. */
  private enum Kind {
    PLAIN("plain, kept alive"),
    TLS("TLS through CONNECT, kept alive"),
    CONNECTIONS("TLS through CONNECT, a connection each");

    private final String title;

    Kind(String title) {
      this.title = title;
    }
  }

  /** A way to the proxy and the proxy's root. */
  private record Way(int port, SSLContext tls) {}

  @Override
  public String sentence() {
    return "Requests that the proxy answers itself and journals durably, and what they cost";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var folder = Scratch.folder("intercept");
    int port = ServerProcess.freePort();
    var settings =
        Map.of(
            "PROXY_PORT", String.valueOf(port),
            "INTERCEPT_PROFILES", "cribl=mock",
            "INTERCEPT_SEALED", "true",
            "JOURNAL_OVERFLOW", "refuse");
    try (var server = ServerProcess.start(Path.of("."), folder, settings)) {
      var way = new Way(port, trusting(folder.resolve("ca").resolve("ca.pem")));
      out.printf(
          "%-40s %10s %14s %10s %14s%n",
          "", "a second", "CPU each (us)", "journaled", "resident MiB");
      for (var kind : Kind.values()) {
        // The first turn warms both up.
        measure(way, kind, duration.dividedBy(2));
        print(out, server, way, kind);
      }
    } finally {
      Scratch.delete(folder);
    }
  }

  private void print(PrintStream out, ServerProcess server, Way way, Kind kind) throws Exception {
    double journaledBefore = journaled(server);
    var cpu = server.cpu();
    long begun = System.nanoTime();
    long requests = measure(way, kind, duration);
    double seconds = (System.nanoTime() - begun) / 1e9;
    awaitJournaled(server, journaledBefore + requests);
    double micros = server.cpu().minus(cpu).toNanos() / 1e3 / requests;
    out.printf(
        "%-40s %,10.0f %14.1f %9.1f%% %14d%n",
        kind.title,
        requests / seconds,
        micros,
        100 * (journaled(server) - journaledBefore) / requests,
        server.residentBytes() >> 20);
  }

  private static double journaled(ServerProcess server) throws Exception {
    return server
        .get("/v1/metrics/prometheus")
        .body()
        .lines()
        .filter(line -> line.startsWith(DURABLE))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static void awaitJournaled(ServerProcess server, double wanted) throws Exception {
    long end = System.nanoTime() + SETTLE_MAX.toNanos();
    while (journaled(server) < wanted && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    server.awaitIndexed();
  }

  /** Requests that were answered. */
  private long measure(Way way, Kind kind, Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    var answered = new ArrayList<Future<Long>>();
    try (var threads = Executors.newFixedThreadPool(clients)) {
      Callable<Long> client =
          () -> kind == Kind.CONNECTIONS ? connections(way, end) : requests(way, kind, end);
      for (int i = 0; i < clients; i++) {
        answered.add(threads.submit(client));
      }
      long sum = 0;
      for (var one : answered) {
        sum += one.get();
      }
      return sum;
    }
  }

  private static long requests(Way way, Kind kind, long end) throws IOException {
    try (var socket = kind == Kind.PLAIN ? plain(way) : secure(way)) {
      var request = request(kind == Kind.PLAIN ? "http://" + HOST : "");
      var out = socket.getOutputStream();
      var in = new BufferedInputStream(socket.getInputStream());
      long count = 0;
      while (System.nanoTime() < end) {
        out.write(request);
        if (answer(in)) {
          count++;
        } else {
          LockSupport.parkNanos(REFUSED_PAUSE.toNanos());
        }
      }
      return count;
    }
  }

  private static long connections(Way way, long end) throws IOException {
    var request = request("");
    long count = 0;
    while (System.nanoTime() < end) {
      try (var socket = secure(way)) {
        socket.getOutputStream().write(request);
        count += answer(socket.getInputStream()) ? 1 : 0;
        // The next one begins from nothing.
        socket.getSession().invalidate();
      }
    }
    return count;
  }

  private static Socket plain(Way way) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), way.port);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static SSLSocket secure(Way way) throws IOException {
    var socket = plain(way);
    var connect = "CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n".formatted(HOST, HOST);
    socket.getOutputStream().write(connect.getBytes(StandardCharsets.ISO_8859_1));
    answer(socket.getInputStream());
    var secure = (SSLSocket) way.tls.getSocketFactory().createSocket(socket, HOST, 443, true);
    secure.startHandshake();
    return secure;
  }

  private static byte[] request(String authority) {
    var query = new StringJoiner("&", "?", "");
    for (int i = 0; i < PARAMETERS; i++) {
      query.add("fc.p" + i + "=" + (1_000 + i));
    }
    return "GET %s/telemetry/index.html%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: node\r\nAccept: */*\r\n\r\n"
        .formatted(authority, query, HOST)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Reads one answer with its length in its head; false when the journal is behind, and the request
   * was refused for it.
   */
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

  private static SSLContext trusting(Path pem) throws IOException, GeneralSecurityException {
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
}
